"""Which lines of a bill a rule speaks of: a matcher, as stored, as read, as Python and as SQL.

The JSON form, a tree:

- ``{"all": [...]}`` every one holds (``{"all": []}`` holds for each line), ``{"any": [...]}`` one
  of them does, ``{"not": {...}}``;
- ``{"field": NAME, "is": TEXT}``, and ``{"field": NAME, "prefix": TEXT}``; names are ``FIELDS``,
  and ``source`` is the id of the source of the bill;
- ``{"tag": KEY}`` the line carries the tag; with ``"is": TEXT`` it has this value. ``"trim": true``
  takes spaces off keys and values, ``"fold": true`` ignores case, in both;
- ``{"charged": {"from": "2026-01-01", "before": "2026-02-01"}}`` the charge began (UTC) on or after
  the one day and before the other; either may be left out.

Two keys that are one, or that trimming or folding makes one, with different values contradict each
other: no condition on that tag holds, and neither does its ``not``.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from governance.kernel.errors import RuleBroken

FIELDS = (
    "resource",
    "resource_name",
    "resource_type",
    "sub_account",
    "sub_account_name",
    "service",
    "service_category",
    "sku",
    "region",
    "category",
    "charge_class",
    "description",
    "commitment",
    "commitment_status",
    "invoice",
    "provider",
    "issuer",
    "source",
)
DEPTH = 8
LEAVES = 500
LONGEST = 1000


@dataclass(frozen=True, slots=True)
class TagKey:
    """How a tag is looked up; ``key`` as written in the rule."""

    key: str
    trim: bool = False
    fold: bool = False

    def plain(self, text: str) -> str:
        """Return ``text`` as this look-up reads it."""
        text = text.strip() if self.trim else text
        return text.casefold() if self.fold else text


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple["Matcher", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple["Matcher", ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: "Matcher"


@dataclass(frozen=True, slots=True)
class FieldIs:
    field: str
    text: str


@dataclass(frozen=True, slots=True)
class FieldStarts:
    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Tagged:
    """``text`` None: any value will do."""

    key: TagKey
    text: str | None


@dataclass(frozen=True, slots=True)
class Charged:
    start: dt.date | None
    before: dt.date | None


Matcher: TypeAlias = All | AnyOf | Not | FieldIs | FieldStarts | Tagged | Charged
EVERYTHING = All(())


@dataclass(frozen=True, slots=True)
class Described:
    """What a matcher looks at: a line's slice, and the day on which its charge began."""

    fields: Mapping[str, str]
    tags: Mapping[str, Any]
    charged: dt.date


class Ambiguous:
    """Two tags that read as one contradict each other."""


AMBIGUOUS = "\x00\x00"  # the same in a column of SQL; no stored text holds it


def read_matcher(raw: Any) -> Matcher:
    """Return the matcher that ``raw`` (JSON) writes down; raises ``RuleBroken`` saying where."""
    matcher = _read(raw, "matcher", 0)
    if sum(1 for _ in leaves(matcher)) > LEAVES:
        raise _bad("matcher", f"has more than {LEAVES} conditions; use prefixes or another rule")
    return matcher


def matches(matcher: Matcher, line: Described) -> bool:
    """Return whether ``matcher`` holds for ``line``."""
    return _holds(matcher, line) is True


def _holds(matcher: Matcher, line: Described) -> bool | None:  # noqa: PLR0911 - one for each node
    """Return None where tags contradict each other on what decides: as NULL is read by SQL."""
    match matcher:
        case All(parts):
            return _every(_holds(part, line) for part in parts)
        case AnyOf(parts):
            return _opposite(_every(_opposite(_holds(part, line)) for part in parts))
        case Not(part):
            return _opposite(_holds(part, line))
        case FieldIs(field, text):
            return line.fields.get(field, "") == text
        case FieldStarts(field, text):
            return line.fields.get(field, "").startswith(text)
        case Tagged(key, text):
            value = tag_value(line.tags, key)
            if value is Ambiguous:
                return None
            return isinstance(value, str) and (text is None or value == text)
        case Charged(start, before):
            return (start is None or line.charged >= start) and (
                before is None or line.charged < before
            )


def _every(held: Iterable[bool | None]) -> bool | None:
    found = set(held)
    return False if False in found else None if None in found else True


def _opposite(held: bool | None) -> bool | None:  # noqa: FBT001 - it is what is turned
    return None if held is None else not held


def to_sql(matcher: Matcher, tag_column: Callable[[TagKey], str]) -> str:  # noqa: PLR0911
    """Return ``matcher`` as a predicate over columns named as ``FIELDS``, ``charged`` (a date), and
    ``tag_column(key)`` (the tag's value as ``tag_value`` reads it, NULL where there is none,
    ``AMBIGUOUS`` where there are two). It is NULL where such a tag decides.
    """
    match matcher:
        case All(parts):
            return _joined(" AND ", "TRUE", [to_sql(part, tag_column) for part in parts])
        case AnyOf(parts):
            return _joined(" OR ", "FALSE", [to_sql(part, tag_column) for part in parts])
        case Not(part):
            return f"(NOT {to_sql(part, tag_column)})"
        case FieldIs(field, text):
            return f"({field} = {quoted(text)})"
        case FieldStarts(field, text):
            return f"starts_with({field}, {quoted(text)})"
        case Tagged(key, text):
            return _tagged(tag_column(key), text)
        case Charged(start, before):
            bounds = [f"charged >= DATE '{start}'"] if start else []
            bounds += [f"charged < DATE '{before}'"] if before else []
            return _joined(" AND ", "TRUE", bounds)


