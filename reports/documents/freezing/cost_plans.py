"""Budgets, forecasts, benefits and open hints of the cost report. Pure."""

from governance.costs.querysets.report import Burn, ReportFacts
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
    if not spent.budgets:
        return None
    heads = ("Budget", "Period", "Basis", "Amount", "Spent", "Share", "Forecast, next 30 days")
    rows = tuple(_burn(burn, spent) for burn in spent.budgets)
    table = f.Table("budgets", f"Budgets in force, in {spent.currency}", heads, rows)
    blocks: list[c.Block] = [c.DataTable(table, spent.run.public_id)]
    return c.Section("budgets", "Actual against budget", tuple(blocks))


def _burn(burn: Burn, spent: ReportFacts) -> tuple[f.Cell, ...]:
    budget, forecast = burn.budget, burn.forecast
    part = burn.spent / budget.amount * _PERCENT if budget.amount else 0.0
    return (
        str(budget.target),
        f"{budget.start} to {budget.end}",
        budget.get_basis_display(),
        money.printed(budget.amount, spent.currency),
        money.printed(burn.spent, spent.currency),
        f"{part:.1f} %",
        money.printed(forecast.point, spent.currency) if forecast else "none",
    )


def _forecasts(spent: ReportFacts) -> c.Section | None:
    if not spent.forecasts:
        return None
    heads = ("Target", "From", "Method", "Expected", "80 % interval", "Past error", "Held")
    rows = tuple(
        (
            str(one.target),
            f"{one.cutoff}, {one.horizon} days",
            one.method,
            money.printed(one.point, spent.currency),
            _span(one.low, one.high, spent),
            "low confidence" if one.wape is None else f"{one.wape * _PERCENT:.1f} %",
            "" if one.coverage is None else f"{one.coverage * _PERCENT:.0f} %",
        )
        for one in spent.forecasts
    )
    note = (
        "Past error: WAPE of 30-day totals in the backtest. Held: how often the interval contained "
        "what came."
    )
    table = f.Table("forecasts", f"Forecasts, in {spent.currency}", heads, rows, note)
    lead = "Each was frozen when it was made and is scored when its days have settled."
    return c.Section("forecasts", "Forecast", (c.DataTable(table, spent.run.public_id),), lead)


def _span(low: int | None, high: int | None, spent: ReportFacts) -> str:
    if low is None or high is None:
        return "none"
    return f"{money.printed(low, spent.currency)} to {money.printed(high, spent.currency)}"


def _claims(spent: ReportFacts) -> c.Section | None:
    if not spent.claims:
        return None
    heads = ("Claim", "Model", "Period", "Grade", "Low", "Point", "High", "Standing")
    rows = tuple(
        (
            f"{one.public_id} {one.benefit}",
            str(one.model),
            f"{one.start} to {one.end}",
            one.grade.upper(),
            *(money.printed(units, spent.currency) for units in (one.low, one.point, one.high)),
            one.get_state_display(),
        )
        for one in spent.claims
    )
    table = f.Table("claims", f"Benefits claimed, in {spent.currency}", heads, rows)
    lead = "Grades are not added up; what nobody but the builder stands for is in no total."
    return c.Section("value", "Return", (c.DataTable(table, spent.run.public_id),), lead)


def _hints(spent: ReportFacts) -> c.Section | None:
    if not spent.hints:
        return None
    heads = ("What money tells", "About", "Money", "Since")
    rows = tuple(
        (
            one.get_kind_display(),
            one.title,
            "" if one.money is None else wording.amount(one.money, spent),
            f"{one.opened_at:%Y-%m-%d}",
        )
        for one in spent.hints
    )
    table = f.Table("exceptions", "Open exceptions and savings", heads, rows)
    return c.Section("exceptions", "Exceptions", (c.DataTable(table, spent.run.public_id),))
