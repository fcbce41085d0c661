"""What may happen to a run, and what it is to carry out. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from audits.engine.outcome import Outcome, Verdict
from audits.engine.plan import (
    DataRef,
    ModelRef,
    Plan,
    Signature,
    library_versions,
    signature_from_json,
)
from audits.runs.kinds import Action, RunState
from governance.kernel import texts
from governance.kernel.canonical import Json, digest
from governance.kernel.errors import Conflict, RuleBroken
from governance.policies.rules import Policy, plan_checks

TRANSITIONS: dict[tuple[RunState, Action], RunState] = {
    (RunState.QUEUED, Action.CLAIM): RunState.RUNNING,
    (RunState.RUNNING, Action.CLAIM): RunState.RUNNING,  # its worker fell silent
    (RunState.RUNNING, Action.RELEASE): RunState.QUEUED,
    (RunState.RUNNING, Action.FINISH): RunState.COMPLETED,
    (RunState.QUEUED, Action.FAIL): RunState.FAILED,
    (RunState.RUNNING, Action.FAIL): RunState.FAILED,
    (RunState.QUEUED, Action.CANCEL): RunState.CANCELLED,
    (RunState.RUNNING, Action.CANCEL): RunState.CANCELLED,
}
_WORST_FIRST = (Verdict.ERROR, Verdict.FAIL, Verdict.INSUFFICIENT, Verdict.PASS)
_SEED_DIGITS = 8  # of 16 bits' worth of hexadecimal pairs: a seed below 2**32


def next_state(state: str, action: Action) -> RunState:
    """Return where ``action`` leads; raises ``Conflict`` when it cannot happen in ``state``."""
    found = TRANSITIONS.get((RunState(state), action))
    if found is None:
        said = RunState(state).label.lower()
        raise Conflict("run-over", f"This run is {said}; nothing more can happen to it.")
    return found


@dataclass(frozen=True, slots=True)
class DataFacts:
    """A dataset version as far as a plan needs it. ``columns`` is empty until it was inspected."""

    name: str
    digest: str
    format: str
    unreadable: str  # why the sandbox could not read it, or nothing
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ModelFacts:
    digest: str
    format: str
    unreadable: str
    signature: Mapping[str, Any]


def build_plan(
    policy: Policy, tier: int, model: ModelFacts, reference: DataFacts, current: DataFacts
) -> Plan:
    """Return the frozen plan; raises ``RuleBroken`` for what can be known to fail beforehand.

    The seed comes from the plan's own content, so that the same request on the same bytes draws
    the same samples, on any machine and any day.
    """
    signature = read_signature(model.signature)
    _refuse_unusable(model, signature, reference, current)
    checks = plan_checks(
        policy, tier, signature.task.value, has_protected=bool(signature.protected)
    )
    if not checks:
        raise RuleBroken("nothing-to-check", f"The policy demands no check in tier {tier}.")
    plan = Plan(
        policy=policy.digest,
        model=ModelRef(model.digest, model.format),
        data=(
            DataRef("reference", reference.digest, reference.format),
            DataRef("current", current.digest, current.format),
        ),
        signature=signature,
        checks=checks,
        seed=0,
        libraries=library_versions(),
    )
    return replace(plan, seed=int(plan.digest()[:_SEED_DIGITS], 16))


def read_signature(body: Mapping[str, Any]) -> Signature:
    """Return the version's signature; raises ``RuleBroken`` when it is none."""
    try:
        return signature_from_json(dict(body))
    except (KeyError, TypeError, ValueError) as error:
        raise RuleBroken("bad-signature", "This version's signature cannot be read.") from error


def _refuse_unusable(
    model: ModelFacts, signature: Signature, reference: DataFacts, current: DataFacts
) -> None:
    if model.unreadable:
        raise RuleBroken("artifact-unreadable", f"The model cannot be read: {model.unreadable}")
    if reference.digest == current.digest:
        message = "Reference and current data are the same bytes; comparing them shows nothing."
        raise RuleBroken("same-data", message, errors={"current": [message]})
    features = [column.name for column in signature.features]
    needs = {
        "reference": (reference, [*features, signature.target]),
        "current": (current, [*features, signature.target, *signature.protected]),
    }
    errors = {role: _lacking(data, names) for role, (data, names) in needs.items()}
    errors = {role: reasons for role, reasons in errors.items() if reasons}
    if errors:
        message = " ".join(reason for reasons in errors.values() for reason in reasons)
        raise RuleBroken("data-unusable", message, errors=errors)


def _lacking(data: DataFacts, names: Sequence[str]) -> list[str]:
    if data.unreadable:
        return [f"“{data.name}” cannot be read: {data.unreadable}"]
    missing = [name for name in dict.fromkeys(names) if name not in data.columns]
    if data.columns and missing:
        listed = ", ".join(f"“{name}”" for name in missing)
        return [f"“{data.name}” lacks {listed}, which the model's signature names."]
    return []


def worst(verdicts: Iterable[str]) -> str:
    """Return the verdict of a whole run: the worst of its checks'."""
    found = set(verdicts)
    return next((v.value for v in _WORST_FIRST if v in found), Verdict.ERROR.value)


def storable(outcome: Outcome) -> tuple[dict[str, Json], str]:
    """Return the outcome's JSON as both databases keep it, and its digest.

    Data may hold NUL and lone surrogates, which PostgreSQL refuses: they become U+FFFD.
    """
    body = cast("dict[str, Json]", texts.storable(outcome.to_json()))
    return body, digest(body)


def results_digest(outcomes: Iterable[tuple[str, str]]) -> str:
    """Return the digest over (check, outcome digest) of all checks, in the plan's order."""
    return digest([[check, outcome_digest] for check, outcome_digest in outcomes])


def other_libraries(plan: Plan, installed: Mapping[str, str]) -> list[str]:
    """Return where this machine's libraries are not those of the plan, in words."""
    names = sorted(set(plan.libraries) | set(installed))
    return [
        f"{name} {installed.get(name, 'missing')} instead of {plan.libraries.get(name, 'none')}"
        for name in names
        if plan.libraries.get(name) != installed.get(name)
    ]


def expected_seconds(rows: int | None, former: Sequence[tuple[int | None, float]]) -> float | None:
    """Guess a check's duration from (rows, seconds) of former ones, the latest first.

    Those of like size (half to twice the rows) count; without any, all of them do.
    """
    alike = [s for n, s in former if rows and n and rows / 2 <= n <= rows * 2]
    picked = sorted((alike or [s for _, s in former])[:5])
    return picked[len(picked) // 2] if picked else None
