"""Which target a signature's money goes to, after the first rule that takes it.

A rule may name one target for good, split, or fill a pool that a later rule empties; a person or a
tag may name such a pool too.
"""

from collections.abc import Sequence

from governance.costs.engine.job import Step, Work
from governance.costs.engine.sets import insert_rows
from governance.costs.kinds import Method, Unallocated
from governance.costs.rules.allocation import POOL, SharingRule
from governance.costs.rules.matching import quoted
from governance.costs.rules.naming import unallocated

NO_RULE = unallocated(Unallocated.NO_RULE)
ENTERED = "entered"  # the driver of what a person entered for one target


def choose(work: Work, namings: Sequence[SharingRule]) -> None:
    """Make ``emptying``, the rules that take a signature's money out of a pool, and ``route``.

    ``route.target`` is NULL where the first rule splits money or puts it into a pool that is
    emptied. A pool that was entered, or that a tag names, is ``route.pool``, and ``onward`` the
    place of the rule that empties it. What was adjusted stays where it was moved.
    """
    _list_rules(work, namings)
    work.db.execute("""
        CREATE TABLE emptying AS
        SELECT sig, pool, place FROM hit JOIN sig USING (sig) JOIN rule USING (book, place)
        WHERE pool <> ''""")
    _make_route(work, namings)


def _list_rules(work: Work, namings: Sequence[SharingRule]) -> None:
    """Make ``rule``: ``single`` is the target of a rule that sends all there for good."""
    ways = [(rule.tag, rule.phase_tag) for rule in namings]
    rows = []
    for number, book in enumerate(work.books):
        emptied = {rule.pool for rule in book.rules if rule.pool}
        for place, rule in enumerate(book.rules):
            naming = ways.index((rule.tag, rule.phase_tag)) if rule.tag else -1
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


def _make_route(work: Work, namings: Sequence[SharingRule]) -> None:
    named = " ".join(f"WHEN {n} THEN named_{n}" for n in range(len(namings)))
    by_tag = f"CASE naming {named} END" if named else "NULL"
    work.db.execute(f"""
        CREATE TABLE route AS
        WITH chosen AS (
            SELECT sig.sig, sig.book, adjusted, first.place,
                   CASE WHEN target_key <> '' THEN target_key
                        WHEN first.place IS NULL THEN {quoted(NO_RULE)}
                        WHEN naming >= 0 THEN {by_tag}
                        WHEN single <> '' THEN single END AS target
            FROM sig LEFT JOIN (
                SELECT sig, min(place) AS place FROM hit JOIN sig USING (sig)
                JOIN rule USING (book, place) WHERE pool = '' GROUP BY sig) AS first USING (sig)
            LEFT JOIN rule ON rule.book = sig.book AND rule.place = first.place),
        next AS (
            SELECT sig, min(emptying.place) AS onward FROM chosen JOIN emptying USING (sig)
            WHERE pool = target AND NOT adjusted AND emptying.place > coalesce(chosen.place, -1)
            GROUP BY sig)
        SELECT sig, book, place, onward, CASE WHEN onward IS NULL THEN target END AS target,
               CASE WHEN onward IS NOT NULL THEN target END AS pool
        FROM chosen LEFT JOIN next USING (sig)""")


def number_whole(work: Work) -> None:
    """Make ``whole``: the path of every route that needs no split, or none before its pool."""
    found = work.db.execute("""
        SELECT DISTINCT route.book, route.place, coalesce(target, pool), sig.target_key <> ''
        FROM route JOIN sig USING (sig) WHERE coalesce(target, pool) IS NOT NULL""").fetchall()
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
