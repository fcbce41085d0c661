"""Pages of failed work: projects may fail, unrecorded failure may not."""

import datetime as dt
from collections.abc import Iterator, Sequence
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
from governance.costs.forms.failed import FailedFilter, LessonForm, ResumeForm, StopForm
from governance.costs.kinds import Ending, Phase
from governance.costs.models import WorkEnding
from governance.costs.presentation.failed import decided_at, row_of
from governance.costs.presentation.value import teams_of
from governance.costs.querysets.failed import MOST, Failed, failed_work, one_failure
from governance.kernel.csvfiles import csv_response
from governance.kernel.money import to_text
from inventory.catalog.forms.base import CatalogForm
from inventory.catalog.views.pages import form_page, sent

_YEAR = dt.timedelta(days=365)
_COLUMNS = (
    *("Number", "Work", "Team", "Ended", "How", "Decision", "Decided by", "Reason", "Learnt"),
    *("Reused since", "Currency", *Phase.labels, "No phase", "Total"),
)


@require_safe
def failed_list(request: ActorRequest) -> HttpResponseBase:
    """Show what ended before it was of use, with its money by phase and what was learnt."""
    visible = WorkEnding.objects.visible_to(request.actor)
    form = FailedFilter(request.GET, teams=teams_of(visible, "team_id"))
    form.is_valid()
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    start = form.cleaned_data.get("start") or tomorrow - _YEAR
    last = form.cleaned_data.get("end")
    end = last + dt.timedelta(days=1) if last else tomorrow
    found = failed_work(request.actor, start, end, form.cleaned_data)
    if request.GET.get("format") == "csv":
        return csv_response("failed-work.csv", _COLUMNS, _csv(found))
    rows = [row_of(request.actor, one) for one in found]
    context = {"rows": rows, "filter": form, "start": start, "more": len(found) >= MOST}
    context["may_stop"] = can(request.actor, Permission.WORK_STOP)
    return render(request, "costs/failed_list.html", context)


def work_stop(request: ActorRequest) -> HttpResponse:
    """Stop a use case or a version that nobody rejected."""
    initial = {name: request.GET.get(name, "") for name in ("use_case", "version")}
    form = StopForm(*sent(request), actor=request.actor, initial=initial)
    if request.method == "POST":
        row = form.carried_out(
            lambda: costs.stop_work(
                actor=request.actor, subject=form.subject(), **form.chosen("reason", "learnt")
            )
        )
        if row is not None:
            messages.success(request, f"{row} is stopped, on record as {row.public_id}.")
            return redirect("costs:ending-detail", row.pk)
    return form_page(request, "costs/work_stop.html", form)


@require_safe
def ending_detail(request: ActorRequest, pk: UUID) -> HttpResponse:
    return _detail(request, pk)


@require_POST
def ending_lesson(request: ActorRequest, pk: UUID) -> HttpResponse:
    form = LessonForm(request.POST, actor=request.actor)
    row = form.carried_out(
        lambda: costs.record_lesson(actor=request.actor, ending_id=pk, **form.chosen("learnt"))
    )
    if row is None:
        return _detail(request, pk, lesson=form)
    messages.success(request, "What was learnt is on record.")
    return redirect("costs:ending-detail", pk)


@require_POST
def ending_resume(request: ActorRequest, pk: UUID) -> HttpResponse:
    form = ResumeForm(request.POST, actor=request.actor)
    row = form.carried_out(
        lambda: costs.resume_work(actor=request.actor, ending_id=pk, **form.chosen("reason"))
    )
    if row is None:
        return _detail(request, pk, resume=form)
    messages.success(request, f"{row} goes on.")
    return redirect("costs:ending-detail", pk)


def _detail(request: ActorRequest, pk: UUID, **forms: CatalogForm) -> HttpResponse:
    row = WorkEnding.objects.get_visible(request.actor, pk)
    found = one_failure(request.actor, pk)
    stands = row.stood_until is None
    lesson = LessonForm(actor=request.actor, initial={"learnt": row.learnt})
    context = {
        "row": found[0].ending,
        "found": [row_of(request.actor, one) for one in found],
        "deciders": found[0].deciders,
        "decision_url": decided_at(request.actor, row),
        "lesson": lesson,
        "resume": ResumeForm(actor=request.actor),
        "may_learn": can(request.actor, Permission.LESSON_RECORD, row),
        "may_resume": stands
        and row.ending == Ending.STOPPED
        and can(request.actor, Permission.WORK_STOP, row),
    }
    status = 422 if forms else 200
    return render(request, "costs/ending_detail.html", context | forms, status=status)


def _csv(found: Sequence[Failed]) -> Iterator[list[Any]]:
    for one in found:
        row = one.ending
        amounts = [one.by_phase.get(phase, 0) for phase in (*Phase, "")]
        how = (row.get_ending_display(), row.decision, "; ".join(one.deciders))
        reused = "; ".join(f"{reuse.version}: {', '.join(reuse.parts)}" for reuse in one.reused)
        named = (row.public_id, str(row), row.team.name, row.ended_at.date(), *how)
        said = (row.reason, row.learnt, reused, one.currency)
        yield [*named, *said, *(to_text(units) for units in (*amounts, one.total))]
