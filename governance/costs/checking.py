"""What a run's page states: invariants with their sums, rows and money by rule, what is new."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Sum

from governance.costs.engine.results import Shared, Sums
from governance.costs.models import (
    AllocatedCharge,
    AllocationRun,
    BatchPart,
    BillingPeriod,
    ChargeMonth,
    PartTotal,
    RuleSet,
)
from governance.costs.querysets.closing import invoiced
from governance.costs.querysets.commitments import bought_by_month, terms
from governance.costs.querysets.refused import refused_in
from governance.costs.rules import invariants as rules
from governance.costs.rules.commitments import judge
from governance.costs.rules.differences import Totals
from governance.costs.rules.invariants import BASES, Balance
from governance.costs.rules.invoices import Held, held
from governance.kernel import money
from governance.kernel.amounts import ExactSum
from governance.kernel.canonical import digest

_NONE = Sums(0, 0, 0)


def totals_in(run: AllocationRun) -> Totals:
    """Return what a stored run gave, by target and currency."""
    rows = (
        ChargeMonth.objects.filter(run=run)
        .values_list("target__key", "currency")
        .annotate(ExactSum("billed"), ExactSum("effective"))
        .order_by()
    )
    return {(key, currency): (billed, effective) for key, currency, billed, effective in rows}


def invariants(
    run: AllocationRun,
    inputs: Mapping[str, Any],
    shared: Shared,
    moved: Mapping[tuple[str, str], int] | None,
) -> list[dict[str, Any]]:
    """Return every check of costs, chapter 5, with its sums.

    ``moved`` by currency and basis is what all targets would gain of closed money; None: there is
    none in this month.
    """
    parts = _parts(inputs)
    balances = _balances(parts, shared)
    lines = sum(sums.lines for sums in shared.imported.values())
    return [
        rules.conservation(balances, _refused(run.month, parts)),
        rules.line_conservation(lines, shared.lines_split, shared.lines_broken),
        rules.batch_control(balances),
        rules.ratios(shared.steps, shared.steps_broken),
        rules.determinism(shared.digest, _earlier(run, inputs)),
        rules.adjustments(moved),
        rules.invoices(_invoices(parts)),
        _commitments(run, shared),
    ]


def summary(
    run: AllocationRun,
    shared: Shared,
    used: Mapping[Any, RuleSet],
    base: AllocationRun | None,
) -> dict[str, Any]:
    """Return rows and money by rule and reason, and what rules do to each other."""
    listed = [
        _rule(rule, month, shared) for month, each in used.items() for rule in each.rules.all()
    ]
    return {
        "lines": sum(sums.lines for sums in shared.imported.values()),
        "charges": shared.charges,
        "rules": listed,
        "overlapping": shared.overlapping,
        "negative": list(shared.negative),
        "targets": [_target(key, sums) for key, sums in sorted(shared.targets.items())],
        "unallocated": _newly_unallocated(run, base) if base else None,
    }


def _parts(inputs: Mapping[str, Any]) -> list[BatchPart]:
    keys = [bill["part"] for bill in inputs["bills"]]
    return list(BatchPart.objects.filter(pk__in=keys).select_related("period").order_by("pk"))


def _balances(parts: Sequence[BatchPart], shared: Shared) -> list[Balance]:
    control = {(each.part_id, each.currency): each for each in _controls(parts)}
    found = []
    for part in parts:
        currencies = {c for p, c in [*shared.imported, *control] if p == part.pk}
        for currency in sorted(currencies):
            key = (part.pk, currency)
            found += [_balance(part, currency, b, shared, control.get(key)) for b in BASES]
    return found


def _controls(parts: Sequence[BatchPart]) -> Any:
    return PartTotal.objects.filter(part__in=parts)


def _balance(
    part: BatchPart, currency: str, basis: str, shared: Shared, control: PartTotal | None
) -> Balance:
    imported = shared.imported.get((part.pk, currency), _NONE)
    allocated = shared.given.get((part.pk, currency, False), _NONE)
    unallocated = shared.given.get((part.pk, currency, True), _NONE)
    return Balance(
        issuer=part.period.issuer,
        month=part.period.month,
        currency=currency,
        basis=basis,
        lines=imported.lines,
        imported=getattr(imported, basis),
        allocated=getattr(allocated, basis),
        unallocated=getattr(unallocated, basis),
        control=getattr(control, basis) if control else None,
        control_lines=control.rows if control else None,
    )


def _refused(month: dt.date, parts: Sequence[BatchPart]) -> list[dict[str, Any]]:
    """Return the refused rows of the month, with the money that could be read in them."""
    counts: dict[str, int] = defaultdict(int)
    sums: dict[str, int] = defaultdict(int)
    for each in refused_in(month, {part.batch_id for part in parts}):
        counts[each.currency] += each.rows
        sums[each.currency] += each.amount
    return [
        {"currency": currency, "rows": rows, "billed": money.to_text(sums[currency])}
        for currency, rows in sorted(counts.items())
    ]


def _invoices(parts: Sequence[BatchPart]) -> list[tuple[str, Held]]:
    periods: dict[Any, BillingPeriod] = {part.period_id: part.period for part in parts}
    billed = invoiced([part.pk for part in parts])
    return [
        (period.issuer, one)
        for key, period in periods.items()
        for one in held(period.invoices, billed[key])
    ]


def _commitments(run: AllocationRun, shared: Shared) -> dict[str, Any]:
    """Hold each commitment's whole term together: published months, and this run for its own."""
    own = {(name, currency): (bought, used) for name, currency, bought, used in shared.commitments}
    months = {**bought_by_month(), run.month: own}
    found = {
        key: (term, judge(term, max(months), term.unknown_months(months)))
        for key, term in terms(list(own), months).items()
    }
    return rules.commitments(own, found)


