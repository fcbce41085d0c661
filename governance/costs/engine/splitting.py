"""Sharing lines out, each exactly as ``kernel.money.split`` would, in sets.

With whole weights w of sum W and |a| = q·W + m, target i of a line gets q·wᵢ and its share of the
remainder m. The quotients are summed in SQL; the remainders, which are small numbers, are split
line by line (``engine.remainders``), and the two are added: what each line would get, exactly.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from governance.costs.engine.carried import costs_before
from governance.costs.engine.job import Step, Work
from governance.costs.engine.lines import charged, dates_of, spread
from governance.costs.engine.remainders import split_remainders
from governance.costs.engine.sets import decimal, insert_rows, units
from governance.costs.kinds import Method, Unallocated
from governance.costs.rules.allocation import COST, PHASES, POOL, SharingRule
from governance.costs.rules.matching import quoted
from governance.costs.rules.naming import unallocated
from governance.costs.rules.weighing import Weighed, weigh
from governance.kernel import money

NO_DRIVER = unallocated(Unallocated.NO_DRIVER)
_ROOT = -1

_SHARE = """
    part BIGINT, pid INTEGER, path INTEGER, day_no INTEGER, since_us BIGINT, until_us BIGINT,
    n HUGEINT, billed DECIMAL(38,18), effective DECIMAL(38,18)"""
_GROUP = "part, pid, path, day_no, since_us, until_us"
_UNDIVIDED = f"sum(n), {decimal('sum(billed * n)')}, {decimal('sum(effective * n)')}"


def share_out(work: Work) -> None:
    """Make ``share``, what each path gave of each piece that is split, by day, and ``given``.

    ``given`` is what each path gave of each piece in all, those included that have one target.
    """
    work.db.execute(f"CREATE TABLE share ({_SHARE})")
    _give_whole(work)
    _make_flow(work)
    for number in range(len(work.books)):
        for phase in PHASES:
            _share_in(work, number, phase)
    _leave_in_pools(work)


def _share_in(work: Work, book: int, phase: str) -> None:
    """Share out by the rules of a phase, in order; what one of them gives may wait for a later."""
    costs: dict[str, dict[str, int]] | None = None
    waiting = _waiting(work, book)
    for place, rule in enumerate(work.books[book].rules):
        if rule.phase != phase or place not in waiting:
            continue
        if costs is None:
            costs = costs_before(work, book, phase)
        _share_by(work, book, place, costs)
        waiting = _waiting(work, book)


def _give_whole(work: Work) -> None:
    """Make ``single``, the path of each piece that has one target; nothing of it is split."""
    work.db.execute("""
        CREATE TABLE single AS
        SELECT piece.pid, piece.sid, piece.charged, path
        FROM piece JOIN piece_sig USING (pid) JOIN route USING (sig) JOIN sig USING (sig)
        JOIN whole ON whole.book = route.book AND whole.place IS NOT DISTINCT FROM route.place
                  AND whole.target = route.target AND whole.entered = (target_key <> '')""")
    work.db.execute("""
        CREATE VIEW given AS
        SELECT part, pid, path, portion.n, billed, effective
        FROM portion JOIN single USING (sid, charged)
        UNION ALL SELECT part, pid, path, n, billed, effective FROM share""")


def _make_flow(work: Work) -> None:
    """Make ``flow``: the lines that a rule splits, alike ones counted, at the rule that takes them.

    ``place`` NULL: in a pool that no rule empties for them. ``arrived`` counts lines that reach a
    pool, by the rule that takes them out.
    """
    work.db.execute(f"""
        CREATE TABLE flow AS
        WITH several AS (
            SELECT pid, sid, piece.charged AS charged, route.book AS book,
                   coalesce(onward, route.place) AS place, coalesce(whole.path, {_ROOT}) AS path
            FROM piece JOIN slice USING (sid) JOIN piece_sig USING (pid) JOIN route USING (sig)
            LEFT JOIN whole ON whole.target = route.pool AND whole.book = route.book
                           AND whole.place IS NOT DISTINCT FROM route.place
                           AND whole.entered = (slice.target_key <> '')
            WHERE route.target IS NULL),
        split AS (SELECT sid, slice_digest, currency FROM slice SEMI JOIN several USING (sid)),
        alike AS (
            SELECT part, sid, day_no, {charged(dates_of(work.db))} AS charged,
                   {spread("since_us")} AS since_us, {spread("until_us")} AS until_us,
                   split.currency AS currency, billed, effective, count(*) AS n
            FROM line JOIN split USING (slice_digest) GROUP BY ALL)
        SELECT part, pid, path, day_no, since_us, until_us, book, place, currency,
               {units("billed")} AS billed, {units("effective")} AS effective,
               CAST(n AS HUGEINT) AS n
        FROM alike JOIN several USING (sid, charged)""")
    work.db.execute(f"CREATE TABLE arriving AS SELECT {_FLOW} FROM flow LIMIT 0")
    work.db.execute("""
        CREATE TABLE arrived AS
        SELECT sig, pool, onward AS place, sum(flow.n) AS n
        FROM flow JOIN piece_sig USING (pid) JOIN route USING (sig)
        WHERE onward IS NOT NULL GROUP BY ALL""")


_FLOW = "part, pid, path, day_no, since_us, until_us, book, place, currency, billed, effective, n"


def _waiting(work: Work, book: int) -> set[int]:
    """Return the places of the rules of ``book`` for which lines wait."""
    found = work.db.execute("SELECT DISTINCT place FROM flow WHERE book = ?", [book])
    return {row[0] for row in found.fetchall()}


def _share_by(work: Work, book: int, place: int, costs: Mapping[str, Mapping[str, int]]) -> None:
    """Share out what waits for the rule at ``place``; by currency, where weights are money."""
    rule = work.books[book].rules[place]
    work.tell(f"Sharing by rule {rule.name}")
    here = f"book = {book} AND place = {place}"
    if COST not in {*rule.fallbacks} and rule.method != Method.PROPORTIONAL_COST:
        _share_some(work, rule, here, weigh(rule, work.books[book].drivers, {}))
        return
    currencies = work.db.execute(f"SELECT DISTINCT currency FROM flow WHERE {here} ORDER BY 1")
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
    work.steps += 1
    work.steps_broken += sum(money.split(money.UNIT, weighed.weights).values()) != money.UNIT
    _split(work, which, weights)
    work.db.execute(f"DELETE FROM flow WHERE {which}")
    work.db.execute(f"INSERT INTO flow SELECT {_FLOW} FROM arriving")
    work.db.execute("DELETE FROM arriving")


def _give_up(work: Work, rule: SharingRule, which: str, driver: str) -> None:
    _number_paths(work, rule, which, Weighed({NO_DRIVER: 1}, driver), [NO_DRIVER])
    work.db.execute(f"""
        INSERT INTO share
        SELECT part, pid, onward.path, day_no, since_us, until_us, {_UNDIVIDED}
        FROM flow JOIN onward ON onward.parent = flow.path WHERE {which} GROUP BY ALL""")
    work.db.execute(f"DELETE FROM flow WHERE {which}")


def _number_paths(
    work: Work, rule: SharingRule, which: str, weighed: Weighed, keys: Sequence[str]
) -> None:
    """Make ``onward``: the number of each path that reaches a target by this step."""
    total, rows = sum(weighed.weights.values()), []
    parents = work.db.execute(f"SELECT DISTINCT path FROM flow WHERE {which} ORDER BY 1")
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


def _split(work: Work, which: str, weights: Sequence[int]) -> None:
    """Split the waiting lines; ``gid`` numbers those that are stored as one."""
    db = work.db
    db.execute(f"""
        CREATE OR REPLACE TABLE waiting AS
        SELECT CAST(row_number() OVER () AS INTEGER) AS lid,
               CAST(dense_rank() OVER (ORDER BY {_GROUP}) AS INTEGER) AS gid, flow.*
        FROM flow WHERE {which}""")
    pools = db.execute("SELECT position FROM weight WHERE pool <> ''").fetchall()
    work.lines_broken += split_remainders(db, weights, [row[0] for row in pools])
    work.lines_split += int(db.execute("SELECT sum(n) FROM waiting").fetchone()[0])
    _sum_up(db, f"{sum(weights)}::HUGEINT")
    if pools:
        _send_on(db, f"{sum(weights)}::HUGEINT")


def _sum_up(db: Any, w: str) -> None:
    """Add to ``share`` what the lines give to positions where money stays."""
    db.execute(f"""
        INSERT INTO share
        WITH quotient AS (
            SELECT gid, {_GROUP}, sum(n) AS n, sum(billed // {w} * n) AS b,
                   sum(effective // {w} * n) AS e
            FROM waiting GROUP BY ALL),
        more AS (SELECT gid, position, sum(b) AS b, sum(e) AS e FROM rest GROUP BY ALL)
        SELECT part, pid, onward.path, day_no, since_us, until_us, n,
               {decimal("(quotient.b * weight + more.b)")},
               {decimal("(quotient.e * weight + more.e)")}
        FROM quotient JOIN more USING (gid) JOIN weight USING (position)
        JOIN onward ON onward.parent = quotient.path AND onward.position = weight.position
        WHERE weight.pool = ''""")


def _send_on(db: Any, w: str) -> None:
    """Add to ``arriving`` each line's own share of a pool, at the rule that empties it next."""
    share = "{0} // {1} * weight + sign({0}) * {2}"
    db.execute(f"""
        INSERT INTO arriving
        WITH first AS (SELECT sig, pool, min(place) AS place FROM emptying GROUP BY ALL)
        SELECT part, waiting.pid, onward.path, day_no, since_us, until_us, book, first.place,
               currency, {share.format("billed", w, "unit.b")},
               {share.format("effective", w, "unit.e")}, n
        FROM waiting JOIN unit USING (lid) JOIN weight USING (position)
        JOIN onward ON onward.parent = waiting.path AND onward.position = weight.position
        JOIN piece_sig ON piece_sig.pid = waiting.pid
        LEFT JOIN first ON first.sig = piece_sig.sig AND first.pool = weight.pool""")
    db.execute("""
        INSERT INTO arrived
        SELECT sig, weight.pool, (
            SELECT min(place) FROM emptying e WHERE e.sig = p.sig AND e.pool = weight.pool), sum(n)
        FROM waiting JOIN piece_sig p USING (pid) CROSS JOIN weight
        WHERE weight.pool <> '' GROUP BY ALL""")


def _leave_in_pools(work: Work) -> None:
    work.db.execute(f"""
        INSERT INTO share SELECT {_GROUP}, {_UNDIVIDED} FROM flow GROUP BY ALL""")
