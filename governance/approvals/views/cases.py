"""Pages of cases: the list, asking, the case with its statement, speaking, closing conditions."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from governance.access.kinds import Permission
from governance.access.permissions import can, require
from governance.access.reauthentication import prove
from governance.access.requests import ActorRequest
from governance.approvals import commands as approvals
from governance.approvals.case_page import gate_part, page_of
from governance.approvals.filters import CaseFilter, filtered
from governance.approvals.forms import (
    DecideForm,
    MeetForm,
    OpenForm,
    Rows,
    WithdrawForm,
    read_statement,
    tell,
)
from governance.approvals.models import ApprovalCase, Condition
from governance.approvals.presentation import badge_rows
from governance.approvals.querysets import gates
from governance.approvals.rules.statements import moved
from governance.kernel.csvfiles import csv_response
from governance.kernel.errors import Conflict, DomainError
from governance.kernel.rest.paging import every, keyset_page
from governance.policies.models import PolicyVersion
from inventory.catalog.models import ModelVersion

SIZE = 50
ORDER = ("-opened_at", "-id")
_MOST_WAITING = 20
_COLUMNS = ("Case", "Model", "Version", "Tier", "State", "Opened", "Decided", "Valid until")
_SHOWN = ("version__model__team", "opened_by")


@require_safe
def case_list(request: ActorRequest) -> HttpResponseBase:
    form = CaseFilter(request.GET)
    form.is_valid()
    wanted = filtered(ApprovalCase.objects.all(), form.cleaned_data, request.actor)
    rows = wanted.visible_to(request.actor).select_related(*_SHOWN)
    if request.GET.get("format") == "csv":
        return csv_response("cases.csv", _COLUMNS, map(_csv_row, every(rows, order=ORDER)))
    page = keyset_page(rows, order=ORDER, size=SIZE, cursor=request.GET.get("cursor"))
    waiting: Any = ()
    if not request.GET:
        mine = ApprovalCase.objects.all().waiting_on(request.actor).select_related(*_SHOWN)
        waiting = mine.order_by("submitted_at", "opened_at")[:_MOST_WAITING]
    context = {"page": page, "filter": form, "waiting": waiting}
    return render(request, "approvals/case_list.html", context)


def case_open(request: ActorRequest, pk: UUID) -> HttpResponse:
    versions = ModelVersion.objects.select_related("model__use_case", "artifact")
    version = versions.get_visible(request.actor, pk)
    require(request.actor, Permission.CASE_OPEN, version, view=Permission.MODEL_VIEW)
    form = OpenForm(request.POST or None)
    if form.is_valid():
        try:
            case = approvals.open_case(
                actor=request.actor, version_id=pk, request=form.cleaned_data["request"]
            )
            return redirect("approvals:case-detail", case.pk)
        except DomainError as error:
            tell(form, error)
    context = {"form": form, "version": version, **gate_part(_gate(version))}
    return render(request, "approvals/case_open.html", context, status=_status(form))


@require_safe
def case_detail(request: ActorRequest, pk: UUID) -> HttpResponse:
    case = _case(request, pk)
    context = page_of(case, request.actor)
    if context["can_speak"]:
        context |= {"form": DecideForm(), "rows": Rows(case)}
    return render(request, "approvals/case_detail.html", context)


@sensitive_post_parameters("password")
def step_decide(request: ActorRequest, pk: UUID) -> HttpResponse:
    """Speak at the open step. Whatever goes wrong, what was typed is kept, save the password."""
    case = _case(request, pk)
    if request.method != "POST":
        return redirect(f"{reverse('approvals:case-detail', args=[pk])}#decide")
    if Rows.MORE in request.POST:
        return _again(request, case, DecideForm(initial=request.POST.dict()), status=200)
    form, rows = DecideForm(request.POST), Rows(case, request.POST)
    status = 422
    if form.is_valid() & rows.is_valid():
        try:
            _speak(request, case, form, rows)
        except DomainError as error:
            tell(form, error)
            status = error.status
        else:
            messages.success(request, "Recorded and signed.")
            return redirect("approvals:case-detail", pk)
    return _again(request, case, form, status=status)


@require_POST
def case_submit(request: ActorRequest, pk: UUID) -> HttpResponse:
    case = approvals.submit_case(actor=request.actor, case_id=pk)
    messages.success(request, f"{case.public_id} is with its reviewers.")
    return redirect("approvals:case-detail", pk)


def case_withdraw(request: ActorRequest, pk: UUID) -> HttpResponse:
    case = _case(request, pk)
    form = WithdrawForm(request.POST or None)
    if form.is_valid():
        try:
            approvals.withdraw_case(
                actor=request.actor, case_id=pk, reason=form.cleaned_data["reason"]
            )
            messages.success(request, f"{case.public_id} is withdrawn.")
            return redirect("approvals:case-detail", pk)
        except DomainError as error:
            tell(form, error)
    context = {"form": form, "case": case}
    return render(request, "approvals/case_withdraw.html", context, status=_status(form))


def condition_meet(request: ActorRequest, pk: UUID) -> HttpResponse:
    found = Condition.objects.select_related("case__version__model", "owner")
    condition = found.get_visible(request.actor, pk)
    form = MeetForm(request.POST or None)
    if form.is_valid():
        try:
            approvals.meet_condition(
                actor=request.actor, condition_id=pk, note=form.cleaned_data["note"]
            )
            messages.success(request, "The condition is met.")
            return redirect("approvals:case-detail", condition.case_id)
        except DomainError as error:
            tell(form, error)
    context = {"form": form, "condition": condition, "case": condition.case}
    return render(request, "approvals/condition_meet.html", context, status=_status(form))


@require_safe
def version_cases(request: ActorRequest, pk: UUID) -> HttpResponse:
    """Show a version's cases: a tab of its page with htmx, a page of its own without."""
    version = ModelVersion.objects.select_related("model").get_visible(request.actor, pk)
    rows = ApprovalCase.objects.visible_to(request.actor).filter(version=version)
    context = {
        "version": version,
        "cases": rows.select_related(*_SHOWN).order_by(*ORDER)[:SIZE],
        "standing": ApprovalCase.objects.standing(version.pk),
        "may_open": can(request.actor, Permission.CASE_OPEN, version),
    }
    part = "approvals/_version_cases.html" if request.htmx else "approvals/version_cases.html"
    return render(request, part, context)


