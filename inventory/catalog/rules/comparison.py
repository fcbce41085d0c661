"""Two versions side by side: what differs comes first."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Line:
    """One fact; ``a`` and ``b`` are as text, empty where a version does not have it."""

    name: str
    a: str
    b: str
    differs: bool


def compare(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[Line]:
    """Return one line for each fact of either, those that differ first, each part in its order."""
    left, right = _flat(a), _flat(b)
    names = list(dict.fromkeys([*left, *right]))
    lines = [_line(name, left.get(name, _ABSENT), right.get(name, _ABSENT)) for name in names]
    return sorted(lines, key=lambda line: not line.differs)


def _line(name: str, a: Any, b: Any) -> Line:
    return Line(name, _text(a), _text(b), differs=a != b)


def _flat(value: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Spread nested objects out; columns go by their name, so that an order alone is no noise."""
    flat: dict[str, Any] = {}
    for key, inner in value.items():
        name = f"{before}: {key}" if before else str(key)
        if isinstance(inner, Mapping):
            flat |= _flat(inner, name)
        elif isinstance(inner, list) and inner and all(_is_column(one) for one in inner):
            flat |= {f"{name}: {one['name']}": _column(one) for one in inner}
        else:
            flat[name] = inner
    return flat


def _is_column(value: Any) -> bool:
    return isinstance(value, Mapping) and "name" in value


def _column(column: Mapping[str, Any]) -> str:
    parts = [str(column.get("kind", ""))]
    parts += [] if column.get("required", True) else ["optional"]
    bounds = [column.get("minimum"), column.get("maximum")]
    if any(bound is not None for bound in bounds):
        low, high = ("…" if bound is None else f"{bound:g}" for bound in bounds)
        parts.append(f"{low} to {high}")
    if column.get("allowed"):
        parts.append("one of " + ", ".join(column["allowed"]))
    return ", ".join(part for part in parts if part)


def _text(value: Any) -> str:
    if value is _ABSENT or value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
