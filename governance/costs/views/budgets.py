"""Pages of budgets: the list, one with its burn, setting, changing, moving, deciding."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from governance.access.kinds import Permission
from governance.access.permissions import can, require
from governance.access.reauthentication import prove
from governance.access.requests import ActorRequest
from governance.costs import commands as costs
from governance.costs.forms.plans import (
    BudgetFilter,
    BudgetForm,
    ChangeForm,
    DecideForm,
    TransferForm,
)
from governance.costs.kinds import BudgetState
from governance.costs.models import Budget, Target
from governance.costs.presentation import plans
from governance.costs.querysets.burning import burning
from governance.kernel.csvfiles import csv_response
from governance.kernel.rest.paging import every, keyset_page
from inventory.catalog.views.pages import form_page, sent, team_choices

SIZE = 25
ORDER = ("-created_at", "-id")
_MOST_TAKERS = 300


@require_safe
def budget_list(request: ActorRequest) -> HttpResponseBase:
    visible = Budget.objects.visible_to(request.actor)
    targets = Target.objects.visible_to(request.actor)
    form = BudgetFilter(request.GET, teams=team_choices(targets))
    form.is_valid()
    rows = visible.narrowed(form.cleaned_data).select_related("target")
    if request.GET.get("format") == "csv":
        whole = list(every(rows, order=ORDER))
        shown = plans.budget_rows(whole, burning(whole))
        return csv_response("budgets.csv", plans.BUDGET_COLUMNS, shown)
    page = keyset_page(rows, order=ORDER, size=SIZE, cursor=request.GET.get("cursor"))
    stand = burning(page.items)
    lines = [(row, stand[row.pk].found, plans.share(stand[row.pk])) for row in page.items]
    may_set = can(request.actor, Permission.BUDGET_SET)
    context = {"page": page, "lines": lines, "filter": form, "may_set": may_set}
    return render(request, "costs/budget_list.html", context)


def budget_create(request: ActorRequest) -> HttpResponse:
    initial = {"target": request.GET.get("target", "")}
    form = BudgetForm(*sent(request), actor=request.actor, initial=initial)
    if request.method == "POST":
        row = form.carried_out(
            lambda: costs.set_budget(
                actor=request.actor,
                target_id=form.cleaned_data["target"].pk,
                plan=form.plan(),
                note=form.cleaned_data["note"],
            )
        )
        if row is not None:
            messages.success(request, "Submitted. It counts once somebody else approves it.")
            return redirect("costs:budget-detail", row.pk)
    return form_page(request, "costs/budget_edit.html", form)


@require_safe
def budget_detail(request: ActorRequest, pk: UUID) -> HttpResponse:
    row = _visible(request, pk)
    return render(request, "costs/budget_detail.html", _context(request, row))


def budget_edit(request: ActorRequest, pk: UUID) -> HttpResponse:
    row = _visible(request, pk)
    require(request.actor, Permission.BUDGET_SET, row.target)
    form = ChangeForm(*sent(request), actor=request.actor, row=row)
    if request.method == "POST":
        made = form.carried_out(
            lambda: costs.change_budget(
                actor=request.actor,
                budget_id=pk,
                plan=form.plan(),
                **form.chosen("note", "revision"),
            )
        )
        if made is not None:
            messages.success(request, f"Version {made.number} waits for somebody else's approval.")
            return redirect("costs:budget-detail", made.pk)
    return form_page(request, "costs/budget_edit.html", form, row=row)


def budget_transfer(request: ActorRequest, pk: UUID) -> HttpResponse:
    row = _visible(request, pk)
    require(request.actor, Permission.BUDGET_SET, row.target)
    form = TransferForm(*sent(request), actor=request.actor, takers=_takers(request, row))
    if request.method == "POST":
        line = form.carried_out(
            lambda: costs.transfer_budget(
                actor=request.actor,
                giver_id=pk,
                taker_id=form.taker_id(),
                **form.chosen("amount", "note"),
            )
        )
        if line is not None:
            messages.success(request, "Submitted: both lines are decided together.")
            return redirect("costs:budget-detail", line.pk)
    return form_page(request, "costs/budget_transfer.html", form, row=row)


@require_POST
@sensitive_post_parameters("password")
def budget_decide(request: ActorRequest, pk: UUID) -> HttpResponse:
    row = _visible(request, pk)
    form = DecideForm(request.POST, actor=request.actor)
    done = form.signed(lambda: _decide(request, pk, form))
    if done is None:
        context = _context(request, row) | {"form": form}
        return render(request, "costs/budget_detail.html", context, status=422)
    messages.success(request, f"Decided: {done.get_state_display().lower()}.")
    return redirect("costs:budget-detail", pk)


def _decide(request: ActorRequest, pk: UUID, form: DecideForm) -> Budget:
    decide = costs.reject_budget
    if form.cleaned_data["verdict"] == "approve":
        decide = costs.approve_budget
    proof = prove(request, request.actor, form.cleaned_data["password"])
    said = form.cleaned_data["answer"]
    return decide(actor=request.actor, budget_id=pk, answer=said, proof=proof)


def _visible(request: ActorRequest, pk: UUID) -> Budget:
    shown = ("target__team", "created_by", "decided_by")
    row: Budget = Budget.objects.select_related(*shown).get_visible(request.actor, pk)
    return row


def _context(request: ActorRequest, row: Budget) -> dict[str, Any]:
    stands = burning([row])[row.pk]
    waiting = row.state == BudgetState.SUBMITTED
    others = Budget.objects.visible_to(request.actor)
    return {
        "row": row,
        "stands": stands,
        "share": plans.share(stands),
        "figure": plans.burn_figure(row, stands),
        "alerts": row.alerts.order_by("crossed_at", "threshold"),
        "versions": others.filter(series=row.series).order_by("-number"),
        "lines": others.filter(transfer=row.transfer).exclude(pk=row.pk) if row.transfer else (),
        "may_change": can(request.actor, Permission.BUDGET_SET, row.target),
        "may_decide": waiting
        and row.created_by_id != request.actor.id
        and can(request.actor, Permission.BUDGET_APPROVE, row),
        "form": DecideForm(actor=request.actor),
    }


def _takers(request: ActorRequest, row: Budget) -> list[tuple[str, str]]:
    """Return the budgets in force that money of this one can go to."""
    rows = Budget.objects.reached_by(request.actor, Permission.BUDGET_SET).select_related("target")
    alike = rows.filter(state=BudgetState.APPROVED, currency=row.currency, basis=row.basis)
    found = alike.exclude(series=row.series).order_by("target__name", "start")[:_MOST_TAKERS]
    return [(str(one.pk), str(one)) for one in found]
