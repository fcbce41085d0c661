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
from governance.costs.kinds import Basis, CostRunState
from governance.costs.models import AllocationRun, RuleSet
from governance.costs.querysets.closing import dry_months
from governance.kernel.money import from_text, printed

_MOST_TARGETS = 50


def ruleset_dryrun(request: ActorRequest, pk: UUID) -> HttpResponse:
    """Show the newest dry run of each month; POST asks for new ones."""
    row = RuleSet.objects.get_visible(request.actor, pk)
    if request.method == "POST":
        return ask_dry_runs(request, row)
    runs = [_shown(run, row) for run in _newest(row)]
    context = {
        "row": row,
        "runs": runs,
        "waits": any(shown["waits"] for shown in runs),
        "may_run": can_everywhere(request.actor, Permission.COST_RULE_EDIT),
    }
    part = "costs/_dryruns.html" if request.htmx else "costs/ruleset_dryrun.html"
    return render(request, part, context)


def ask_dry_runs(request: ActorRequest, row: RuleSet) -> HttpResponse:
    """Ask for a dry run of each month that shows what ``row`` does, and lead to them."""
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


def _shown(run: AllocationRun, row: RuleSet) -> dict[str, Any]:
    rules = run.summary.get("rules", [])
    moved = [one for one in run.difference if one["basis"] == Basis.EFFECTIVE]
    lines = _lines_moved(run) if moved else {}
    used = run.inputs.get("rules", {}).get(str(run.month), {})
    return {
        "run": run,
        "waits": run.finished_at is None,
        "is_of_earlier_draft": bool(used) and used["digest"] != row.digest,
        "rules": rules,
        "never": [one["name"] for one in rules if one["never"]],
        "shadowed": [one["name"] for one in rules if one["shadowed"]],
        "overlapping": run.summary.get("overlapping", 0),
        "moved": [_moved(one, lines) for one in moved[:_MOST_TARGETS]],
        "more": max(len(moved) - _MOST_TARGETS, 0),
        "targets": [_target(one) for one in run.summary.get("targets", [])[:_MOST_TARGETS]],
        "unallocated": run.summary.get("unallocated"),
    }


def _moved(row: dict[str, Any], lines: dict[tuple[str, str], int]) -> dict[str, Any]:
    place = (row["target"], row["currency"])
    money = {name: _printed(row[name], row["currency"]) for name in ("old", "new", "delta")}
    return {"target": place[0], "currency": place[1], "lines": lines.get(place, 0), **money}


def _lines_moved(run: AllocationRun) -> dict[tuple[str, str], int]:
    """Return by target and currency how many more lines it has than in the published run."""
    published = AllocationRun.objects.filter(month=run.month, state=CostRunState.PUBLISHED).first()
    now, before = _lines(run), _lines(published)
    return {place: now.get(place, 0) - before.get(place, 0) for place in {*now, *before}}


def _lines(run: AllocationRun | None) -> dict[tuple[str, str], int]:
    targets = run.summary.get("targets", []) if run else []
    return {(one["target"], one["currency"]): one["lines"] for one in targets}


def _target(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "effective": _printed(row["effective"], row["currency"])}


def _printed(text: str, currency: str) -> str:
    return printed(from_text(text)[0], currency)
