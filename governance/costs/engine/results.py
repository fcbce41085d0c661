"""From shares to what is stored: charges, days, sums and counts."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from governance.costs.engine.job import Work
from governance.costs.engine.lines import charged, dates_of, number_kinds, spread
from governance.costs.engine.sets import digits, insert_rows
from governance.costs.rules.allocation import UNALLOCATED
from governance.costs.rules.matching import quoted
from governance.costs.rules.naming import charged_to
from governance.kernel import money

_DAY_US = 86_400_000_000
_EPOCH = dt.date(1970, 1, 1)
_MOST_COMMITMENTS = 5_000
_CHARGED = "charge JOIN payee USING (payee)"


@dataclass(frozen=True, slots=True)
class Sums:
    """Units in both bases, and lines."""

    lines: int
    billed: int
    effective: int


@dataclass(frozen=True, slots=True)
class RuleCount:
    """``matched``: lines for which the rule holds; ``taken``: those that it was first to match.

    Of a rule that empties a pool, among the lines that reached the pool; a line that did in two
    ways counts twice.
    """

    matched: int
    taken: int


@dataclass(frozen=True, slots=True)
class Shared:
    """What allocation found. Keys of ``targets`` are (target, currency)."""

    digest: str
    imported: Mapping[tuple[int, str], Sums]  # by part and currency
    given: Mapping[tuple[int, str, bool], Sums]  # by part, currency and whether to nobody
    commitments: tuple[tuple[str, str, int, int], ...]  # with currency, bought and used
    targets: Mapping[tuple[str, str], Sums]
    rules: Mapping[str, RuleCount]
    overlapping: int  # lines that several rules match
    negative: tuple[str, ...]
    lines_split: int
    lines_broken: int
    steps: int  # at which money was shared, and those whose ratios do not sum to 1
    steps_broken: int
    charges: int


def settle(work: Work) -> None:
    """Make ``charge`` and ``view``: shares with the targets that pay, summed for storing.

    Both name who pays by number (``payee``), and ``view`` what was paid for (``kind``).
    """
    _number_payees(work)
    work.db.execute("""
        CREATE TABLE charge AS
        SELECT part, sid, path, payee, sum(given.n) AS n, sum(billed) AS billed,
               sum(effective) AS effective
        FROM given JOIN piece USING (pid) JOIN pays USING (path, charged) GROUP BY ALL""")
    _add_up_days(work)
    _spread_days(work)


def _add_up_days(work: Work) -> None:
    """Make ``view``: of undivided lines by another look at them, of the others by their shares.

    A line that reaches into another day keeps its times, so that it can be spread.
    """
    number_kinds(work.db)
    own_date = charged(dates_of(work.db))
    work.db.execute(f"""
        CREATE TABLE view AS
        WITH spent AS (
            SELECT kid, path, single.charged AS charged, day_no, billed, effective,
                   {spread("since_us")} AS since_us, {spread("until_us")} AS until_us
            FROM line JOIN slice USING (slice_digest) JOIN of_kind USING (sid)
            JOIN single ON single.sid = slice.sid AND single.charged = {own_date}),
        of_day AS (
            SELECT path, charged, kid, day_no, since_us, until_us, count(*) AS n,
                   sum(billed) AS billed, sum(effective) AS effective
            FROM spent GROUP BY ALL
            UNION ALL
            SELECT path, charged, kid, day_no, since_us, until_us, share.n, billed, effective
            FROM share JOIN piece USING (pid) JOIN of_kind USING (sid))
        SELECT payee, kid, day_no, since_us, until_us, sum(n) AS n, sum(billed) AS billed,
               sum(effective) AS effective
        FROM of_day JOIN pays USING (path, charged) GROUP BY ALL""")


def _number_payees(work: Work) -> None:
    """Make ``pays`` and ``payee``: who is charged for what a path gave, by day."""
    pairs = work.db.execute(
        "SELECT DISTINCT path, charged FROM given JOIN piece USING (pid)"
    ).fetchall()
    numbers: dict[tuple[str, str], int] = {}
    rows = []
    for path, day in pairs:
        way = work.paths.known[path]
        payee = (charged_to(way.target, day, work.directory), way.phase)
        rows.append((path, day, numbers.setdefault(payee, len(numbers))))
    insert_rows(work.db, "pays", {"path": "INTEGER", "charged": "DATE", "payee": "INTEGER"}, rows)
    known = [(number, *payee) for payee, number in numbers.items()]
    columns = {"payee": "INTEGER", "target": "VARCHAR", "phase": "VARCHAR"}
    insert_rows(work.db, "payee", columns, known)


def _spread_days(work: Work) -> None:
    """Apportion by seconds, exactly, what spans days; its lines count on the first."""
    where = "FROM view WHERE since_us IS NOT NULL"
    reader = work.db.cursor()
    reader.execute(f"""
        SELECT payee, kid, since_us, until_us, CAST(n AS BIGINT), {digits("billed")},
               {digits("effective")}
        {where}""")
    columns = {
        "payee": "INTEGER",
        "kid": "INTEGER",
        "day_no": "INTEGER",
        "n": "HUGEINT",
        "billed": "DECIMAL(38,18)",
        "effective": "DECIMAL(38,18)",
    }
    insert_rows(work.db, "spread", columns, [])
    while found := reader.fetchmany(5_000):
        insert_rows(work.db, "spread", columns, [row for each in found for row in _by_day(each)])
    names = ", ".join(columns)
    work.db.execute(f"DELETE {where}")
    work.db.execute(f"INSERT INTO view ({names}) SELECT {names} FROM spread")


def _by_day(row: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    *described, since, until, lines, billed, effective = row
    seconds = overlaps(since, until)
    shares = [money.split(int(amount), seconds) for amount in (billed, effective)]
    first = min(seconds)
    return [
        (
            *described,
            (dt.date.fromisoformat(day) - _EPOCH).days,
            lines if day == first else 0,
            *(money.to_text(share[day]) for share in shares),
        )
        for day in sorted(seconds)
    ]


def overlaps(since_us: int, until_us: int) -> dict[str, int]:
    """Return the microseconds of each day (ISO, UTC) between two instants."""
    found = {}
    for day in range(since_us // _DAY_US, (until_us - 1) // _DAY_US + 1):
        start, end = day * _DAY_US, (day + 1) * _DAY_US
        within = min(end, until_us) - max(start, since_us)
        found[(_EPOCH + dt.timedelta(days=day)).isoformat()] = within
    return found


def count(work: Work, digest: str) -> Shared:
    """Return sums and counts of what was shared."""
    matched, taken, overlapping = _rule_counts(work)
    rules = [rule for book in work.books for rule in book.rules]
    return Shared(
        digest=digest,
        imported=_sums(work, f"SELECT part, currency, sum(n), {_total()}", "portion"),
        given=_given(work),
        commitments=_commitments(work),
        targets=_sums(work, f"SELECT target, currency, sum(n), {_total()}", _CHARGED),
        rules={r.id: RuleCount(matched.get(r.id, 0), taken.get(r.id, 0)) for r in rules},
        overlapping=overlapping,
        negative=tuple(sorted(work.negative)),
        lines_split=work.lines_split,
        lines_broken=work.lines_broken,
        steps=work.steps,
        steps_broken=work.steps_broken,
        charges=int(work.db.execute("SELECT count(*) FROM charge").fetchone()[0]),
    )


def _total() -> str:
    return f"{digits('sum(billed)')}, {digits('sum(effective)')}"


def _sums(work: Work, select: str, table: str) -> dict[tuple[Any, str], Sums]:
    rows = work.db.execute(f"{select} FROM {table} JOIN slice USING (sid) GROUP BY 1, 2").fetchall()
    return {(row[0], row[1]): Sums(int(row[2]), int(row[3]), int(row[4])) for row in rows}


def _rule_counts(work: Work) -> tuple[dict[str, int], dict[str, int], int]:
    def by_rule(*queries: str) -> dict[str, int]:
        rows = work.db.execute(f"{' UNION ALL '.join(queries)}").fetchall()
        return {work.books[book].rules[place].id: int(n) for book, place, n in rows}

    weighed = "SELECT sig, sum(n) AS n FROM piece JOIN piece_sig USING (pid) GROUP BY sig"
    matched = by_rule(
        f"""SELECT book, place, sum(n) FROM hit JOIN sig USING (sig) JOIN ({weighed}) USING (sig)
        JOIN rule USING (book, place) WHERE pool = '' GROUP BY ALL""",
        """SELECT book, e.place, sum(n) FROM arrived a JOIN emptying e USING (sig, pool)
        JOIN sig USING (sig) WHERE e.place >= a.place GROUP BY ALL""",
    )
    taken = by_rule(
        f"""SELECT book, place, sum(n) FROM route JOIN ({weighed}) USING (sig)
        JOIN sig USING (sig, book) WHERE place IS NOT NULL AND target_key = '' GROUP BY ALL""",
        """SELECT book, place, sum(n) FROM arrived JOIN sig USING (sig)
        WHERE place IS NOT NULL GROUP BY ALL""",
    )
    several = work.db.execute(f"""
        SELECT coalesce(sum(n), 0) FROM ({weighed}) WHERE sig IN (
            SELECT sig FROM hit JOIN sig USING (sig) JOIN rule USING (book, place)
            WHERE pool = '' GROUP BY sig HAVING count(*) > 1)""").fetchone()
    return matched, taken, int(several[0])


def _given(work: Work) -> dict[tuple[int, str, bool], Sums]:
    rows = work.db.execute(f"""
        SELECT part, currency, starts_with(target, {quoted(UNALLOCATED)}), sum(n), {_total()}
        FROM {_CHARGED} JOIN slice USING (sid) GROUP BY 1, 2, 3""").fetchall()
    return {(row[0], row[1], row[2]): Sums(int(row[3]), int(row[4]), int(row[5])) for row in rows}


def _commitments(work: Work) -> tuple[tuple[str, str, int, int], ...]:
    bought = "CASE WHEN category = 'Purchase' THEN billed ELSE 0 END"
    used = "CASE WHEN category = 'Usage' THEN effective ELSE 0 END"
    rows = work.db.execute(f"""
        SELECT commitment, currency, {digits(f"sum({bought})")}, {digits(f"sum({used})")}
        FROM portion JOIN slice USING (sid) WHERE commitment <> ''
        GROUP BY 1, 2 ORDER BY 1, 2 LIMIT {_MOST_COMMITMENTS}""").fetchall()
    return tuple((name, currency, int(bought), int(used)) for name, currency, bought, used in rows)
