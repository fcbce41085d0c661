"""Pages of what money is charged to."""

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from governance.access.kinds import Permission
from governance.access.permissions import can_everywhere
from governance.access.requests import ActorRequest
from governance.costs import commands as costs
from governance.costs.forms.targets import (
    PoolForm,
    RetireForm,
    TargetFilter,
    TargetForm,
    person_id,
)
from governance.costs.models import Target
from governance.costs.rules.targets import FIXED_KINDS
from governance.kernel.csvfiles import csv_response
from governance.kernel.rest.paging import every, keyset_page
from inventory.catalog.views.pages import SIZE, form_page, sent, team_choices

ORDER = ("key",)
_COLUMNS = ("Key", "Name", "Kind", "Phase", "Team", "Owner", "Tags call it", "Retired", "Successor")
_SHOWN = ("team", "owner", "successor")


@require_safe
def target_list(request: ActorRequest) -> HttpResponseBase:
    visible = Target.objects.visible_to(request.actor)
    form = TargetFilter(request.GET, teams=team_choices(visible))
    form.is_valid()
    rows = visible.narrowed(form.cleaned_data).select_related(*_SHOWN)
    if request.GET.get("format") == "csv":
        return csv_response("cost-targets.csv", _COLUMNS, _csv(every(rows, order=ORDER)))
    page = keyset_page(rows, order=ORDER, size=SIZE, cursor=request.GET.get("cursor"))
    context = {"page": page, "filter": form, "may_edit": _may_edit(request)}
    return render(request, "costs/target_list.html", context)


def target_create(request: ActorRequest) -> HttpResponse:
    form = PoolForm(*sent(request), actor=request.actor)
    if request.method == "POST":
        row = form.carried_out(
            lambda: costs.create_pool(
                actor=request.actor, owner_id=person_id(form), **form.chosen("slug", "name")
            )
        )
        if row is not None:
            messages.success(request, f"{row.key} is there. Rules can fill and empty it now.")
            return redirect("costs:target-edit", row.pk)
    return form_page(request, "costs/pool_form.html", form)


def target_edit(request: ActorRequest, pk: UUID) -> HttpResponse:
    row = Target.objects.select_related(*_SHOWN, "model").get_visible(request.actor, pk)
    form = TargetForm(*sent(request), actor=request.actor, row=row)
    if request.method == "POST":
        saved = form.carried_out(
            lambda: costs.edit_target(actor=request.actor, target_id=pk, changes=form.values())
        )
        if saved is not None:
            messages.success(request, "Saved.")
            return redirect("costs:target-edit", pk)
    may_retire = row.retired_on is None and row.kind not in FIXED_KINDS
    context = {"row": row, "may_edit": _may_edit(request), "may_retire": may_retire}
    return form_page(request, "costs/target_detail.html", form, **context)


def target_retire(request: ActorRequest, pk: UUID) -> HttpResponse:
    row = Target.objects.get_visible(request.actor, pk)
    form = RetireForm(*sent(request), actor=request.actor)
    if request.method == "POST":
        chosen: dict[str, Any] = {"actor": request.actor, "target_id": pk}
        done = form.carried_out(
            lambda: costs.retire_target(**chosen, **form.chosen("on", "successor"))
        )
        if done is not None:
            messages.success(request, f"{row.key} takes no charges from {done.retired_on} on.")
            return redirect("costs:target-edit", pk)
    return form_page(request, "costs/target_retire.html", form, row=row)


def _may_edit(request: ActorRequest) -> bool:
    return can_everywhere(request.actor, Permission.COST_RULE_EDIT)


def _csv(rows: Iterable[Target]) -> Iterator[list[Any]]:
    for row in rows:
        known = (row.key, row.name, row.get_kind_display(), row.get_phase_display())
        people = (row.team.name if row.team else "", row.owner.name if row.owner else "")
        ended = (row.retired_on, row.successor.key if row.successor else "")
        yield [*known, *people, ", ".join(row.aliases), *ended]
