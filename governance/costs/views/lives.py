"""The page on which a version's planned life is stated."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from governance.access.requests import ActorRequest
from governance.costs import commands as costs
from governance.costs.forms.lives import LifeForm
from governance.costs.models import PlannedLife
from governance.costs.querysets.model_money import priced_version
from governance.costs.rules.lives import ASSUMED_DAYS
from inventory.catalog.views.pages import form_page, sent


def life_edit(request: ActorRequest, pk: UUID) -> HttpResponse:
    """State the planned life, below what was said before."""
    version = priced_version(request.actor, pk)
    said = PlannedLife.objects.filter(version=version).order_by("-stated_at", "-id")
    known = list(said.select_related("stated_by"))
    initial = {"days": known[0].days if known else ASSUMED_DAYS}
    form = LifeForm(*sent(request), actor=request.actor, initial=initial)
    back = reverse("catalog:model-costs", args=[version.model_id])
    if request.method == "POST":
        row = form.carried_out(
            lambda: costs.state_life(
                actor=request.actor, version_id=pk, **form.chosen("days", "reason")
            )
        )
        if row is not None:
            messages.success(request, f"Planned life of {version}: {row.days} days.")
            return redirect(back)
    context = {"version": version, "known": known, "assumed": ASSUMED_DAYS, "back": back}
    return form_page(request, "costs/life_form.html", form, **context)
