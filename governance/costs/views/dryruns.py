"""The page of a set's dry runs: what its rules would do to the last closed and the open month."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from governance.access.kinds import Permission
from governance.access.permissions import can_everywhere
from governance.access.requests import ActorRequest
from governance.costs import commands as costs
from governance.costs.kinds import Basis
from governance.costs.models import AllocationRun, RuleSet
from governance.costs.querysets.closing import dry_months
from governance.kernel.money import from_text, printed

_MOST_TARGETS = 50


def ruleset_dryrun(request: ActorRequest, pk: UUID) -> HttpResponse:
    """Show the newest dry run of each month; POST asks for new ones."""
    row = RuleSet.objects.get_visible(request.actor, pk)
    if request.method == "POST":
        return _ask(request, row)
    runs = [_shown(run) for run in _newest(row)]
    context = {
        "row": row,
        "runs": runs,
        "waits": any(shown["waits"] for shown in runs),
        "may_run": can_everywhere(request.actor, Permission.COST_RULE_EDIT),
    }
    return render(request, "costs/ruleset_dryrun.html", context)


def _ask(request: ActorRequest, row: RuleSet) -> HttpResponse:
    months = dry_months()
    for month in months:
        costs.request_run(actor=request.actor, month=month, ruleset_id=row.pk, dry=True)
    if months:
        told = " and ".join(f"{month:%B %Y}" for month in months)
        messages.success(request, f"The dry run of {told} is under way.")
    else:
        messages.warning(request, "There is no accepted bill yet to try the rules on.")
    return redirect("costs:ruleset-dryrun", row.pk)


def _newest(row: RuleSet) -> list[AllocationRun]:
    """Return the latest dry run of each month, the latest month first."""
    found: dict[Any, AllocationRun] = {}
    for run in AllocationRun.objects.filter(ruleset=row, dry=True).order_by("-requested_at")[:20]:
        found.setdefault(run.month, run)
    return [found[month] for month in sorted(found, reverse=True)]


def _shown(run: AllocationRun) -> dict[str, Any]:
    rules = run.summary.get("rules", [])
    moved = [one for one in run.difference if one["basis"] == Basis.EFFECTIVE]
    return {
        "run": run,
        "waits": run.finished_at is None,
        "rules": rules,
        "never": [one["name"] for one in rules if one["never"]],
        "shadowed": [one["name"] for one in rules if one["shadowed"]],
        "overlapping": run.summary.get("overlapping", 0),
        "moved": [_moved(one) for one in moved[:_MOST_TARGETS]],
        "more": max(len(moved) - _MOST_TARGETS, 0),
        "targets": [_target(one) for one in run.summary.get("targets", [])[:_MOST_TARGETS]],
        "unallocated": run.summary.get("unallocated"),
    }


def _moved(row: dict[str, Any]) -> dict[str, str]:
    money = {name: _printed(row[name], row["currency"]) for name in ("old", "new", "delta")}
    return {"target": row["target"], "currency": row["currency"], **money}


def _target(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "effective": _printed(row["effective"], row["currency"])}


def _printed(text: str, currency: str) -> str:
    return printed(from_text(text)[0], currency)
