"""What a version takes and gives, checked field by field before it becomes a ``Signature``."""

import dataclasses
import math
from collections.abc import Iterable, Mapping
from typing import Any

from audits.engine.plan import Column, ColumnKind, Signature, Task, signature_from_json
from governance.kernel.canonical import Json
from governance.kernel.errors import RuleBroken
from inventory.catalog.rules.plain import text_fault

MOST_FEATURES = 2_000
MOST_ALLOWED = 1_000
LONGEST_NAME = 200

_FIELDS = frozenset(field.name for field in dataclasses.fields(Signature))
_COLUMN_FIELDS = frozenset(field.name for field in dataclasses.fields(Column))
Faults = dict[str, list[str]]


def read_signature(raw: Any) -> Signature:
    """Return the signature; raises ``RuleBroken`` with one message for each wrong field."""
    faults: Faults = {}
    if not isinstance(raw, Mapping):
        _note(faults, "signature", "The signature is a JSON object with task, features and target.")
    else:
        _check(raw, faults)
    if faults:
        raise RuleBroken("bad-signature", _summary(faults), errors=faults)
    body = {name: value for name, value in raw.items() if value is not None}
    body["features"] = [_without_none(column) for column in body["features"]]
    return signature_from_json(body)


def signature_json(signature: Signature) -> dict[str, Json]:
    """Return the signature as it is stored and hashed: every field, with its default."""
    return dataclasses.asdict(signature)


def missing_columns(signature: Signature, columns: Iterable[str]) -> list[str]:
    """Return what data with ``columns`` lacks to train or test under ``signature``."""
    present = set(columns)
    needed = [column.name for column in signature.features if column.required]
    needed += [signature.target, *signature.protected]
    return [name for name in dict.fromkeys(needed) if name not in present]


def _check(raw: Mapping[str, Any], faults: Faults) -> None:
    for name in sorted(set(raw) - _FIELDS, key=str):
        _note(faults, f"signature.{str(name)[:60]}", "There is no such field.")
    task = raw.get("task")
    if task not in set(Task):
        _note(faults, "signature.task", "Give classification or regression.")
    names = _check_features(raw.get("features"), faults)
    _check_target(raw.get("target"), names, faults)
    _check_decision(raw, faults)
    _check_protected(raw.get("protected", []), raw.get("target"), faults)
    if not isinstance(raw.get("favourable", True), bool):
        _note(faults, "signature.favourable", "Give true or false.")


def _check_features(raw: Any, faults: Faults) -> list[str]:
    at = "signature.features"
    if not isinstance(raw, list | tuple) or not raw:
        _note(faults, at, "List at least one column, each with name and kind.")
        return []
    if len(raw) > MOST_FEATURES:
        _note(faults, at, f"At most {MOST_FEATURES} features are allowed.")
        return []
    names = [_check_column(column, f"{at}[{i}]", faults) for i, column in enumerate(raw)]
    known: set[str] = set()
    for i, name in enumerate(names):
        if name and name in known:
            _note(faults, f"{at}[{i}].name", f"The column “{name}” is listed twice.")
        known.add(name)
    return names


def _check_column(column: Any, at: str, faults: Faults) -> str:
    if not isinstance(column, Mapping):
        _note(faults, at, "Give an object with name and kind.")
        return ""
    for name in sorted(set(column) - _COLUMN_FIELDS, key=str):
        _note(faults, f"{at}.{str(name)[:60]}", "There is no such field.")
    kind = column.get("kind")
    if not isinstance(kind, str) or kind not in set(ColumnKind):
        _note(faults, f"{at}.kind", "Give number, category or boolean.")
    if not isinstance(column.get("required", True), bool):
        _note(faults, f"{at}.required", "Give true or false.")
    _check_bounds(column, kind, at, faults)
    _check_allowed(column.get("allowed") or [], kind, at, faults)
    return _check_name(column.get("name"), f"{at}.name", faults)


