"""What must hold of a run of allocation, checked and stated with its sums (costs, chapter 5).

A check is ``{"check", "title", "holds", "blocks", "statement", "rows"}``; amounts are text.
``holds`` is True, False, or None where the time for it has not come.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from governance.costs.rules.commitments import Finding, Term
from governance.costs.rules.invoices import Held
from governance.kernel import money

Judged = tuple[Term, Finding]
BASES = ("billed", "effective")
Check = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Balance:
    """One part of a bill in one currency and basis, in units, as the run sees it."""

    issuer: str
    month: str
    currency: str
    basis: str
    lines: int
    imported: int
    allocated: int
    unallocated: int
    control: int | None  # what the batch said its lines sum to
    control_lines: int | None

    @property
    def difference(self) -> int:
        return self.imported - self.allocated - self.unallocated


def conservation(balances: Sequence[Balance], refused: Sequence[Mapping[str, Any]]) -> Check:
    """Everything imported was given to somebody or to nobody, to the last unit."""
    rows = [
        {
            "issuer": each.issuer,
            "month": each.month,
            "currency": each.currency,
            "basis": each.basis,
            "lines": each.lines,
            "imported": money.to_text(each.imported),
            "allocated": money.to_text(each.allocated),
            "unallocated": money.to_text(each.unallocated),
            "difference": money.to_text(each.difference),
        }
        for each in balances
    ]
    broken = [each for each in balances if each.difference]
    said = (
        f"Allocated and unallocated money is imported money in {len(rows)} sums"
        if not broken
        else f"{len(broken)} of {len(rows)} sums do not agree"
    )
    found = _check("conservation", "Conservation", not broken, said, rows)
    return {**found, "refused": list(refused)}


def line_conservation(lines: int, split: int, broken: int) -> Check:
    said = f"{lines:,} lines, {split:,} of them split; the shares of {broken:,} differ from theirs"
    return _check("lines", "Line conservation", broken == 0, said)


def batch_control(balances: Sequence[Balance]) -> Check:
    """The lines that were read sum to what the batches' control totals say."""
    rows = [
        {
            "issuer": each.issuer,
            "month": each.month,
            "currency": each.currency,
            "basis": each.basis,
            "lines": money.to_text(each.imported),
            "control": money.text_or_none(each.control),
        }
        for each in balances
    ]
    off = [e for e in balances if e.control != e.imported or e.control_lines != e.lines]
    said = f"{len(rows) - len(off)} of {len(rows)} control totals agree"
    return _check("batches", "Batch control", not off, said, rows)


def invoices(found: Sequence[tuple[str, Held]]) -> Check:
    """Billed money is what the invoices say; a gap warns, and closing then asks for a reason."""
    rows = [{"issuer": issuer, **one.to_json(), "invoice": one.label} for issuer, one in found]
    known = [each for _, each in found if each.stated is not None]
    gaps = [each for each in known if each.gap]
    said = f"{len(known)} of {len(found)} invoices are known; {len(gaps)} differ from the bill"
    return _check("invoices", "Invoice", (not gaps) if known else None, said, rows, blocks=False)


def commitments(
    bought: Mapping[tuple[str, str], tuple[int, int]], found: Mapping[tuple[str, str], Judged]
) -> Check:
    """Usage under a commitment sums to its purchase over the whole term, not before its end.

    ``bought`` are units purchased (billed) and used (effective) in this month, by commitment and
    currency; ``found`` the whole term of each, and how it stands.
    """
    rows = [
        {
            "commitment": name,
            "currency": currency,
            "purchased": money.to_text(bought[name, currency][0]),
            "used": money.to_text(bought[name, currency][1]),
            "term_purchased": money.to_text(term.bought),
            "term_used": money.to_text(term.used),
            "term": finding.words,
        }
        for (name, currency), (term, finding) in sorted(found.items())
    ]
    verdicts = [finding.holds for _, finding in found.values()]
    over = [holds for holds in verdicts if holds is not None]
    said = (
        f"{len(over)} of {len(rows)} commitments are over; {over.count(False)} of them differ"
        if rows
        else "No commitments"
    )
    holds = all(over) if over else None
    return _check("commitments", "Commitment term", holds, said, rows, blocks=False)


def adjustments(moved: Mapping[tuple[str, str], int] | None) -> Check:
    """What a run would move of closed money sums to nothing: it is moved, never made."""
    if moved is None:
        return _check("adjustments", "Adjustments", None, "The month is open; nothing to adjust")
    rows = [
        {"currency": currency, "basis": basis, "sum": money.to_text(total)}
        for (currency, basis), total in sorted(moved.items())
    ]
    off = [total for total in moved.values() if total]
    said = "Adjustments of closed money sum to 0" if not off else "Adjustments would make money"
    return _check("adjustments", "Adjustments", not off, said, rows)


def ratios(steps: int, broken: int) -> Check:
    said = f"Weights of {steps:,} steps; {broken:,} do not sum to their whole"
    return _check("ratios", "Ratios", broken == 0, said)


def determinism(result: str, earlier: Mapping[str, str]) -> Check:
    """``earlier`` are results of runs over the same inputs, by the runs' public ids."""
    rows = [{"run": run, "result": found} for run, found in sorted(earlier.items())]
    other = [run for run, found in earlier.items() if found != result]
    said = f"{len(earlier)} earlier runs over the same inputs gave the same result {result[:12]}"
    if not earlier:
        said = f"The first run over these inputs; result {result[:12]}"
    if other:
        said = f"{', '.join(sorted(other))} gave another result over the same inputs"
    return _check("determinism", "Determinism", not other, said, rows)


def publishable(checks: Iterable[Mapping[str, Any]]) -> bool:
    """Return whether no check that blocks has failed."""
    return all(check["holds"] is not False or not check["blocks"] for check in checks)


def _check(
    name: str,
    title: str,
    holds: bool | None,  # noqa: FBT001
    statement: str,
    rows: Sequence[Mapping[str, Any]] = (),
    *,
    blocks: bool = True,
) -> Check:
    return {
        "check": name,
        "title": title,
        "holds": holds,
        "blocks": blocks,
        "statement": f"{statement}.",
        "rows": list(rows),
    }