def _tagged(column: str, text: str | None) -> str:
    said = (
        f"{column} IS NOT NULL" if text is None else f"coalesce({column} = {quoted(text)}, FALSE)"
    )
    return f"(CASE {column} WHEN {quoted(AMBIGUOUS)} THEN NULL ELSE {said} END)"


def leaves(matcher: Matcher) -> Iterator[FieldIs | FieldStarts | Tagged | Charged]:
    """Yield the conditions at the ends of the tree."""
    match matcher:
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case _:
            yield matcher


def tag_value(tags: Mapping[str, Any], key: TagKey) -> str | type[Ambiguous] | None:
    """Return the tag's value as ``key`` reads it, None without one, ``Ambiguous`` with two."""
    wanted = key.plain(key.key)
    if not key.trim and not key.fold:
        values = [tags[wanted]] if wanted in tags else []
    else:
        values = [value for name, value in tags.items() if key.plain(name) == wanted]
    found = {key.plain(tag_text(one)) for value in values for one in _each(value)}
    if len(found) > 1:
        return Ambiguous
    return next(iter(found), None)


def _each(value: Any) -> list[Any]:
    """A key that was delivered more than once holds a list of what it was given."""
    return value if isinstance(value, list) else [value]


def tag_text(value: Any) -> str:
    """Return a tag's value as text: providers write ``true`` for a tag without a value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def quoted(text: str) -> str:
    """Return ``text`` as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def _joined(word: str, empty: str, parts: list[str]) -> str:
    return f"({word.join(parts)})" if parts else empty


def _read(raw: Any, at: str, depth: int) -> Matcher:
    if not isinstance(raw, dict):
        raise _bad(at, "must be an object")
    if depth > DEPTH:
        raise _bad(at, f"is nested deeper than {DEPTH}")
    for name, kind in (("all", All), ("any", AnyOf)):
        if name in raw:
            _only(raw, at, {name})
            if not isinstance(raw[name], list):
                raise _bad(f"{at}.{name}", "must be a list")
            parts = enumerate(raw[name])
            return kind(tuple(_read(part, f"{at}.{name}[{n}]", depth + 1) for n, part in parts))
    if "not" in raw:
        _only(raw, at, {"not"})
        return Not(_read(raw["not"], f"{at}.not", depth + 1))
    return _read_leaf(raw, at)


def _read_leaf(raw: dict[str, Any], at: str) -> Matcher:
    if "field" in raw:
        return _read_field(raw, at)
    if "tag" in raw:
        return _read_tag(raw, at)
    if "charged" in raw:
        _only(raw, at, {"charged"})
        return _read_charged(raw["charged"], f"{at}.charged")
    raise _bad(at, "must have one of all, any, not, field, tag, charged")


def _read_field(raw: dict[str, Any], at: str) -> Matcher:
    if raw["field"] not in FIELDS:
        raise _bad(f"{at}.field", f"must be one of {', '.join(FIELDS)}")
    if ("is" in raw) == ("prefix" in raw):
        raise _bad(at, 'must have either "is" or "prefix"')
    if "is" in raw:
        _only(raw, at, {"field", "is"})
        return FieldIs(raw["field"], _text(raw["is"], f"{at}.is"))
    _only(raw, at, {"field", "prefix"})
    text = _text(raw["prefix"], f"{at}.prefix")
    if not text:
        raise _bad(f"{at}.prefix", "must not be empty")
    return FieldStarts(raw["field"], text)


def _read_tag(raw: dict[str, Any], at: str) -> Matcher:
    _only(raw, at, {"tag", "is", "trim", "fold"})
    key = read_tag_key(raw, at)
    return Tagged(key, key.plain(_text(raw["is"], f"{at}.is")) if "is" in raw else None)


def read_tag_key(raw: Mapping[str, Any], at: str, name: str = "tag") -> TagKey:
    """Return the look-up that ``name``, ``trim`` and ``fold`` of ``raw`` describe."""
    text = _text(raw[name], f"{at}.{name}")
    if not text.strip():
        raise _bad(f"{at}.{name}", "must not be empty")
    for word in ("trim", "fold"):
        if not isinstance(raw.get(word, False), bool):
            raise _bad(f"{at}.{word}", "must be true or false")
    return TagKey(text, trim=raw.get("trim", False), fold=raw.get("fold", False))


def _read_charged(raw: Any, at: str) -> Charged:
    if not isinstance(raw, dict) or not raw:
        raise _bad(at, 'must have "from", "before" or both')
    _only(raw, at, {"from", "before"})
    start, before = (_day(raw.get(name), f"{at}.{name}") for name in ("from", "before"))
    if start and before and start >= before:
        raise _bad(at, "ends before it begins")
    return Charged(start, before)


def _day(raw: Any, at: str) -> dt.date | None:
    if raw is None:
        return None
    try:
        return dt.date.fromisoformat(raw)
    except (TypeError, ValueError) as error:
        raise _bad(at, "must be a day such as 2026-01-31") from error


def _text(raw: Any, at: str) -> str:
    if not isinstance(raw, str) or len(raw) > LONGEST or "\x00" in raw:
        raise _bad(at, f"must be text of at most {LONGEST} characters")
    return raw


def _only(raw: Mapping[str, Any], at: str, known: set[str]) -> None:
    if unknown := sorted(set(raw) - known):
        raise _bad(at, f"has {', '.join(map(repr, unknown))}, which is not known here")


def _bad(at: str, why: str) -> RuleBroken:
    return RuleBroken("bad-matcher", f"{at} {why}.", errors={at: [why]})
