"""Pages of rule sets: the list, writing one, reading it beside the one in force, signing it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from governance.access.kinds import Permission
from governance.access.permissions import can_everywhere
from governance.access.reauthentication import prove
from governance.access.requests import ActorRequest
from governance.costs import commands as costs
from governance.costs.forms.rulesets import (
    ReturnForm,
    RuleRows,
    RuleSetFilter,
    RuleSetForm,
    RulesTextForm,
    SignForm,
)
from governance.costs.kinds import RuleSetState
from governance.costs.models import RuleSet
from governance.costs.presentation import rulesets
from governance.costs.querysets.closing import dry_months
from governance.costs.rules import rulefiles
from governance.costs.rules.allocation import PHASES, read_rule
from governance.costs.rules.rulesets import compared
from governance.costs.rules.wording import rule_in_words
from governance.costs.views.dryruns import ask_dry_runs
from governance.kernel.csvfiles import csv_response
from governance.kernel.errors import DomainError
from governance.kernel.rest.paging import every, keyset_page
from inventory.catalog.views.pages import SIZE, sent

ORDER = ("-number",)
_PEOPLE = ("created_by", "approved_by")
Plain = Mapping[str, Any]


@require_safe
def ruleset_list(request: ActorRequest) -> HttpResponseBase:
    form = RuleSetFilter(request.GET)
    form.is_valid()
    rows = RuleSet.objects.visible_to(request.actor).select_related(*_PEOPLE)
    rows = rows.filter(state=state) if (state := form.cleaned_data.get("state")) else rows
    if request.GET.get("format") == "csv":
        whole = every(rows, order=ORDER)
        return csv_response("rules.csv", rulesets.COLUMNS, rulesets.ruleset_rows(whole))
    page = keyset_page(rows, order=ORDER, size=SIZE, cursor=request.GET.get("cursor"))
    may_edit = can_everywhere(request.actor, Permission.COST_RULE_EDIT)
    current = RuleSet.objects.in_force(timezone.localdate()) if page.items else None
    context = {"page": page, "filter": form, "may_edit": may_edit, "current": current}
    return render(request, "costs/ruleset_list.html", context)


def ruleset_create(request: ActorRequest) -> HttpResponse:
    """Draft a set, beginning with the rules in force."""
    month = timezone.localdate().replace(day=1)
    current = RuleSet.objects.visible_to(request.actor).in_force(month)
    return _write(request, None, _plain(current), {"effective_from": month})


def ruleset_edit(request: ActorRequest, pk: UUID) -> HttpResponse:
    row = RuleSet.objects.get_visible(request.actor, pk)
    if row.created_by_id != request.actor.id or row.state != RuleSetState.DRAFT:
        return redirect("costs:ruleset-detail", pk)
    known = {name: getattr(row, name) for name in ("effective_from", "note", "revision")}
    return _write(request, row, _plain(row), known)


@require_safe
def ruleset_detail(request: ActorRequest, pk: UUID) -> HttpResponse:
    return _detail(request, pk)


@require_POST
def ruleset_submit(request: ActorRequest, pk: UUID) -> HttpResponse:
    row = costs.submit_ruleset(actor=request.actor, ruleset_id=pk)
    messages.success(request, f"{row.public_id} waits for somebody else's approval.")
    return redirect("costs:ruleset-detail", pk)


@require_POST
@sensitive_post_parameters("password")
def ruleset_approve(request: ActorRequest, pk: UUID) -> HttpResponse:
    form = SignForm(request.POST, actor=request.actor)
    row = form.signed(
        lambda: costs.approve_ruleset(
            actor=request.actor,
            ruleset_id=pk,
            seen=form.cleaned_data["digest"],
            proof=prove(request, request.actor, form.cleaned_data["password"]),
        ),
    )
    if row is None:
        return _detail(request, pk, sign=form)
    messages.success(request, f"{row.public_id} is in force from {row.effective_from} on.")
    return redirect("costs:ruleset-detail", pk)


@require_POST
@sensitive_post_parameters("password")
def ruleset_return(request: ActorRequest, pk: UUID) -> HttpResponse:
    form = ReturnForm(request.POST, actor=request.actor)
    row = form.signed(
        lambda: costs.return_ruleset(
            actor=request.actor,
            ruleset_id=pk,
            reason=form.cleaned_data["reason"],
            proof=prove(request, request.actor, form.cleaned_data["password"]),
        ),
    )
    if row is None:
        return _detail(request, pk, give_back=form)
    messages.success(request, "Given back to its author.")
    return redirect("costs:ruleset-detail", pk)


@require_safe
def ruleset_text(request: ActorRequest, pk: UUID) -> HttpResponse:
    """Hand out the rules as YAML that reads back the same."""
    row = RuleSet.objects.get_visible(request.actor, pk)
    response = HttpResponse(rulefiles.write_text(_plain(row)), content_type="application/yaml")
    response["Content-Disposition"] = f'attachment; filename="{row.public_id}.yaml"'
    return response


def _write(
    request: ActorRequest, row: RuleSet | None, plain: Sequence[Plain], known: dict[str, Any]
) -> HttpResponse:
    """Show or take the form. Whatever is refused, everything typed is kept."""
    as_text = (request.POST.get("as") or request.GET.get("as")) == "text"
    kind = RulesTextForm if as_text else RuleSetForm
    initial = {**known, "rules": rulefiles.write_text(plain)}
    form = kind(*sent(request), actor=request.actor, initial=initial)
    posted = request.POST if request.method == "POST" else None
    rows = None if as_text else RuleRows(plain, posted)
    if posted is not None and RuleRows.MORE not in posted:
        saved = _save(request, row, form, rows)
        if saved is not None:
            messages.success(request, f"{saved.public_id} is saved.")
            return _tried(request, saved)
    status = 422 if posted is not None and RuleRows.MORE not in posted else 200
    context = {"form": form, "rows": rows, "row": row, "as_text": as_text}
    return render(request, "costs/ruleset_edit.html", context, status=status)


def _tried(request: ActorRequest, saved: RuleSet) -> HttpResponse:
    """Lead to what the draft would do, where there are bills to try it on."""
    if dry_months():
        return ask_dry_runs(request, saved)
    return redirect("costs:ruleset-detail", saved.pk)


def _save(
    request: ActorRequest, row: RuleSet | None, form: RuleSetForm, rows: RuleRows | None
) -> RuleSet | None:
    if not form.is_valid() or (rows is not None and not rows.is_valid()):
        return None
    values = form.chosen("effective_from", "note")
    values["raws"] = form.cleaned_data["rules"] if rows is None else rows.raws()
    try:
        if row is None:
            return costs.draft_ruleset(actor=request.actor, **values)
        revision = form.cleaned_data["revision"]
        return costs.edit_ruleset(
            actor=request.actor, ruleset_id=row.pk, revision=revision, **values
        )
    except DomainError as error:
        form.show(error)
        if rows is not None:
            rows.tell(error)
        return None


def _detail(
    request: ActorRequest,
    pk: UUID,
    sign: SignForm | None = None,
    give_back: ReturnForm | None = None,
) -> HttpResponse:
    row = RuleSet.objects.select_related(*_PEOPLE).get_visible(request.actor, pk)
    plain = _plain(row)
    own = row.created_by_id == request.actor.id
    waits = row.state == RuleSetState.SUBMITTED and not own
    may_sign = waits and can_everywhere(request.actor, Permission.COST_RULE_APPROVE)
    answered = [form for form in (sign, give_back) if form is not None]
    context = {
        "row": row,
        "phases": _by_phase(plain),
        "own_draft": own and row.state == RuleSetState.DRAFT,
        "sign": sign or SignForm(actor=request.actor, initial={"digest": row.digest}),
        "give_back": give_back or ReturnForm(actor=request.actor),
        "may_sign": may_sign,
        **_beside(row, plain),
    }
    status = 422 if answered else 200
    return render(request, "costs/ruleset_detail.html", context, status=status)


def _beside(row: RuleSet, plain: Sequence[Plain]) -> dict[str, Any]:
    """Return what differs from the set that is in force, or was until this one came."""
    found = RuleSet.objects.exclude(pk=row.pk).exclude(approved_at=None)
    if row.approved_at is not None:
        found = found.filter(approved_at__lt=row.approved_at)
    before = found.filter(effective_from__lte=row.effective_from)
    other = before.order_by("-effective_from", "-approved_at").first()
    changes = compared(_plain(other), plain) if other else []
    told = [(change, _said(change.before), _said(change.after)) for change in changes]
    return {"other": other, "changes": told}


def _by_phase(plain: Sequence[Plain]) -> list[tuple[str, list[tuple[Plain, str]]]]:
    grouped: dict[str, list[tuple[Plain, str]]] = {phase: [] for phase in PHASES}
    for rule in plain:
        grouped[str(rule["phase"])].append((rule, _said(rule)))
    return [(phase.capitalize(), found) for phase, found in grouped.items() if found]


def _said(rule: Plain | None) -> str:
    return "" if rule is None else rule_in_words(read_rule(rule))


def _plain(row: RuleSet | None) -> list[dict[str, Any]]:
    return [] if row is None else [rule.plain() for rule in row.rules.all()]