def _check_bounds(column: Mapping[str, Any], kind: Any, at: str, faults: Faults) -> None:
    given = [name for name in ("minimum", "maximum") if column.get(name) is not None]
    bad = [name for name in given if not _is_number(column[name])]
    for name in bad:
        _note(faults, f"{at}.{name}", "Give a finite number.")
    if given and kind in {ColumnKind.CATEGORY, ColumnKind.BOOLEAN}:
        _note(faults, f"{at}.{given[0]}", "Only a number column has bounds.")
    if len(given) == 2 and not bad and column["minimum"] > column["maximum"]:  # noqa: PLR2004
        _note(faults, f"{at}.maximum", "The maximum lies below the minimum.")


def _check_allowed(allowed: Any, kind: Any, at: str, faults: Faults) -> None:
    if not isinstance(allowed, list | tuple) or len(allowed) > MOST_ALLOWED:
        _note(faults, f"{at}.allowed", f"Give a list of at most {MOST_ALLOWED} texts.")
        return
    if any(not isinstance(one, str) or text_fault(one, LONGEST_NAME) for one in allowed):
        _note(faults, f"{at}.allowed", "Every allowed value is a text, as it stands in the data.")
    if allowed and kind in {ColumnKind.NUMBER, ColumnKind.BOOLEAN}:
        _note(faults, f"{at}.allowed", "Only a category column lists allowed values.")


def _check_target(target: Any, names: list[str], faults: Faults) -> None:
    name = _check_name(target, "signature.target", faults)
    if name and name in names:
        _note(
            faults, "signature.target", "The target is among the features: the model would see it."
        )


def _check_decision(raw: Mapping[str, Any], faults: Faults) -> None:
    label = raw.get("positive_label")
    if raw.get("task") == Task.CLASSIFICATION:
        if not isinstance(label, str) or not label:
            _note(
                faults, "signature.positive_label", "Give the label whose probability is the score."
            )
        elif why := text_fault(label, LONGEST_NAME):
            _note(faults, "signature.positive_label", why)
    elif label is not None and raw.get("task") == Task.REGRESSION:
        _note(faults, "signature.positive_label", "Regression has no positive label.")
    threshold = raw.get("threshold", 0.5)
    if threshold is not None and not (_is_number(threshold) and 0 <= threshold <= 1):
        _note(faults, "signature.threshold", "Give a number from 0 to 1.")


def _check_protected(raw: Any, target: Any, faults: Faults) -> None:
    at = "signature.protected"
    if not isinstance(raw, list | tuple):
        _note(faults, at, "List the names of columns.")
        return
    for i, name in enumerate(raw):
        _check_name(name, f"{at}[{i}]", faults)
    plain = [name for name in raw if isinstance(name, str)]
    if len(set(plain)) < len(plain):
        _note(faults, at, "A column is listed twice.")
    if isinstance(target, str) and target in plain:
        _note(faults, at, "The target cannot be a protected column.")


def _check_name(name: Any, at: str, faults: Faults) -> str:
    if not isinstance(name, str) or not name.strip():
        _note(faults, at, "Give the name of a column.")
        return ""
    if why := text_fault(name, LONGEST_NAME):
        _note(faults, at, why)
        return ""
    return name


def _is_number(value: Any) -> bool:
    """A whole number beyond 2**53 has no canonical form and is no bound of real data."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return (
        math.isfinite(value) and abs(value) <= 2**53
        if isinstance(value, int)
        else math.isfinite(value)
    )


def _without_none(column: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in column.items() if value is not None}


def _note(faults: Faults, field: str, why: str) -> None:
    faults.setdefault(field, []).append(why)


def _summary(faults: Faults) -> str:
    first, reasons = next(iter(faults.items()))
    more = f" ({len(faults) - 1} more)" if len(faults) > 1 else ""
    return f"The signature cannot be accepted: {first}: {reasons[0]}{more}"
