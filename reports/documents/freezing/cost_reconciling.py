"""How the cost report ties to the bill: the checks with their sums, the bills, the rules. Pure."""

from collections.abc import Iterable, Mapping
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
    tables = (*_sums(spent), table)
    blocks = tuple(c.DataTable(one, spent.run.public_id) for one in tables)
    return (c.Section("reconciliation", "Reconciliation to the bill", blocks, lead),)


_SUMS = {  # of a check: the table's title, and its columns by the name in the check's rows
    "conservation": (
        "Exact sums",
        {
            "imported": "Imported",
            "allocated": "Allocated",
            "unallocated": "Not allocated",
            "difference": "Difference",
        },
    ),
    "batches": ("Control totals", {"lines": "Lines", "control": "Control total"}),
    "invoices": (
        "Billed and invoiced",
        {"billed": "Billed", "stated": "Invoice", "gap": "Gap"},
    ),
}


def _sums(spent: ReportFacts) -> list[f.Table]:
    """Return the sums behind the checks, unrounded: what a green tick rests on."""
    checks = {check["check"]: check.get("rows", ()) for check in spent.run.invariants}
    made = [_sum(name, checks.get(name, ()), spent) for name in _SUMS]
    return [table for table in made if table.rows]


def _sum(name: str, rows: Iterable[Mapping[str, Any]], spent: ReportFacts) -> f.Table:
    title, columns = _SUMS[name]
    mine = (row for row in rows if row["currency"] == spent.currency)
    cells = tuple((_bill(row), *(row.get(key) or "not known" for key in columns)) for row in mine)
    return f.Table(name, f"{title}, in {spent.currency}", ("Bill", *columns.values()), cells)


def _bill(row: Mapping[str, Any]) -> str:
    return ", ".join(row[key] for key in ("issuer", "invoice", "month", "basis") if row.get(key))


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