def _earlier(run: AllocationRun, inputs: Mapping[str, Any]) -> dict[str, str]:
    same = AllocationRun.objects.filter(inputs_digest=digest(inputs)).exclude(pk=run.pk)
    return {each.public_id: each.result_digest for each in same if each.result_digest}


def _rule(rule: Any, month: Any, shared: Shared) -> dict[str, Any]:
    count = shared.rules.get(str(rule.pk))
    matched, taken = (count.matched, count.taken) if count else (0, 0)
    return {
        "rule": str(rule.pk),
        "name": rule.name,
        "phase": rule.phase,
        "priority": rule.priority,
        "month": f"{month:%Y-%m}",
        "matched": matched,
        "taken": taken,
        "pool": rule.options.get("pool", ""),
        "never": matched == 0,
        "shadowed": matched > 0 and taken == 0,
    }


def _target(key: tuple[str, str], sums: Sums) -> dict[str, Any]:
    target, currency = key
    return {
        "target": target,
        "currency": currency,
        "lines": sums.lines,
        "billed": money.to_text(sums.billed),
        "effective": money.to_text(sums.effective),
    }


def _newly_unallocated(run: AllocationRun, base: AllocationRun) -> dict[str, Any]:
    """Return lines and money that reached a target in ``base`` and reach none now."""
    before = AllocatedCharge.objects.filter(run=base, slice_id=OuterRef("slice_id"))
    rows = (
        AllocatedCharge.objects.filter(run=run)
        .exclude(reason="")
        .filter(Exists(before.filter(reason="")), ~Exists(before.exclude(reason="")))
        .values_list("slice__currency")
        .annotate(Sum("lines"), ExactSum("billed"), ExactSum("effective"))
        .order_by("slice__currency")
    )
    return {
        "against": base.public_id,
        "sums": [
            {
                "currency": currency,
                "lines": int(lines),
                "billed": money.to_text(billed),
                "effective": money.to_text(effective),
            }
            for currency, lines, billed, effective in rows
        ],
    }
