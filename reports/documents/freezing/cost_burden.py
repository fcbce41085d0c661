"""What approvals cost, in the cost report. Pure."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from governance.approvals.querysets.burden import CaseCost, summed
from governance.approvals.rules.burden import HOUR, Gate
from governance.kernel import money
from reports.render import content as c
from reports.render import figures as f

_MOST = 40  # rows on paper, the longest wait first; the page holds all
_NOTE = (
    "Hours: labour entered for the version's validation. Checks: hours on workers at the stated "
    "rate, an estimate that is in no sum with the bill. Delay: days waited, times the attested "
    "benefit of a day at its high end; an upper bound."
)
_GATES = (
    "Asked when a case is submitted, or a person when they speak. The last column is the highest "
    "share of refusals that such a silence still allows, with 95 % certainty."
)


def burden_sections(
    found: Sequence[CaseCost], gates: Sequence[Gate], evidence: str
) -> tuple[c.Section, ...]:
    """Return the section on cases open in the month and gates of a year; none without a case."""
    if not found:
        return ()
    blocks: list[c.Block] = [c.DataTable(_cases(found), evidence)]
    if gates:
        blocks.append(c.DataTable(_silent(gates), evidence))
    lead = "What it took to decide, and which gates never said no."
    return (c.Section("governance", "What approvals cost", tuple(blocks), lead),)


def _cases(found: Sequence[CaseCost]) -> f.Table:
    longest = sorted(found, key=lambda one: (-one.waited, one.case.number))
    rows = [_cells(f"{one.case.public_id} {one.case.version}", [one]) for one in longest[:_MOST]]
    if more := longest[_MOST:]:
        rows.append(_cells(f"{len(more)} others", more))
    rows.append(_cells("Total", found))
    heads = ("Case", "Days waited", "Validators' hours", "Labour", "Checks", "Delay, at most")
    return f.Table("burden", "Cases open in the month", heads, tuple(rows), _NOTE)


def _cells(name: str, found: Sequence[CaseCost]) -> tuple[f.Cell, ...]:
    days = sum((one.waited for one in found), timedelta()) / timedelta(days=1)
    seconds = sum(one.spent.seconds for one in found)
    compute = _said(summed([one.spent.compute for one in found]))
    return (
        name,
        f"{days:.1f}",
        money.to_text(sum(one.spent.hours for one in found)),
        _said(summed([one.spent.labour for one in found])) or "none recorded",
        f"{seconds / HOUR:.2f} h" + (f", about {compute}" if compute else ""),
        _said(summed([one.delay for one in found])) or "no attested benefit",
    )


def _said(amounts: Mapping[str, int]) -> str:
    return ", ".join(f"{money.printed(units, code)} {code}" for code, units in amounts.items())


def _silent(gates: Sequence[Gate]) -> f.Table:
    rows = tuple(
        (
            gate.name,
            gate.kind,
            gate.asked,
            gate.refused,
            "" if gate.percent is None else f"up to {gate.percent} %",
        )
        for gate in gates
    )
    heads = ("Gate", "Kind", "Asked", "Refused", "Never refused, may still")
    return f.Table("gates", "Gates in twelve months", heads, rows, _GATES)