@require_safe
def status_badges(request: ActorRequest) -> HttpResponse:
    """Fill the slots ``id="status-<id>"`` of another app's page with derived states.

    ``?models=`` and ``?ids=`` (versions) name at most 200 things, separated by commas; what the
    reader may not see is left out.
    """
    rows = badge_rows(request.actor, request.GET)
    return render(request, "approvals/_status_badges.html", {"rows": rows})


def _speak(request: ActorRequest, case: ApprovalCase, form: DecideForm, rows: Rows) -> None:
    step = case.steps.filter(round=case.round, state="open").first()
    if step is None:
        raise Conflict("no-open-step", "No step of this case is open any more.")
    approvals.decide_step(
        actor=request.actor,
        step_id=step.pk,
        words=form.words(rows.conditions()),
        seen=form.cleaned_data["statement"],
        proof=prove(request, request.actor, form.cleaned_data["password"]),
    )


def _again(
    request: ActorRequest, case: ApprovalCase, form: DecideForm, *, status: int
) -> HttpResponse:
    case = _case(request, case.pk)
    context = page_of(case, request.actor)
    context |= {"form": form, "rows": Rows(case, request.POST), "moved": _moved(request, context)}
    return render(request, "approvals/case_detail.html", context, status=status)


def _moved(request: ActorRequest, context: dict[str, Any]) -> list[str]:
    """Return what changed between the statement that was sent and the one now on the page."""
    seen = read_statement(request.POST.get("statement", ""))
    if not seen or context["presented"] is None:
        return []
    now = {**context["presented"].statement, "ledger": seen.get("ledger")}
    return moved(seen, now) if seen != now else []


def _case(request: ActorRequest, pk: UUID) -> ApprovalCase:
    found: ApprovalCase = (
        ApprovalCase.objects.whole().select_related("opened_by").get_visible(request.actor, pk)
    )
    return found


def _gate(version: ModelVersion) -> gates.Reading | None:
    try:
        policy = PolicyVersion.objects.in_force()
        return gates.read(version, policy, gates.newest_run(version), timezone.now())
    except DomainError:
        return None


def _status(form: Any) -> int:
    return 422 if form.is_bound and form.errors else 200


def _csv_row(case: ApprovalCase) -> list[Any]:
    return [
        case.public_id,
        case.version.model.name,
        case.version.number,
        case.tier,
        case.get_state_display(),
        case.opened_at.isoformat(),
        case.decided_at.isoformat() if case.decided_at else "",
        case.valid_until.isoformat() if case.valid_until else "",
    ]
