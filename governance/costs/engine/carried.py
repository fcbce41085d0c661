"""What targets carry already: the weights of rules that share in proportion to cost."""

from governance.costs.engine.job import Work
from governance.costs.engine.sets import digits
from governance.costs.rules.allocation import PHASES
from governance.costs.rules.naming import charged_to


def costs_before(work: Work, book: int, phase: str) -> dict[str, dict[str, int]]:
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
        f"""SELECT path, piece.charged, slice.currency, {digits("sum(effective)")}
           FROM given JOIN piece USING (pid) JOIN slice USING (sid) JOIN piece_sig USING (pid)
           JOIN sig USING (sig) WHERE sig.book = ? GROUP BY 1, 2, 3""",
        [book],
    ).fetchall()
    ways = work.paths.known
    return [
        (ways[path].phase, currency, charged_to(ways[path].target, day, work.directory), int(cost))
        for path, day, currency, cost in rows
    ]
