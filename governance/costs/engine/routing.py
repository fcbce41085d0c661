"""Which rule takes which piece.

There are as many pieces as resources, but few kinds of them: what no rule mentions is dropped from
the columns that rules read, and rules are then tried on the distinct rest, the *signatures*.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from governance.costs.engine.job import Step, Work
from governance.costs.engine.sets import insert_rows
from governance.costs.kinds import Method, Unallocated
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
from governance.costs.rules.naming import named_target, unallocated

NO_RULE = unallocated(Unallocated.NO_RULE)
ENTERED = "entered"  # the driver of what a person entered for one target
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
    """Make ``piece_sig``, ``hit`` and ``route``: the first rule of each signature, and its target.

    ``route.target`` is NULL where the rule splits money or puts it into a pool that is emptied.
    """
    _read_tags(work)
    _make_signatures(work)
    work.db.execute("CREATE TABLE hit (sig INTEGER, place INTEGER)")
    for number, book in enumerate(work.books):
        for start in range(0, len(book.rules), _RULES_AT_ONCE):
            _try(work, number, start)
    _list_rules(work)
    _choose(work)


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
    shown = ", ".join([f"{_book(work)} AS book", "charged", "target_key", *read, *tags])
    db.execute(f"""
        CREATE TABLE described AS SELECT pid, {shown}
        FROM piece JOIN slice USING (sid) JOIN tagset USING (tags)""")
    columns = ["book", "charged", "target_key", *names, *tags]
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
    """Add to ``hit`` which signatures the rules from ``start`` on match."""
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
        cases.append(f"CASE WHEN {' AND '.join(holds)} THEN {place} END")
    work.db.execute(f"""
        INSERT INTO hit SELECT * FROM (
            SELECT sig, unnest([{", ".join(cases)}]) AS place FROM sig
            WHERE book = {book} AND target_key = '') WHERE place IS NOT NULL""")


def _list_rules(work: Work) -> None:
    """Make ``rule``: ``single`` is the target of a rule that sends all there for good."""
    namings = [(rule.tag, rule.phase_tag) for rule in _namings(work)]
    rows = []
    for number, book in enumerate(work.books):
        emptied = {rule.pool for rule in book.rules if rule.pool}
        for place, rule in enumerate(book.rules):
            naming = namings.index((rule.tag, rule.phase_tag)) if rule.tag else -1
            rows.append((number, place, rule.pool, naming, _only(rule, emptied)))
    columns = {
        "book": "INTEGER",
        "place": "INTEGER",
        "pool": "VARCHAR",
        "naming": "INTEGER",
        "single": "VARCHAR",
    }
    insert_rows(work.db, "rule", columns, rows)


def _only(rule: SharingRule, emptied: set[str]) -> str:
    if rule.method != Method.DIRECT or rule.pool:
        return ""
    key = rule.targets[0][0]
    return "" if key in emptied and key.startswith(POOL) else key


def _choose(work: Work) -> None:
    namings = range(len(_namings(work)))
    named = " ".join(f"WHEN {n} THEN named_{n}" for n in namings)
    by_tag = f"CASE naming {named} END" if named else "NULL"
    work.db.execute(f"""
        CREATE TABLE route AS
        SELECT sig.sig, sig.book, first.place,
               CASE WHEN target_key <> '' THEN target_key
                    WHEN first.place IS NULL THEN {quoted(NO_RULE)}
                    WHEN naming >= 0 THEN {by_tag}
                    WHEN single <> '' THEN single END AS target
        FROM sig LEFT JOIN (
            SELECT sig, min(place) AS place FROM hit JOIN sig USING (sig)
            JOIN rule USING (book, place) WHERE pool = '' GROUP BY sig) AS first USING (sig)
        LEFT JOIN rule ON rule.book = sig.book AND rule.place = first.place""")


def number_whole(work: Work) -> None:
    """Make ``whole``: the path of every route that needs no split."""
    found = work.db.execute("""
        SELECT DISTINCT route.book, route.place, route.target, sig.target_key <> ''
        FROM route JOIN sig USING (sig) WHERE route.target IS NOT NULL""").fetchall()
    rows = [(*key, _whole_path(work, *key)) for key in sorted(found, key=str)]
    columns = {
        "book": "INTEGER",
        "place": "INTEGER",
        "target": "VARCHAR",
        "entered": "BOOLEAN",
        "path": "INTEGER",
    }
    insert_rows(work.db, "whole", columns, rows)


def _whole_path(work: Work, book: int, place: int | None, target: str, entered: bool) -> int:  # noqa: FBT001 - a row of SQL
    if entered:
        there = target in work.directory.targets
        key = target if there else unallocated(Unallocated.TARGET_UNKNOWN)
        return work.paths.number((Step("", key, 1, 1, ENTERED),), key, "direct")
    if place is None:
        return work.paths.number((), target, "")
    rule = work.books[book].rules[place]
    driver = "tag" if rule.tag else "direct"
    return work.paths.number((Step(rule.id, target, 1, 1, driver),), target, rule.phase)
