"""How the cost report ties to the bill: the checks with their sums, the bills, the rules. Pure."""

from collections.abc import Mapping
from typing import Any

from governance.costs.querysets.report import ReportFacts
from governance.kernel import money
from reports.render import content as c
from reports.render import figures as f


def reconciliation_sections(spent: ReportFacts) -> tuple[c.Section, ...]:
    """Return the checks of the run, the bills behind it and the rules in force."""
    return (*_checks(spent), *_bills(spent), *_rules(spent))


def _checks(spent: ReportFacts) -> tuple[c.Section, ...]:
    if not spent.run.invariants or spent.team:
        return ()
    rows = tuple(_check(check) for check in spent.run.invariants)
    table = f.Table("invariants", "Checks of the allocation", ("Check", "Holds", "Sums"), rows)
    lead = (
        "Computed with the run, to the last unit of 10⁻¹⁸; a run that fails one is not published."
    )
    blocks: tuple[c.Block, ...] = (c.DataTable(table, spent.run.public_id),)
    if sums := _sums(spent):
        blocks = (c.DataTable(sums, spent.run.public_id), *blocks)
    return (c.Section("reconciliation", "Reconciliation to the bill", blocks, lead),)


def _sums(spent: ReportFacts) -> f.Table | None:
    """Return the sums behind conservation, unrounded: what a green tick rests on."""
    found = [check for check in spent.run.invariants if check["check"] == "conservation"]
    rows = tuple(
        (
            f"{row['issuer']}, {row['month']}, {row['basis']}",
            row["imported"],
            row["allocated"],
            row["unallocated"],
            row["difference"],
        )
        for check in found
        for row in check.get("rows", ())
        if row["currency"] == spent.currency
    )
    heads = ("Bill", "Imported", "Allocated", "Not allocated", "Difference")
    title = f"Exact sums, in {spent.currency}"
    return f.Table("conservation", title, heads, rows) if rows else None


def _check(check: Mapping[str, Any]) -> tuple[f.Cell, ...]:
    answers = {True: "yes", False: "no"}
    return (str(check["title"]), answers.get(check["holds"], "not yet"), str(check["statement"]))


def _bills(spent: ReportFacts) -> tuple[c.Section, ...]:
    if not spent.deliveries:
        return ()
    heads = ("Bill", "Source", "Rows", "Refused", "Billed", "Effective")
    rows = [
        (
            f"{one.number}\n{one.file_name}",
            one.source,
            one.rows,
            one.rejected,
            money.to_text(one.billed),
            money.to_text(one.effective),
        )
        for one in spent.deliveries
    ]
    rows.append(
        (
            "Total",
            "",
            sum(one.rows for one in spent.deliveries),
            sum(one.rejected for one in spent.deliveries),
            money.to_text(sum(one.billed for one in spent.deliveries)),
            money.to_text(sum(one.effective for one in spent.deliveries)),
        )
    )
    note = "Exact sums, unrounded, of what the run took from each bill."
    table = f.Table("bills", f"Bills, in {spent.currency}", heads, tuple(rows), note)
    return (c.Section("bills", "The bills", (c.DataTable(table, spent.run.public_id),)),)


def _rules(spent: ReportFacts) -> tuple[c.Section, ...]:
    if not spent.rules:
        return ()
    rows = tuple(
        (rule.priority, rule.get_phase_display(), rule.name, rule.get_method_display())
        for rule in spent.rules
    )
    table = f.Table("rules", "Rules in force", ("Order", "Phase", "Rule", "How"), rows)
    evidence = spent.run.ruleset.public_id
    lead = "Tried in this order; the first that matches a charge takes it."
    if spent.team:
        lead = "The rules by which this team's charges came, in their order."
    return (c.Section("rules", "Rules of allocation", (c.DataTable(table, evidence),), lead),)
