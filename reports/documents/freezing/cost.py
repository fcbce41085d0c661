"""The cost report's content. Pure: facts in, frozen content out.

Every amount is written as text in the currency's own decimals; lines printed under a total sum to
it, since they are apportioned to it (``kernel.money.statement``). Exact amounts to the last unit
stand in the reconciliation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from governance.approvals.querysets.burden import CaseCost
from governance.approvals.rules.burden import Gate
from governance.costs.querysets.report import ReportFacts
from governance.costs.querysets.report_bills import Line
from governance.costs.rules.invariants import publishable
from governance.kernel import money
from governance.ledger.proofs import Position
from governance.ledger.reading import Event
from reports.documents.freezing import cost_wording as wording
from reports.documents.freezing.basics import instant, listed
from reports.documents.freezing.cost_burden import burden_sections
from reports.documents.freezing.cost_failed import failed_sections
from reports.documents.freezing.cost_plans import plan_sections
from reports.documents.freezing.cost_reconciling import reconciliation_sections
from reports.documents.freezing.cost_worth import worth_sections
from reports.render import content as c
from reports.render import figures as f
from reports.render import words

TEMPLATE = "cost/1"
_TITLES = {
    "team": ("By team", "Team"),
    "model": ("By model", "Model"),
    "phase": ("By phase of the model's life", "Phase"),
    "service": ("By service", "Service"),
    "resource": ("By resource", "Resource"),
}


@dataclass(frozen=True, slots=True)
class CostFacts:
    """``entries``: the ledger's, about the run, its rules, its bills and what was decided on.

    ``burden``: cases that were open in the month; ``gates``: those of the twelve months to its end.
    """

    money: ReportFacts
    entries: Sequence[Event]
    position: Position
    as_of: datetime
    requested_by: str
    burden: Sequence[CaseCost] = ()
    gates: Sequence[Gate] = ()


def cost_content(
    facts: CostFacts, *, report_id: str, organisation: str, verify_url: str
) -> c.ReportContent:
    """Return the report's frozen content; sections without content are absent."""
    spent = facts.money
    whose = spent.team or "the whole organisation"
    control = c.Control(
        report_id=report_id,
        kind="cost",
        title=f"Cost report: {spent.month:%B %Y}",
        version="1",
        template=TEMPLATE,
        as_of=instant(facts.as_of),
        issued=instant(facts.as_of),
        organisation=organisation,
        subtitle=f"{whose[:1].upper()}{whose[1:]}, in {spent.currency}, "
        f"allocation {spent.run.public_id}",
        ledger_size=facts.position.size,
        ledger_head=facts.position.head,
        ledger_root=facts.position.root,
        verify_url=verify_url,
        requested_by=facts.requested_by,
    )
    return c.ReportContent(control=control, summary=_summary(spent), sections=_sections(facts))


def _summary(spent: ReportFacts) -> c.Summary:
    total, unallocated = spent.total, sum(line.effective for line in spent.unallocated)
    evidence = spent.run.public_id
    return c.Summary(
        headline=wording.headline(spent),
        claim=c.Claim(
            wording.claim(spent),
            f.Measure("effective_cost", wording.number(total.effective, spent), spent.currency),
            evidence,
        ),
        rulings=_rulings(spent),
        use=wording.USE,
        not_use=wording.NOT_USE,
        figures=(
            f.Measure("billed_cost", wording.number(total.billed, spent), spent.currency),
            f.Measure("unallocated_cost", wording.number(unallocated, spent), spent.currency),
            f.Measure("allocated_share", wording.share(unallocated, total.effective), "share"),
            *wording.change(spent),
        ),
        evidence=evidence,
    )


def _rulings(spent: ReportFacts) -> tuple[c.Ruling, ...]:
    """Whether the figures tie to the bill, and whether the budgets hold: in one word each."""
    sound = publishable(spent.run.invariants)
    ties = c.Ruling(
        "Reconciliation",
        "Ties to the bill" if sound else "Does not tie",
        "good" if sound else "bad",
        at=instant(spent.run.published_at),
        reason=wording.reconciled(spent, sound=sound),
    )
    if not spent.plans.budgets:
        return (ties,)
    over = [burn for burn in spent.plans.budgets if burn.spent > burn.budget.amount]
    outcome = "Over budget" if over else "Within budget"
    budgets = c.Ruling(
        "Budgets", outcome, "bad" if over else "good", reason=wording.burnt(spent, over)
    )
    return (ties, budgets)


def _sections(facts: CostFacts) -> tuple[c.Section, ...]:
    spent = facts.money
    return (
        _scope(spent),
        *(_grouped(spent, name) for name in _TITLES if _worth_showing(spent, name)),
        *_over_time(spent),
        *_idle(spent),
        *plan_sections(spent),
        *worth_sections(spent),
        *failed_sections(spent),
        *burden_sections(facts.burden, facts.gates, spent.run.public_id),
        *reconciliation_sections(spent),
        _evidence(spent),
        c.Section("definitions", "Definitions", (c.Definitions(wording.DEFINITIONS),)),
    )


def _worth_showing(spent: ReportFacts, name: str) -> bool:
    lines = spent.lines.get(name)
    return bool(lines) and not (name == "team" and spent.team)


