"""Pages of forecasts: the list, making one with known events, one with its backtest and score."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from governance.access.kinds import Permission
from governance.access.permissions import can, require
from governance.access.requests import ActorRequest
from governance.costs import commands as costs
from governance.costs.forms.plans import EventForm, ForecastFilter, ForecastForm, event_forms
from governance.costs.models import ForecastRun, Target
from governance.costs.presentation import plans
from governance.costs.querysets import series
from governance.costs.querysets.calibrating import calibrated, whose
from governance.costs.rules.drafts import draft
from governance.costs.rules.events import check_events
from governance.costs.rules.scoring import sentence
from governance.kernel.csvfiles import csv_response
from governance.kernel.errors import RuleBroken
from governance.kernel.rest.paging import every, keyset_page
from inventory.catalog.views.pages import SIZE, form_page, sent, team_choices

ORDER = ("-frozen_at", "-id")
_HISTORY = 12  # earlier forecasts of the same target


@require_safe
def forecast_list(request: ActorRequest) -> HttpResponseBase:
    targets = Target.objects.visible_to(request.actor)
    form = ForecastFilter(request.GET, teams=team_choices(targets))
    form.is_valid()
    visible = ForecastRun.objects.visible_to(request.actor)
    rows = visible.narrowed(form.cleaned_data).select_related("target")
    if request.GET.get("format") == "csv":
        shown = plans.forecast_rows(every(rows, order=ORDER))
        return csv_response("forecasts.csv", plans.FORECAST_COLUMNS, shown)
    page = keyset_page(rows, order=ORDER, size=SIZE, cursor=request.GET.get("cursor"))
    may_make = can(request.actor, Permission.BUDGET_SET)
    context = {"page": page, "filter": form, "may_make": may_make}
    context["lines"] = [(r, plans.percent(r.wape), plans.signed(r.error)) for r in page.items]
    return render(request, "costs/forecast_list.html", context)


def forecast_create(request: ActorRequest) -> HttpResponse:
    initial = {name: request.GET[name] for name in ("target", "currency") if name in request.GET}
    form = ForecastForm(*sent(request), actor=request.actor, initial=initial)
    events = event_forms(request.POST if request.method == "POST" else None)
    if request.method == "POST" and all(one.is_valid() for one in events):
        row = form.carried_out(lambda: _freeze(request, form, events))
        if row is not None:
            messages.success(request, "Frozen. It is scored when its days have settled.")
            return redirect("costs:forecast-detail", row.pk)
    return form_page(request, "costs/forecast_form.html", form, events=events)


@require_safe
def forecast_detail(request: ActorRequest, pk: UUID) -> HttpResponse:
    row = ForecastRun.objects.select_related("target__team").get_visible(request.actor, pk)
    earlier = ForecastRun.objects.filter(
        target=row.target, currency=row.currency, basis=row.basis, cutoff__lt=row.cutoff
    ).order_by("-cutoff", "-frozen_at")[:_HISTORY]
    history = series.daily(row.target, row.basis).get(row.currency)
    context = {
        "row": row,
        "figure": plans.forecast_figure(row, history),
        "backtest": plans.backtest_rows(row),
        "events": plans.event_rows(row),
        "of_series": plans.of_series(row),
        "wape": plans.percent(row.wape),
        "coverage": plans.percent(row.coverage),
        "error": plans.signed(row.error),
        "earlier": [(one, plans.signed(one.error)) for one in earlier],
        "calibration": sentence(calibrated(request.actor, row.target), whose(row.target)),
        "by_billed": series.billed_instead(row.target, row.currency, row.basis),
        "may_make": can(request.actor, Permission.BUDGET_SET, row.target),
    }
    return render(request, "costs/forecast_detail.html", context)


def _freeze(request: ActorRequest, form: ForecastForm, rows: list[EventForm]) -> ForecastRun:
    target, currency, basis = (form.cleaned_data[name] for name in ("target", "currency", "basis"))
    require(request.actor, Permission.BUDGET_SET, target)
    events = tuple(event for one in rows if (event := one.known()) is not None)
    check_events(events)
    history = series.daily(target, basis).get(currency)
    if history is None or not history.amounts:
        raise RuleBroken("nothing-settled", "No day of this target has settled in this currency.")
    made = draft(history, currency, basis, events)
    return costs.freeze_forecast(actor=request.actor, target_id=target.pk, draft=made)
