"""Which rule takes which piece.

There are as many pieces as resources, but few kinds of them: what no rule mentions is dropped from
the columns that rules read, and rules are then tried on the distinct rest, the *signatures*.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from governance.costs.engine import choosing
from governance.costs.engine.job import Work
from governance.costs.engine.sets import insert_rows
from governance.costs.rules.adjusting import ISSUER
from governance.costs.rules.allocation import POOL, SharingRule
from governance.costs.rules.matching import (
    AMBIGUOUS,
    Ambiguous,
    FieldIs,
    FieldStarts,
    Tagged,
    TagKey,
    leaves,
    quoted,
    tag_value,
    to_sql,
)
from governance.costs.rules.naming import named_target

_RULES_AT_ONCE = 100
_TAG_SETS_AT_ONCE = 20_000
_OTHER = "\x00"  # no stored text holds it


def fields_read(work: Work) -> set[str]:
    """Return the columns that any rule reads, ``source`` included."""
    found = {
        leaf.field
        for rule in _all_rules(work)
        for leaf in leaves(rule.matcher)
        if isinstance(leaf, FieldIs | FieldStarts)
    }
    return found | {"source"}


def route(work: Work) -> None:
    """Make ``piece_sig``, ``hit`` and ``route``: the rules of each signature, and its target."""
    _read_tags(work)
    _make_signatures(work)
    work.db.execute("CREATE TABLE hit (sig INTEGER, place INTEGER)")
    for number, book in enumerate(work.books):
        for start in range(0, len(book.rules), _RULES_AT_ONCE):
            _try(work, number, start)
    choosing.choose(work, _namings(work))


def _all_rules(work: Work) -> Iterator[SharingRule]:
    for book in work.books:
        yield from book.rules


def _tag_keys(work: Work) -> list[TagKey]:
    keys = {
        leaf.key
        for rule in _all_rules(work)
        for leaf in leaves(rule.matcher)
        if isinstance(leaf, Tagged)
    }
    return sorted(keys, key=lambda key: (key.key, key.trim, key.fold))


def _namings(work: Work) -> list[SharingRule]:
    """Return one rule for each way of reading a target from tags."""
    ways = {(rule.tag, rule.phase_tag): rule for rule in _all_rules(work) if rule.tag}
    return list(ways.values())


def _read_tags(work: Work) -> None:
    """Make ``tagset``: what each distinct set of tags says to those rules that ask."""
    keys, namings = _tag_keys(work), _namings(work)
    said = _mentioned_tags(work)
    names = [*(f"tag_{n}" for n in range(len(keys))), *(f"named_{n}" for n in range(len(namings)))]
    columns = dict.fromkeys(["tags", *names], "VARCHAR")
    insert_rows(work.db, "tagset", columns, [])
    reader = work.db.cursor()
    reader.execute("SELECT DISTINCT tags FROM slice")
    while found := reader.fetchmany(_TAG_SETS_AT_ONCE):
        rows = []
        for (text,) in found:
            tags = json.loads(text or "{}")
            values = [_collapsed(tag_value(tags, key), said[key]) for key in keys]
            named = [named_target(rule, tags, work.directory) for rule in namings]
            rows.append((text, *values, *named))
        insert_rows(work.db, "tagset", columns, rows)


def _mentioned_tags(work: Work) -> dict[TagKey, set[str]]:
    said: dict[TagKey, set[str]] = {key: set() for key in _tag_keys(work)}
    for rule in _all_rules(work):
        for leaf in leaves(rule.matcher):
            if isinstance(leaf, Tagged) and leaf.text is not None:
                said[leaf.key].add(leaf.text)
    return said


def _collapsed(value: Any, said: set[str]) -> str | None:
    if value is Ambiguous:
        return AMBIGUOUS
    if not isinstance(value, str):
        return None
    return value if value in said else _OTHER


def _make_signatures(work: Work) -> None:
    db, names = work.db, sorted(fields_read(work))
    tags = [name for (name, *_) in db.execute("DESCRIBE tagset").fetchall() if name != "tags"]
    read = [f"{_short(work, name)} AS {name}" for name in names]
    moved = f"target_key <> '' AND issuer = {quoted(ISSUER)}"
    own = [f"{_book(work)} AS book", "charged", "target_key", f"({moved}) AS adjusted"]
    shown = ", ".join([*own, *read, *tags])
    db.execute(f"""
        CREATE TABLE described AS SELECT pid, {shown}
        FROM piece JOIN slice USING (sid) JOIN tagset USING (tags)""")
    columns = ["book", "charged", "target_key", "adjusted", *names, *tags]
    listed = ", ".join(columns)
    db.execute(f"""
        CREATE TABLE sig AS SELECT CAST(row_number() OVER () AS INTEGER) AS sig, * FROM (
            SELECT DISTINCT {listed} FROM described)""")
    same = " AND ".join(f"d.{name} IS NOT DISTINCT FROM s.{name}" for name in columns)
    db.execute(f"CREATE TABLE piece_sig AS SELECT pid, sig FROM described d JOIN sig s ON {same}")
    db.execute("DROP TABLE described")


def _book(work: Work) -> str:
    """Return SQL for the book that a piece is shared by: a correction by that of its charge."""
    whens = [
        f"WHEN date_trunc('month', charged) = DATE '{book.month}' THEN {number}"
        for number, book in enumerate(work.books)
        if number
    ]
    if not whens:
        return "0"
    late = f"charge_class <> 'Correction' OR charged >= DATE '{work.month}'"
    return f"(CASE WHEN {late} THEN 0 {' '.join(whens)} ELSE 0 END)"


def _short(work: Work, name: str) -> str:
    """Return SQL for the least of a column that all rules read alike.

    A text that a rule names stays; of any other only the longest prefix that a rule names is kept,
    closed by a mark: the shorter prefixes that match are prefixes of it.
    """
    found = [leaf for rule in _all_rules(work) for leaf in leaves(rule.matcher)]
    texts = sorted({x.text for x in found if isinstance(x, FieldIs) and x.field == name})
    starts = {x.text for x in found if isinstance(x, FieldStarts) and x.field == name}
    whens = [f"WHEN {name} IN ({_listed(texts)}) THEN {name}"] if texts else []
    for length in sorted({len(text) for text in starts}, reverse=True):
        same = sorted(text for text in starts if len(text) == length)
        start = f"left({name}, {length})"
        whens.append(f"WHEN {start} IN ({_listed(same)}) THEN {start} || chr(0)")
    return f"(CASE {' '.join(whens)} ELSE chr(0) END)" if whens else "chr(0)"


def _listed(texts: Sequence[str]) -> str:
    return ", ".join(map(quoted, texts))


def _try(work: Work, book: int, start: int) -> None:
    """Add to ``hit`` which signatures the rules from ``start`` on match.

    What was entered for a target waits for no rule, but what was for a pool, for those that empty
    one: it may go on from pool to pool.
    """
    entered_for_pool = f"starts_with(target_key, {quoted(POOL)})"
    places = {key: f"tag_{n}" for n, key in enumerate(_tag_keys(work))}
    namings = [(rule.tag, rule.phase_tag) for rule in _namings(work)]
    cases = []
    some = work.books[book].rules[start : start + _RULES_AT_ONCE]
    for place, rule in enumerate(some, start):
        holds = [to_sql(rule.matcher, places.__getitem__)]
        holds += [f"charged >= DATE '{rule.valid_from}'"] if rule.valid_from else []
        holds += [f"charged < DATE '{rule.valid_to}'"] if rule.valid_to else []
        if rule.tag:
            holds.append(f"named_{namings.index((rule.tag, rule.phase_tag))} <> ''")
        holds.append(f"({entered_for_pool} OR target_key = '')" if rule.pool else "target_key = ''")
        cases.append(f"CASE WHEN {' AND '.join(holds)} THEN {place} END")
    work.db.execute(f"""
        INSERT INTO hit SELECT * FROM (
            SELECT sig, unnest([{", ".join(cases)}]) AS place FROM sig
            WHERE book = {book}) WHERE place IS NOT NULL""")
