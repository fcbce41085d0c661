"""Failed work in the cost report: what it cost by phase, who decided, what was learnt. Pure."""

from collections.abc import Iterable

from governance.costs.kinds import Phase
from governance.costs.querysets.failed import Failed
from governance.costs.querysets.report import ReportFacts
from governance.kernel import money
from reports.render import content as c
from reports.render import figures as f

_PHASES = {**dict(Phase.choices), "": "No phase"}
_LONGEST = 600  # characters of a reason or a lesson on paper; the page holds it whole


def failed_sections(spent: ReportFacts) -> tuple[c.Section, ...]:
    """Return the section on work that ended before it was of use; none when there was none."""
    if not spent.failed:
        return ()
    blocks = (
        c.DataTable(_money(spent), spent.run.public_id),
        c.DataTable(_learning(spent.failed), spent.run.public_id),
    )
    lead = "Work that ended is no disgrace; unrecorded, it would be repeated."
    return (c.Section("failed", "Failed work and what was learnt", blocks, lead),)


def _money(spent: ReportFacts) -> f.Table:
    used = [phase for phase in _PHASES if any(phase in one.by_phase for one in spent.failed)]
    columns = [
        money.statement(
            {n: one.by_phase.get(phase, 0) for n, one in enumerate(spent.failed)}, spent.currency
        )
        for phase in used
    ]
    rows = [
        (
            str(one.ending),
            *(money.printed(column[n], spent.currency) for column in columns),
            money.printed(sum(column[n] for column in columns), spent.currency),
        )
        for n, one in enumerate(spent.failed)
    ]
    sums = [sum(column.values()) for column in columns]
    total = (money.printed(one, spent.currency) for one in (*sums, sum(sums)))
    heads = ("Work", *(str(_PHASES[phase]) for phase in used), "In all")
    title = f"Spent in the month on work that ended before use, in {spent.currency}"
    return f.Table("failed", title, heads, (*rows, ("Total", *total)))


def _learning(failed: Iterable[Failed]) -> f.Table:
    rows = tuple(
        (
            f"{one.ending.public_id} {one.ending}",
            f"{one.ending.get_ending_display()} on {one.ending.ended_at:%Y-%m-%d}"
            + (f", {one.ending.decision}" if one.ending.decision else ""),
            ", ".join(one.deciders),
            _short(one.ending.reason),
            _short(one.ending.learnt) or "Nobody wrote it down",
            _reused(one),
        )
        for one in failed
    )
    heads = ("Work", "How it ended", "By", "Why", "What was learnt", "Used again since")
    note = "Used again: versions made later that follow it or share a part, as far as known."
    return f.Table("learning", "How it ended and what was learnt", heads, rows, note)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _reused(one: Failed) -> str:
    told = (f"{use.version} ({', '.join(use.parts).lower()})" for use in one.reused[:3])
    more = len(one.reused) - 3
    return "; ".join(told) + (f"; {more} more" if more > 0 else "") or "nothing known"
