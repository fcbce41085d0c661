"""Pages of what money tells: savings, stuck work, exceptions; one of them with its evidence."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from governance.access.kinds import Permission
from governance.access.permissions import can
from governance.access.requests import ActorRequest
from governance.costs import commands as costs
from governance.costs.forms.hints import WAITING, ExceptionFilter, HintAnswerForm, HintFilter
from governance.costs.kinds import HintKind, HintState
from governance.costs.models import CoachingNote, CostHint
from governance.costs.presentation.value import evidence_of, evidence_parts, owner_of, teams_of
from governance.costs.querysets.value import EXCEPTIONS, SAVINGS, STUCK
from governance.kernel.csvfiles import csv_response
from governance.kernel.money import to_text
from governance.kernel.rest.paging import every, keyset_page
from inventory.catalog.views.pages import SIZE

ORDER = ("-opened_at", "-id")
MOST_SAVINGS = 10
MOST_STUCK = 100
_SHOWN = ("target__team", "target__owner", "target__model__owner")
_COLUMNS = (
    *("Kind", "Subject", "What", "Why", "Team", "Effective cost", "Currency", "State", "Opened"),
)


@require_safe
def saving_list(request: ActorRequest) -> HttpResponseBase:
    """Show the ten largest savings, with money, evidence and who owns them."""
    return _ranked(request, SAVINGS, MOST_SAVINGS, "saving")


@require_safe
def stuck_list(request: ActorRequest) -> HttpResponseBase:
    """Rank projects by money at stake. No person is a key, a filter or a column of it."""
    return _ranked(request, STUCK, MOST_STUCK, "stuck")


@require_safe
def exception_list(request: ActorRequest) -> HttpResponseBase:
    visible = CostHint.objects.visible_to(request.actor).filter(kind__in=EXCEPTIONS)
    form = ExceptionFilter(request.GET, teams=teams_of(visible, "target__team_id"))
    form.is_valid()
    rows = _asked(visible, form.cleaned_data).select_related(*_SHOWN)
    if request.GET.get("format") == "csv":
        return csv_response("exceptions.csv", _COLUMNS, _csv(every(rows, order=ORDER)))
    page = keyset_page(rows, order=ORDER, size=SIZE, cursor=request.GET.get("cursor"))
    return render(request, "costs/exception_list.html", {"page": page, "filter": form})


@require_safe
def hint_detail(request: ActorRequest, pk: UUID) -> HttpResponse:
    return _detail(request, pk, HintAnswerForm(actor=request.actor), 200)


@require_POST
def hint_answer(request: ActorRequest, pk: UUID) -> HttpResponse:
    form = HintAnswerForm(request.POST, actor=request.actor)
    row = form.carried_out(
        lambda: costs.answer_hint(
            actor=request.actor, hint_id=pk, **form.chosen("answer", "reason", "until")
        )
    )
    if row is None:
        return _detail(request, pk, form, 422)
    messages.success(request, f"Recorded: {row.get_state_display().lower()}.")
    return redirect("costs:hint-detail", pk)


def _ranked(
    request: ActorRequest, kinds: Sequence[HintKind], most: int, noun: str
) -> HttpResponseBase:
    visible = CostHint.objects.visible_to(request.actor).filter(kind__in=kinds)
    form = HintFilter(request.GET, teams=teams_of(visible, "target__team_id"))
    form.is_valid()
    rows = _asked(visible, form.cleaned_data).select_related(*_SHOWN).by_money()
    if request.GET.get("format") == "csv":
        return csv_response(f"{noun}.csv", _COLUMNS, _csv(rows.iterator(1000)))
    found = [(row, evidence_of(row), owner_of(row)) for row in rows[: most + 1]]
    keys = [row.pk for row, _, _ in found[:most]]
    notes = CoachingNote.objects.visible_to(request.actor).filter(hint__in=keys)
    context = {
        "rows": found[:most],
        "more": len(found) > most,
        "most": most,
        "filter": form,
        "noted": set(notes.values_list("hint_id", flat=True)),
        "coachable": can(request.actor, Permission.WORK_COACH),
    }
    return render(request, f"costs/{noun}_list.html", context)


def _detail(request: ActorRequest, pk: UUID, form: HintAnswerForm, status: int) -> HttpResponse:
    shown = (*_SHOWN, "answered_by", "target__version")
    row = CostHint.objects.select_related(*shown).get_visible(request.actor, pk)
    may = row.state != HintState.CLOSED and can(request.actor, Permission.COST_ANSWER, row)
    context = {
        "row": row,
        "form": form,
        "may_answer": may,
        "owner": None if row.kind == HintKind.STUCK else owner_of(row),
        "evidence": evidence_parts(row),
        "may_coach": row.kind == HintKind.STUCK and can(request.actor, Permission.WORK_COACH, row),
    }
    return render(request, "costs/hint_detail.html", context, status=status)


def _asked(rows: Any, values: dict[str, Any]) -> Any:
    """Return the rows that the filter asks for: without a word, those that wait for an answer."""
    state = values.get("state") or WAITING
    if state == WAITING:
        return rows.narrowed({**values, "state": ""}).unanswered(timezone.localdate())
    return rows.narrowed({**values, "state": "" if state == "any" else state})


def _csv(rows: Iterable[CostHint]) -> Iterator[list[Any]]:
    for row in rows:
        team = row.target.team.name if row.target and row.target.team else ""
        money = "" if row.money is None else to_text(row.money)
        what = (row.get_kind_display(), row.subject, row.title, "; ".join(evidence_of(row)))
        yield [*what, team, money, row.currency, row.get_state_display(), row.opened_at.date()]
