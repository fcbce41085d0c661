"""Sharing lines out, each exactly as ``kernel.money.split`` would, in sets.

With whole weights w of sum W and |a| = q·W + m, target i of a line gets q·wᵢ and its share of the
remainder m, which depends on m alone. So lines are summed by m, each m is split once, by largest
remainders and ties by key, and the parts are added up: what each line would have got, exactly.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from governance.costs.engine.job import Step, Work
from governance.costs.engine.lines import charged, spread
from governance.costs.engine.sets import insert_rows, units
from governance.costs.kinds import Method, Unallocated
from governance.costs.rules.allocation import COST, PHASES, POOL, SharingRule
from governance.costs.rules.matching import quoted
from governance.costs.rules.naming import charged_to, unallocated
from governance.costs.rules.weighing import Weighed, weigh

NO_DRIVER = unallocated(Unallocated.NO_DRIVER)
_ROOT = -1
_PAIRS_AT_ONCE = 4_000_000  # of remainders and targets

_SHARE = """
    part BIGINT, pid INTEGER, path INTEGER, day_no INTEGER, since_us BIGINT, until_us BIGINT,
    n HUGEINT, billed HUGEINT, effective HUGEINT"""
_GROUP = "part, pid, path, day_no, since_us, until_us"


def share_out(work: Work) -> None:
    """Make ``share``: what each path gave of each piece, by day."""
    work.db.execute(f"CREATE TABLE share ({_SHARE})")
    _share_whole(work)
    _make_flow(work)
    for number, book in enumerate(work.books):
        for phase in PHASES:
            costs: dict[str, dict[str, int]] | None = None
            for place, rule in enumerate(book.rules):
                if rule.phase != phase or not _waiting(work, number, place):
                    continue
                if costs is None:
                    costs = _costs_before(work, number, phase)
                _share_by(work, number, place, costs)
    _leave_in_pools(work)


def _share_whole(work: Work) -> None:
    """Give whole cells to their one target; nothing is split."""
    work.db.execute(f"""
        INSERT INTO share
        SELECT part, pid, path, day_no, since_us, until_us, cell.n,
               {units("billed")}, {units("effective")}
        FROM cell JOIN piece USING (sid, charged) JOIN piece_sig USING (pid)
        JOIN route USING (sig) JOIN sig USING (sig)
        JOIN whole ON whole.book = route.book AND whole.place IS NOT DISTINCT FROM route.place
                  AND whole.target = route.target AND whole.entered = (target_key <> '')""")  # noqa: S608


def _make_flow(work: Work) -> None:
    """Make ``flow``: the lines that a rule splits, alike ones counted, at the rule that takes them.

    ``place`` NULL: in a pool that no rule empties for them.
    """
    dates = [row[0] for row in work.db.execute("SELECT DISTINCT charged FROM piece").fetchall()]
    work.db.execute(f"""
        CREATE TABLE flow AS
        SELECT part, pid, {_ROOT} AS path, day_no, {spread("since_us")} AS since_us,
               {spread("until_us")} AS until_us, route.book AS book, route.place AS place,
               slice.currency AS currency,
               {units("billed")} AS billed, {units("effective")} AS effective,
               CAST(count(*) AS HUGEINT) AS n
        FROM line JOIN slice USING (slice_digest)
        JOIN piece ON piece.sid = slice.sid AND piece.charged = {charged(dates)}
        JOIN piece_sig USING (pid) JOIN route USING (sig)
        WHERE route.target IS NULL GROUP BY ALL""")  # noqa: S608
    work.db.execute(f"CREATE TABLE arriving AS SELECT {_FLOW} FROM flow LIMIT 0")  # noqa: S608


_FLOW = "part, pid, path, day_no, since_us, until_us, book, place, currency, billed, effective, n"


def _waiting(work: Work, book: int, place: int) -> bool:
    found = work.db.execute(
        "SELECT 1 FROM flow WHERE book = ? AND place = ? LIMIT 1", [book, place]
    ).fetchone()
    return found is not None


def _costs_before(work: Work, book: int, phase: str) -> dict[str, dict[str, int]]:
    """Return the effective cost that targets carry from phases before ``phase``, by currency."""
    carried = work.books[book].carried
    before = PHASES[: PHASES.index(phase)]
    found: dict[str, dict[str, int]] = {}
    for when, currency, key, cost in carried if carried is not None else _carried(work, book):
        if when in before:
            held = found.setdefault(currency, {})
            held[key] = held.get(key, 0) + cost
    return found


def _carried(work: Work, book: int) -> list[tuple[str, str, str, int]]:
    rows = work.db.execute(
        """SELECT path, piece.charged, slice.currency, CAST(sum(effective) AS VARCHAR)
           FROM share JOIN piece USING (pid) JOIN slice USING (sid) JOIN piece_sig USING (pid)
           JOIN sig USING (sig) WHERE sig.book = ? GROUP BY 1, 2, 3""",
        [book],
    ).fetchall()
    ways = work.paths.known
    return [
        (ways[path].phase, currency, charged_to(ways[path].target, day, work.directory), int(cost))
        for path, day, currency, cost in rows
    ]


def _share_by(work: Work, book: int, place: int, costs: Mapping[str, Mapping[str, int]]) -> None:
    """Share out what waits for the rule at ``place``; by currency, where weights are money."""
    rule = work.books[book].rules[place]
    work.tell(f"Sharing by rule {rule.name}")
    here = f"book = {book} AND place = {place}"
    if COST not in {*rule.fallbacks} and rule.method != Method.PROPORTIONAL_COST:
        _share_some(work, rule, here, weigh(rule, work.books[book].drivers, {}))
        return
    currencies = work.db.execute(f"SELECT DISTINCT currency FROM flow WHERE {here} ORDER BY 1")  # noqa: S608
    for (currency,) in currencies.fetchall():
        weighed = weigh(rule, work.books[book].drivers, costs.get(currency, {}))
        work.negative.update(weighed.negative)
        _share_some(work, rule, f"{here} AND currency = {quoted(currency)}", weighed)


def _share_some(work: Work, rule: SharingRule, which: str, weighed: Weighed) -> None:
    if not weighed.weights:
        _give_up(work, rule, which, weighed.driver)
        return
    keys = sorted(weighed.weights)
    weights = [weighed.weights[key] for key in keys]
    _number_paths(work, rule, which, weighed, keys)
    _list_weights(work, keys, weights)
    total, count = sum(weights), work.db.execute(f"SELECT count(*) FROM flow WHERE {which}")  # noqa: S608
    lines = int(count.fetchone()[0])
    pieces = -(-min(total, lines) * len(keys) // _PAIRS_AT_ONCE)
    for number in range(pieces):
        _split(work, which, total, (number, pieces))
    work.db.execute(f"DELETE FROM flow WHERE {which}")  # noqa: S608
    work.db.execute(f"INSERT INTO flow SELECT {_FLOW} FROM arriving")  # noqa: S608
    work.db.execute("DELETE FROM arriving")


def _give_up(work: Work, rule: SharingRule, which: str, driver: str) -> None:
    _number_paths(work, rule, which, Weighed({NO_DRIVER: 1}, driver), [NO_DRIVER])
    work.db.execute(f"""
        INSERT INTO share SELECT part, pid, onward.path, day_no, since_us, until_us,
            sum(n), sum(billed * n), sum(effective * n)
        FROM flow JOIN onward ON onward.parent = flow.path WHERE {which} GROUP BY ALL""")  # noqa: S608
    work.db.execute(f"DELETE FROM flow WHERE {which}")  # noqa: S608


def _number_paths(
    work: Work, rule: SharingRule, which: str, weighed: Weighed, keys: Sequence[str]
) -> None:
    """Make ``onward``: the number of each path that reaches a target by this step."""
    total, rows = sum(weighed.weights.values()), []
    parents = work.db.execute(f"SELECT DISTINCT path FROM flow WHERE {which} ORDER BY 1")  # noqa: S608
    for (parent,) in parents.fetchall():
        for position, key in enumerate(keys):
            step = Step(rule.id, key, weighed.weights[key], total, weighed.driver)
            if parent == _ROOT:
                path = work.paths.number((step,), key, rule.phase)
            else:
                path = work.paths.onward(parent, step, rule.phase)
            rows.append((parent, position, path))
    columns = {"parent": "INTEGER", "position": "INTEGER", "path": "INTEGER"}
    work.db.execute("DROP TABLE IF EXISTS onward")
    insert_rows(work.db, "onward", columns, rows)


def _list_weights(work: Work, keys: Sequence[str], weights: Sequence[int]) -> None:
    """Make ``weight``: positions are those of ascending keys, which decide ties."""
    emptied = {other.pool for book in work.books for other in book.rules if other.pool}
    rows = [
        (position, key if key.startswith(POOL) and key in emptied else "", weight)
        for position, (key, weight) in enumerate(zip(keys, weights, strict=True))
    ]
    columns = {"position": "INTEGER", "pool": "VARCHAR", "weight": "HUGEINT"}
    work.db.execute("DROP TABLE IF EXISTS weight")
    insert_rows(work.db, "weight", columns, rows)


def _split(work: Work, which: str, total: int, slot: tuple[int, int]) -> None:
    """Split one slot of the waiting lines: those whose remainder falls into it, in either basis.

    Both bases of a line are taken together, so a slot is chosen by the line.
    """
    number, pieces = slot
    here = which if pieces == 1 else f"{which} AND hash(billed, effective) % {pieces} = {number}"
    db, w = work.db, f"{total}::HUGEINT"
    db.execute(f"CREATE OR REPLACE TEMP VIEW waiting AS SELECT * FROM flow WHERE {here}")  # noqa: S608
    _split_remainders(db, w)
    _check_remainders(work)
    _sum_up(db, w)
    _send_on(db, w)


def _split_remainders(db: Any, w: str) -> None:
    """Make ``unit``: how each remainder falls to the positions."""
    db.execute(f"""
        CREATE OR REPLACE TEMP TABLE unit AS
        WITH remainder AS (
            SELECT abs(billed) % {w} AS m FROM waiting
            UNION SELECT abs(effective) % {w} FROM waiting),
        floored AS (
            SELECT m, position, m * weight // {w} AS units, m * weight % {w} AS rest
            FROM remainder, weight WHERE m > 0),
        ranked AS (
            SELECT m, position, units,
                   row_number() OVER (PARTITION BY m ORDER BY rest DESC, position) AS rank,
                   m - sum(units) OVER (PARTITION BY m) AS missing
            FROM floored)
        SELECT m, position, units + CASE WHEN rank <= missing THEN 1 ELSE 0 END AS units
        FROM ranked""")  # noqa: S608


def _check_remainders(work: Work) -> None:
    """Count the lines split, and those whose shares would not sum to them."""
    work.lines_split += int(
        work.db.execute("SELECT coalesce(sum(n), 0) FROM waiting").fetchone()[0]
    )
    broken = work.db.execute(
        "SELECT count(*) FROM (SELECT m FROM unit GROUP BY m HAVING sum(units) <> m)"
    )
    work.lines_broken += int(broken.fetchone()[0])


def _sum_up(db: Any, w: str) -> None:
    """Add to ``share`` what the lines give to positions where money stays."""
    basis = f"""
        SELECT {_GROUP}, abs(billed) % {w} AS m, sign(billed) * n AS b, 0::HUGEINT AS e FROM waiting
        UNION ALL
        SELECT {_GROUP}, abs(effective) % {w}, 0::HUGEINT, sign(effective) * n FROM waiting"""  # noqa: S608
    db.execute(f"""
        INSERT INTO share
        WITH quotient AS (
            SELECT {_GROUP}, sum(n) AS n, sum(billed // {w} * n) AS b,
                   sum(effective // {w} * n) AS e
            FROM waiting GROUP BY ALL),
        counted AS (
            SELECT {_GROUP}, m, sum(b) AS b, sum(e) AS e FROM ({basis}) WHERE m > 0 GROUP BY ALL),
        rest AS (
            SELECT {_GROUP}, position, sum(b * units) AS b, sum(e * units) AS e
            FROM counted JOIN unit USING (m) GROUP BY ALL)
        SELECT q.part, q.pid, onward.path, q.day_no, q.since_us, q.until_us, q.n,
               q.b * weight + coalesce(rest.b, 0), q.e * weight + coalesce(rest.e, 0)
        FROM quotient q CROSS JOIN weight
        JOIN onward ON onward.parent = q.path AND onward.position = weight.position
        LEFT JOIN rest ON {_same("q", "rest")} AND rest.position = weight.position
        WHERE weight.pool = ''""")  # noqa: S608


def _same(one: str, other: str) -> str:
    names = [name.strip() for name in _GROUP.split(",")]
    return " AND ".join(f"{one}.{name} IS NOT DISTINCT FROM {other}.{name}" for name in names)


def _send_on(db: Any, w: str) -> None:
    """Add to ``arriving`` each line's own share of a pool, at the rule that empties it next."""
    if not db.execute("SELECT 1 FROM weight WHERE pool <> '' LIMIT 1").fetchone():
        return
    share = "{0} // {1} * weight + sign({0}) * coalesce({2}.units, 0)"
    db.execute(f"""
        INSERT INTO arriving
        WITH emptying AS (
            SELECT sig, pool, min(place) AS place FROM hit JOIN sig USING (sig)
            JOIN rule USING (book, place) WHERE pool <> '' GROUP BY ALL)
        SELECT f.part, f.pid, onward.path, f.day_no, f.since_us, f.until_us, f.book,
               emptying.place AS place, f.currency, {share.format("f.billed", w, "ub")} AS billed,
               {share.format("f.effective", w, "ue")} AS effective, sum(f.n) AS n
        FROM waiting f CROSS JOIN weight
        JOIN onward ON onward.parent = f.path AND onward.position = weight.position
        LEFT JOIN unit ub ON ub.m = abs(f.billed) % {w} AND ub.position = weight.position
        LEFT JOIN unit ue ON ue.m = abs(f.effective) % {w} AND ue.position = weight.position
        JOIN piece_sig ON piece_sig.pid = f.pid
        LEFT JOIN emptying ON emptying.sig = piece_sig.sig AND emptying.pool = weight.pool
        WHERE weight.pool <> '' GROUP BY ALL""")  # noqa: S608


def _leave_in_pools(work: Work) -> None:
    work.db.execute(f"""
        INSERT INTO share SELECT {_GROUP}, sum(n), sum(billed * n), sum(effective * n)
        FROM flow GROUP BY ALL""")  # noqa: S608
