"""What saying something takes: a reason, conditions with owner and date, an open gate. Pure."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from governance.approvals.kinds import Choice, StepKind
from governance.kernel.errors import RuleBroken

IN_FAVOUR = frozenset({Choice.FAVOUR, Choice.CONDITIONAL})
MAX_TEXT = 10_000
MAX_CONDITIONS = 20


@dataclass(frozen=True, slots=True)
class NewCondition:
    text: str
    owner_id: UUID
    due_on: date


@dataclass(frozen=True, slots=True)
class Words:
    """What one person says at a step."""

    choice: Choice
    reason: str
    override: str = ""
    conditions: tuple[NewCondition, ...] = ()


@dataclass(frozen=True, slots=True)
class Bounds:
    """What words must keep to: the gate's answer, whether conditions may cure what it lacks, how
    many opinions are against, how many conditions bind already, and the days that count.
    """

    kind: StepKind
    gate_open: bool
    curable: bool
    missing: str
    opposed: int
    binding: int
    today: date
    valid_until: date


def check_words(words: Words, bounds: Bounds) -> None:
    """Raise ``RuleBroken`` naming each field that keeps these words from being accepted."""
    errors: dict[str, list[str]] = {}
    if not words.reason.strip():
        errors["reason"] = ["Say why: the reason is part of the record."]
    if words.choice in IN_FAVOUR:
        _check_gate(words, bounds, errors)
        _check_override(words, bounds, errors)
    _check_conditions(words, bounds, errors)
    for name, text in (("reason", words.reason), ("override", words.override)):
        if len(text) > MAX_TEXT:
            errors.setdefault(name, []).append(f"Keep it under {MAX_TEXT:,} characters.")
    if errors:
        first = next(iter(errors.values()))[0]
        raise RuleBroken("words-refused", f"Nothing was recorded. {first}", errors=errors)


def _check_gate(words: Words, bounds: Bounds, errors: dict[str, list[str]]) -> None:
    if bounds.gate_open:
        return
    if words.choice == Choice.FAVOUR:
        hint = " It may be approved with conditions." if bounds.curable else ""
        errors["choice"] = [f"The gate is not open: {bounds.missing}{hint}"]
    elif not bounds.curable:
        errors["choice"] = [f"The policy lets no condition cure this: {bounds.missing}"]


def _check_override(words: Words, bounds: Bounds, errors: dict[str, list[str]]) -> None:
    if bounds.kind == StepKind.DECISION and bounds.opposed and not words.override.strip():
        errors["override"] = ["An opinion is against. Say why you decide otherwise."]


def _check_conditions(words: Words, bounds: Bounds, errors: dict[str, list[str]]) -> None:
    told: list[str] = []
    if words.choice == Choice.CONDITIONAL and not words.conditions and not bounds.binding:
        told.append("Write at least one condition, with its owner and its date.")
    if words.choice != Choice.CONDITIONAL and words.conditions:
        told.append('Conditions belong to the choice "In favour, with conditions".')
    if len(words.conditions) > MAX_CONDITIONS:
        told.append(f"No more than {MAX_CONDITIONS} conditions.")
    for number, condition in enumerate(words.conditions, 1):
        told += [f"Condition {number}: {fault}" for fault in _faults(condition, bounds)]
    if told:
        errors["conditions"] = told


def _faults(condition: NewCondition, bounds: Bounds) -> list[str]:
    found = []
    if not condition.text.strip():
        found.append("say what has to be done.")
    if len(condition.text) > MAX_TEXT:
        found.append(f"keep it under {MAX_TEXT:,} characters.")
    if condition.due_on <= bounds.today:
        found.append("its date must lie in the future.")
    if condition.due_on > bounds.valid_until:
        found.append(f"its date must not lie beyond the approval's end, {bounds.valid_until}.")
    return found
