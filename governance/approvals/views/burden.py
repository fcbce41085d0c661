"""The page of what approvals cost: hours, checks, waiting, and gates that never refuse."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from governance.access.requests import ActorRequest
from governance.approvals.filters import BurdenFilter
from governance.approvals.querysets import burden, refusals
from governance.approvals.querysets.burden import CaseCost
from governance.approvals.rules.burden import HOUR, Gate
from governance.kernel.csvfiles import csv_response
from governance.kernel.money import to_text
from inventory.catalog.views.pages import place

_YEAR = dt.timedelta(days=365)
_CASES = (
    *("Case", "Model", "Version", "Team", "Tier", "State", "Submitted", "Decided", "Days waited"),
    *("Validators' hours", "Labour", "Runs", "Hours of checks", "Checks, estimated"),
    "Cost of delay, at most",
)
_GATES = ("Gate", "Kind", "Asked", "Refused", "Could refuse at most")


@require_safe
def burden_list(request: ActorRequest) -> HttpResponseBase:
    """Show what each case cost, and the gates of twelve months by how often they refused."""
    rows = burden.visible(request.actor)
    form = BurdenFilter(request.GET)
    form.is_valid()
    now = timezone.now()
    start, end = _span(form.cleaned_data, now)
    if request.GET.get("format") == "gates":
        return csv_response("gates.csv", _GATES, map(_gate, refusals.gates(rows.cases, end)))
    team = form.cleaned_data.get("team") or ""
    found = burden.case_costs(rows, start, end, now, team)
    if request.GET.get("format") == "csv":
        return csv_response("approval-costs.csv", _CASES, _csv(found))
    context = {
        "rows": found,
        "more": len(found) >= burden.MOST,
        "filter": form,
        "start": start,
        "totals": _totals(found),
        "gates": refusals.gates(rows.cases, end),
        "rates_url": place(request.actor, "costs:rate-list"),
        "entries_url": place(request.actor, "costs:entry-create"),
    }
    return render(request, "approvals/burden_list.html", context)


def _span(values: dict[str, Any], now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    last, first = values.get("end"), values.get("start")
    end = _midnight(last + dt.timedelta(days=1)) if last else now
    return (_midnight(first) if first else end - _YEAR), end


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def _totals(found: Sequence[CaseCost]) -> dict[str, Any]:
    return {
        "cases": len(found),
        "hours": sum(one.spent.hours for one in found),
        "labour": burden.summed([one.spent.labour for one in found]),
        "checks": sum(one.spent.seconds for one in found) / HOUR,
        "compute": burden.summed([one.spent.compute for one in found]),
        "delay": burden.summed([one.delay for one in found]),
    }


def _csv(found: Sequence[CaseCost]) -> Iterator[list[Any]]:
    for one in found:
        case, spent, version = one.case, one.spent, one.case.version
        named = (case.public_id, version.model.name, version.number, version.model.team.name)
        when = (case.tier, case.get_state_display(), case.submitted_at, case.decided_at)
        yield [
            *named,
            *when,
            f"{one.waited.total_seconds() / 86_400:.2f}",
            to_text(spent.hours),
            _money(spent.labour),
            spent.runs,
            f"{spent.seconds / HOUR:.4f}",
            _money(spent.compute),
            _money(one.delay),
        ]


def _gate(gate: Gate) -> list[Any]:
    most = "" if gate.at_most is None else f"{gate.at_most:.3f}"
    return [gate.name, gate.kind, gate.asked, gate.refused, most]


def _money(amounts: Any) -> str:
    return ", ".join(f"{to_text(units)} {code}" for code, units in sorted(amounts.items()))
