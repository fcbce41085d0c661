"""Plain words of the cost report. Pure."""

from collections.abc import Sequence
from datetime import date

from governance.costs.kinds import Phase, RulePhase, Unallocated
from governance.costs.querysets.report import ReportFacts
from governance.costs.querysets.report_bills import Line
from governance.costs.querysets.report_plans import Burn
from governance.kernel import money
from governance.kernel.ids import public_id
from reports.render import content as c
from reports.render import figures as f

USE = (
    "Steering spend by team, model and phase of life.",
    "Tying what was allocated to what was billed.",
)
NOT_USE = (
    "Paying or disputing an invoice: the issuer's own document counts.",
    "Adding billed to effective cost: they are two views of the same money.",
)
DEFINITIONS = (
    c.Definition("Billed cost", "What the issuer invoices in the period, prepayments included."),
    c.Definition(
        "Effective cost",
        "What was used up in the period: prepayments spread over what they were used for.",
    ),
    c.Definition("Allocation", "Giving every charge of the bill to what caused it, by rules."),
    c.Definition(
        "Rules of allocation",
        "Versioned, written by one person and approved by another before they count.",
    ),
    c.Definition(
        "Unallocated", "Charges that no rule could give to a target, each with its reason."
    ),
    c.Definition("Idle", "What was paid for and used by nobody, such as unused commitments."),
    c.Definition(
        "Cost in full",
        "Training spread evenly over the planned life of each version, with all else it cost.",
    ),
    c.Definition(
        "Forecast error (WAPE)",
        "Sum of absolute errors over sum of actual amounts, on past 30-day totals.",
    ),
    c.Definition(
        "Grade of a benefit",
        "A: randomised experiment or holdout. B: before and after, or matched. C: declared.",
    ),
    c.Definition("Digest", "SHA-256 of bytes. The same digest means the same bytes."),
)
_PERCENT = 100


def number(units: int, spent: ReportFacts) -> float:
    """Return an amount for a chart or a key figure; tables carry it as exact text."""
    return float(money.to_decimal(money.rounded(units, spent.currency)))


def amount(units: int, spent: ReportFacts) -> str:
    return f"{money.printed(units, spent.currency)} {spent.currency}"


def _in(currency: str, units: int) -> str:
    return f"{money.printed(units, currency)} {currency or 'without a currency'}"


def share(unallocated: int, total: int) -> float | None:
    """Return which part of the total was allocated; None of nothing, or of a net credit."""
    return round(1 - unallocated / total, 4) if total > 0 else None


def moved(before: int, now: int) -> str:
    """Return the change in percent; an amount that was zero or a credit has none."""
    if before <= 0:
        return "new" if now and not before else ""
    return f"{(now - before) / before * _PERCENT:+.1f} %"


def change(spent: ReportFacts) -> tuple[f.Measure, ...]:
    if spent.total.before <= 0:
        return ()
    part = (spent.total.effective - spent.total.before) / spent.total.before
    return (f.Measure("cost_change", round(part, 4), "share"),)


def headline(spent: ReportFacts) -> str:
    whose = spent.team or "the organisation's models"
    used = amount(spent.total.effective, spent)
    return f"{used} of effective cost for {whose} in {spent.month:%B %Y}"


def claim(spent: ReportFacts) -> str:
    unallocated = sum(line.effective for line in spent.unallocated)
    said = f"In {spent.month:%B %Y}, {amount(spent.total.effective, spent)} was used up"
    if unallocated:
        said += f", of which {amount(unallocated, spent)} reached no target"
    return f"{said}; {amount(spent.total.billed, spent)} was billed."


def reconciled(spent: ReportFacts, *, sound: bool) -> str:
    if not sound:
        return "A check of the allocation does not hold; the section on reconciliation says which."
    if spent.team:
        return "The allocation that these figures come from ties to the bill to the last unit."
    return "Allocated and unallocated cost together are the imported lines, to the last unit."


def burnt(spent: ReportFacts, over: Sequence[Burn]) -> str:
    if not over:
        names = ", ".join(str(burn.budget.target) for burn in spent.plans.budgets[:3])
        return f"Spent so far stays within every budget in force: {names}."
    names = ", ".join(str(burn.budget.target) for burn in over[:3])
    return f"Spent beyond its amount, {len(over)} of {len(spent.plans.budgets)}: {names}."


def gaps(spent: ReportFacts) -> str:
    """Return as a list what is missing from the figures; empty when nothing is."""
    lines = []
    refused = [one for one in spent.deliveries if one.rejected]
    for one in refused:
        readable = ", ".join(_in(name, units) for name, units in one.refused.items()) or "nothing"
        lines.append(f"- {one.number}: {one.rejected:,} rows refused, {readable} of it readable.")
    lines += [
        f"- Not converted, and in no other figure: {_in(line.key, line.effective)} effective, "
        f"{_in(line.key, line.billed)} billed."
        for line in spent.elsewhere
    ]
    if not spent.total.before:
        lines.append("- No published figures for the month before: changes are not shown.")
    if any(forecast.low_confidence for forecast in spent.plans.forecasts):
        lines.append("- Some forecasts rest on less than eight weeks of data: low confidence.")
    if spent.team:
        lines.append("- Money of other teams, and what of the bill reached no target.")
    return "\n".join(lines)


def days(start: date, last: date) -> str:
    return f"{start} to {last}"


def left_out(spent: ReportFacts, name: str) -> str:
    """Say how many more there are than the table prints; empty when it prints all."""
    count = spent.plans.left_out[name]
    return f"{count:,} more are in the product and not printed here." if count else ""


def line_name(line: Line, group: str, *, short: bool = False) -> str:
    """Return what people call a group; a model by its number and name."""
    if line.key == "…":
        return line.name
    if group == "model":
        if not line.key:
            return "No single model"
        mark = public_id("MDL", int(line.key))
        return mark if short else f"{mark} {line.name}"
    labels = {
        "phase": dict(Phase.choices),
        "rule_phase": dict(RulePhase.choices),
        "reason": dict(Unallocated.choices),
    }
    known = labels.get(group, {})
    absent = {"team": "No single team", "phase": "No phase", "resource": "No resource named"}
    return str(known.get(line.key) or line.name or absent.get(group, "Not stated"))
