"""Budgets, forecasts, benefits and open hints of the cost report. Pure."""

from datetime import timedelta

from governance.costs.querysets.report import ReportFacts
from governance.costs.querysets.report_plans import Benefited, Burn
from governance.costs.rules.scoring import sentence
from governance.kernel import money
from reports.documents.freezing import cost_wording as wording
from reports.render import content as c
from reports.render import figures as f

_PERCENT = 100


def plan_sections(spent: ReportFacts) -> tuple[c.Section, ...]:
    """Return the sections on what was planned, is expected, brought in, and stands out."""
    made = (_budgets(spent), _forecasts(spent), _claims(spent), _hints(spent))
    return tuple(section for section in made if section is not None)


def _budgets(spent: ReportFacts) -> c.Section | None:
    if not spent.plans.budgets:
        return None
    heads = ("Budget", "Period", "Basis", "Amount", "Spent", "Share", "Forecast, next 30 days")
    rows = tuple(_burn(burn, spent) for burn in spent.plans.budgets)
    table = f.Table("budgets", f"Budgets in force, in {spent.currency}", heads, rows)
    blocks: list[c.Block] = [c.DataTable(table, spent.run.public_id)]
    return c.Section("budgets", "Actual against budget", tuple(blocks))


def _burn(burn: Burn, spent: ReportFacts) -> tuple[f.Cell, ...]:
    budget, forecast = burn.budget, burn.forecast
    part = burn.spent / budget.amount * _PERCENT if budget.amount else 0.0
    return (
        str(budget.target),
        wording.days(budget.start, budget.last),
        budget.get_basis_display(),
        money.printed(budget.amount, spent.currency),
        money.printed(burn.spent, spent.currency),
        f"{part:.1f} %",
        money.printed(forecast.point, spent.currency) if forecast else "none",
    )


def _forecasts(spent: ReportFacts) -> c.Section | None:
    if not spent.plans.forecasts:
        return None
    heads = ("Target", "From", "Basis", "Method", "Expected", "80 % interval", "Past error", "Held")
    rows = tuple(
        (
            str(one.target),
            f"{one.cutoff}, {one.horizon} days",
            one.get_basis_display(),
            one.method,
            money.printed(one.point, spent.currency),
            _span(one.low, one.high, spent),
            "low confidence" if one.wape is None else f"{one.wape * _PERCENT:.1f} %",
            "" if one.coverage is None else f"{one.coverage * _PERCENT:.0f} %",
        )
        for one in spent.plans.forecasts
    )
    note = (
        "Past error: WAPE of 30-day totals in the backtest. Held: how often the interval contained "
        f"what came. {wording.left_out(spent, 'forecasts')}"
    )
    table = f.Table("forecasts", f"Forecasts, in {spent.currency}", heads, rows, note.strip())
    whose = f"team {spent.team}" if spent.team else "the organisation"
    lead = (
        "Each was frozen when it was made and is scored when its days have settled. "
        f"{sentence(spent.plans.calibration, whose)}"
    )
    return c.Section("forecasts", "Forecast", (c.DataTable(table, spent.run.public_id),), lead)


def _span(low: int | None, high: int | None, spent: ReportFacts) -> str:
    if low is None or high is None:
        return "none"
    return f"{money.printed(low, spent.currency)} to {money.printed(high, spent.currency)}"


def _claims(spent: ReportFacts) -> c.Section | None:
    if not spent.plans.claims:
        return None
    heads = ("Claim", "About", "Period", "Grade", "Share", "Low", "Point", "High", "Standing")
    rows = tuple(_claim(one, spent) for one in spent.plans.claims)
    note = (
        "Low, point and high are the claim's share of the benefit, in the days of this month. "
        f"{wording.left_out(spent, 'claims')}"
    )
    title = f"Benefits claimed, in {spent.currency}"
    table = f.Table("claims", title, heads, rows, note.strip())
    lead = "Grades are not added up; what nobody but the builder stands for is in no total."
    return c.Section("value", "Return", (c.DataTable(table, spent.run.public_id),), lead)


def _claim(one: Benefited, spent: ReportFacts) -> tuple[f.Cell, ...]:
    claim, part = one.claim, one.part
    return (
        f"{claim.public_id} {claim.benefit}",
        claim.about,
        wording.days(claim.start, claim.end - timedelta(days=1)),
        claim.grade.upper(),
        f"{claim.share * _PERCENT:.2f} %",
        *(money.printed(units, spent.currency) for units in (part.low, part.point, part.high)),
        claim.get_state_display(),
    )


def _hints(spent: ReportFacts) -> c.Section | None:
    if not spent.plans.hints:
        return None
    heads = ("What money tells", "About", "Effective cost", "Since")
    rows = tuple(
        (
            one.get_kind_display(),
            one.title,
            "" if one.money is None else wording.amount(one.money, spent),
            f"{one.opened_at:%Y-%m-%d}",
        )
        for one in spent.plans.hints
    )
    note = wording.left_out(spent, "hints")
    table = f.Table("exceptions", "Open exceptions and savings", heads, rows, note)
    return c.Section("exceptions", "Exceptions", (c.DataTable(table, spent.run.public_id),))
