"""Lines of closed periods: what the rules would give them today, kept out of what is stored."""

from collections.abc import Collection

from governance.costs.engine.job import Work
from governance.costs.engine.results import Sums
from governance.costs.engine.sets import digits
from governance.costs.engine.shaping import listed

Given = dict[str, dict[tuple[str, str], Sums]]


def given_to(work: Work, issuers: Collection[str]) -> Given:
    """Return sums by issuer, then by target and currency."""
    found: Given = {issuer: {} for issuer in issuers}
    rows = work.db.execute(f"""
        SELECT issuer, target, currency, sum(charge.n), {digits("sum(billed)")},
               {digits("sum(effective)")}
        FROM charge JOIN payee USING (payee) JOIN slice USING (sid)
        WHERE issuer IN ({listed(sorted(issuers))}) GROUP BY 1, 2, 3""").fetchall()
    for issuer, target, currency, *sums in rows:
        found[issuer][target, currency] = Sums(*map(int, sums))
    return found


def leave_out(work: Work, issuers: Collection[str]) -> int:
    """Take the charges of ``issuers`` away, so that they are not written; return how many."""
    named = f"issuer IN ({listed(sorted(issuers))})"
    slices = f"SELECT sid FROM slice WHERE {named}"
    gone = work.db.execute(f"DELETE FROM charge WHERE sid IN ({slices})").fetchone()
    work.db.execute(f"DELETE FROM view WHERE kid IN (SELECT kid FROM kind WHERE {named})")
    return int(gone[0])