def _scope(spent: ReportFacts) -> c.Section:
    run = spent.run
    published = words.instant(instant(run.published_at))
    items = (
        c.Fact("Period", f"{spent.month:%B %Y}"),
        c.Fact("Currency", spent.currency),
        c.Fact("Covers", spent.team or "The whole organisation"),
        c.Fact("Allocation", run.public_id, note=f"published {published}"),
        c.Fact("Result", run.result_digest, code=True),
        c.Fact("Inputs", run.inputs_digest, code=True),
        c.Fact("Rules", run.ruleset.public_id, note=f"from {run.ruleset.effective_from}"),
        c.Fact("Rules, digest", run.ruleset.digest, code=True),
    )
    blocks: list[c.Block] = [listed(items, evidence=run.public_id)]
    if gaps := wording.gaps(spent):
        blocks.append(c.Callout("conditional", "What these figures do not cover", gaps))
    return c.Section(
        "scope", "Scope", tuple(blocks), "Which money this report covers, and by which rules."
    )


def _grouped(spent: ReportFacts, name: str) -> c.Section:
    title, label = _TITLES[name]
    lines = spent.lines[name]
    table = money_table(name, title, label, lines, spent)
    blocks: list[c.Block] = []
    if len(lines) > 1:
        blocks.append(c.FigureBlock(_bars(name, title, lines, spent), spent.run.public_id, False))
    blocks.append(c.DataTable(table, spent.run.public_id))
    return c.Section(f"by-{name}", title, tuple(blocks))


def money_table(
    key: str, title: str, label: str, lines: Sequence[Line], spent: ReportFacts
) -> f.Table:
    """Return lines with their total; each printed figure belongs to the printed sum below it."""
    named = [wording.line_name(line, key) for line in lines]
    columns = [
        money.statement({n: getattr(line, basis) for n, line in enumerate(lines)}, spent.currency)
        for basis in ("billed", "effective", "before")
    ]
    rows = [
        (
            name,
            *(money.printed(column[n], spent.currency) for column in columns),
            wording.moved(line.before, line.effective),
        )
        for n, (name, line) in enumerate(zip(named, lines, strict=True))
    ]
    sums = [sum(column.values()) for column in columns]
    total = ("Total", *(money.printed(one, spent.currency) for one in sums))
    rows.append((*total, wording.moved(sums[2], sums[1])))
    heads = (label, "Billed", "Effective", "Effective, month before", "Change")
    return f.Table(key, f"{title}, in {spent.currency}", heads, tuple(rows))


def _bars(name: str, title: str, lines: Sequence[Line], spent: ReportFacts) -> f.Figure:
    top = lines[:10]
    places = tuple(float(n) for n in range(len(top)))
    return f.Figure(
        f"cost-{name}",
        "bar",
        f"{title}: effective cost",
        f.Axis("", categories=tuple(wording.line_name(line, name, short=True) for line in top)),
        f.Axis("Effective cost", spent.currency),
        (
            f.Series("This month", places, _floats([line.effective for line in top], spent)),
            f.Series("Month before", places, _floats([line.before for line in top], spent)),
        ),
    )


def _over_time(spent: ReportFacts) -> tuple[c.Section, ...]:
    if len(spent.days) < 2:  # noqa: PLR2004 - one point is no course
        return ()
    figure = f.Figure(
        "cost-days",
        "line",
        "Effective cost by day",
        f.Axis("Day of the month; late charges lie before its first"),
        f.Axis("Effective cost", spent.currency),
        (
            f.Series(
                "Effective cost",
                tuple(float((day - spent.month).days + 1) for day, _ in spent.days),
                _floats([amount for _, amount in spent.days], spent),
            ),
        ),
    )
    block = c.FigureBlock(figure, spent.run.public_id)
    return (c.Section("days", "Over the month", (block,)),)


def _idle(spent: ReportFacts) -> tuple[c.Section, ...]:
    blocks: list[c.Block] = []
    if spent.by_rule_phase:
        table = money_table(
            "rule_phase", "By how it was charged", "Charged", spent.by_rule_phase, spent
        )
        blocks.append(c.DataTable(table, spent.run.public_id))
    if spent.unallocated:
        table = money_table("reason", "Not allocated", "Why", spent.unallocated, spent)
        blocks.append(c.DataTable(table, spent.run.public_id))
    if not blocks:
        return ()
    lead = "What was charged directly, shared, idle or overhead, and what reached nobody."
    return (c.Section("shared", "Shared, idle and unallocated", tuple(blocks), lead),)


def _evidence(spent: ReportFacts) -> c.Section:
    run, at = spent.run, instant(spent.run.published_at)
    sound = publishable(run.invariants)
    verdict = f.Verdict.PASS if sound else f.Verdict.FAIL
    rows = [
        c.EvidenceItem(
            run.public_id, "Allocation", "invariants", verdict, run.result_digest, run.public_id, at
        ),
        c.EvidenceItem(
            run.ruleset.public_id,
            "Rules of allocation, approved by a second person",
            "four eyes",
            f.Verdict.PASS if run.ruleset.approved_by_id else f.Verdict.INSUFFICIENT,
            run.ruleset.digest,
            run.public_id,
            instant(run.ruleset.approved_at),
        ),
    ]
    rows += [
        c.EvidenceItem(
            one.number,
            f"Bill of {one.source}: {one.file_name}",
            "control totals",
            f.Verdict.FAIL if one.rejected else f.Verdict.PASS,
            one.digest,
            run.public_id,
        )
        for one in spent.deliveries
    ]
    lead = "Every figure names the evidence it rests on; here is each with its hash."
    return c.Section("evidence-index", "Evidence index", (c.EvidenceIndex(tuple(rows)),), lead)


def _floats(amounts: Sequence[int], spent: ReportFacts) -> tuple[float, ...]:
    return tuple(wording.number(amount, spent) for amount in amounts)
