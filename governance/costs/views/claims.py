"""Pages of benefit: the list, claiming, deciding on a claim."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from governance.access.kinds import Permission
from governance.access.permissions import can
from governance.access.reauthentication import prove
from governance.access.requests import ActorRequest
from governance.costs import commands as costs
from governance.costs.forms.claims import (
    ATTEST,
    ClaimDecideForm,
    ClaimFilter,
    ClaimForm,
    ClaimWithdrawForm,
)
from governance.costs.kinds import ClaimState
from governance.costs.models import BenefitClaim
from governance.costs.presentation.value import teams_of
from governance.costs.querysets.value import builders_of
from governance.costs.rules.claims import COUNTED
from governance.kernel.csvfiles import csv_response
from governance.kernel.errors import DomainError, Missing, NotPermitted
from governance.kernel.money import to_text
from governance.kernel.rest.paging import every, keyset_page
from inventory.catalog.forms.base import CatalogForm
from inventory.catalog.views.pages import SIZE, form_page, sent

ORDER = ("-number",)
_BEGUN = ("model", "version", "use_case", "experiment")  # what an address may begin a claim with
_COLUMNS = (
    *("Number", "Benefit", "Use case", "Model", "Version", "Team", "From", "To", "Currency"),
    *("Low", "Point", "High", "Share", "Grade", "State"),
)
_SHOWN = ("team", "use_case", "model", "version__model", "created_by", "decided_by", "experiment")


@require_safe
def claim_list(request: ActorRequest) -> HttpResponseBase:
    visible = BenefitClaim.objects.visible_to(request.actor)
    form = ClaimFilter(request.GET, teams=teams_of(visible, "team_id"))
    form.is_valid()
    rows = visible.narrowed(form.cleaned_data).select_related(*_SHOWN)
    if request.GET.get("format") == "csv":
        return csv_response("claims.csv", _COLUMNS, _csv(every(rows, order=ORDER)))
    page = keyset_page(rows, order=ORDER, size=SIZE, cursor=request.GET.get("cursor"))
    may_claim = can(request.actor, Permission.BENEFIT_CLAIM)
    context = {"page": page, "filter": form, "may_claim": may_claim}
    return render(request, "costs/claim_list.html", context)


def claim_edit(request: ActorRequest) -> HttpResponse:
    """Claim a benefit. A claim is never changed: it is withdrawn, and made anew."""
    initial = {name: request.GET.get(name, "") for name in _BEGUN}
    form = ClaimForm(*sent(request), actor=request.actor, initial=initial)
    if request.method == "POST":
        row = form.carried_out(
            lambda: costs.make_claim(
                actor=request.actor, subject=form.subject(), fields=form.values()
            )
        )
        if row is not None:
            messages.success(request, f"{row.public_id} waits for finance; it counts from then on.")
            return redirect("costs:claim-detail", row.pk)
    return form_page(request, "costs/claim_form.html", form)


@require_safe
def claim_detail(request: ActorRequest, pk: UUID) -> HttpResponse:
    return _detail(request, pk)


@require_POST
@sensitive_post_parameters("password")
def claim_decide(request: ActorRequest, pk: UUID) -> HttpResponse:
    form = ClaimDecideForm(request.POST, actor=request.actor)
    row = _signed(form, lambda: _decide(request, pk, form))
    if row is None:
        return _detail(request, pk, decide=form)
    messages.success(request, f"{row.public_id} is {row.get_state_display().lower()}.")
    return redirect("costs:claim-detail", pk)


@require_POST
def claim_withdraw(request: ActorRequest, pk: UUID) -> HttpResponse:
    form = ClaimWithdrawForm(request.POST, actor=request.actor)
    done = form.carried_out(
        lambda: costs.withdraw_claim(
            actor=request.actor, claim_id=pk, reason=form.cleaned_data["reason"]
        )
    )
    if done is None:
        return _detail(request, pk, withdraw=form)
    messages.success(request, f"{done.public_id} is withdrawn and counts nowhere.")
    return redirect("costs:claim-detail", pk)


def _decide(request: ActorRequest, pk: UUID, form: ClaimDecideForm) -> BenefitClaim:
    said: dict[str, Any] = {"claim_id": pk, "answer": form.cleaned_data["answer"]}
    if form.cleaned_data["choice"] != ATTEST:
        return costs.reject_claim(actor=request.actor, **said)
    proof = prove(request, request.actor, form.cleaned_data["password"])
    return costs.attest_claim(actor=request.actor, proof=proof, **said)


def _signed(form: CatalogForm, command: Callable[[], BenefitClaim]) -> BenefitClaim | None:
    """Return what ``command`` gives; a wrong password is told in the form."""
    if not form.is_valid():
        return None
    try:
        return command()
    except (NotPermitted, Missing) as error:
        if not error.errors:
            raise
        form.show(error)
    except DomainError as error:
        form.show(error)
    return None


def _detail(request: ActorRequest, pk: UUID, **answered: CatalogForm) -> HttpResponse:
    """Show the claim; a form that was refused comes with everything typed kept."""
    row = BenefitClaim.objects.select_related(*_SHOWN).get_visible(request.actor, pk)
    waits = row.state == ClaimState.UNATTESTED
    attester = waits and can(request.actor, Permission.BENEFIT_ATTEST, row)
    parties = builders_of(row) | {row.created_by_id} if attester else set()
    may_withdraw = row.state in COUNTED and can(request.actor, Permission.BENEFIT_CLAIM, row)
    context = {
        "row": row,
        "may_decide": attester and request.actor.id not in parties,
        "is_party": attester and request.actor.id in parties,
        "may_withdraw": may_withdraw,
        "decide": ClaimDecideForm(actor=request.actor),
        "withdraw": ClaimWithdrawForm(actor=request.actor),
    }
    status = 422 if answered else 200
    return render(request, "costs/claim_detail.html", context | answered, status=status)


def _csv(rows: Iterable[BenefitClaim]) -> Iterator[list[Any]]:
    for row in rows:
        version = row.version.number if row.version else None
        named = (row.public_id, row.benefit, row.use_case, row.model, version, row.team.name)
        amounts = (to_text(units) for units in (row.low, row.point, row.high))
        said = (row.share, row.get_grade_display(), row.get_state_display())
        yield [*named, row.start, row.end, row.currency, *amounts, *said]
