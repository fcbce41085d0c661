"""Which models cost money, and when something last happened to them."""

import datetime as dt
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Q

from audits.runs.kinds import RunState
from audits.runs.models import AuditRun
from governance.access.kinds import Role
from governance.approvals.kinds import OPEN_STATES, StepState
from governance.approvals.models import ApprovalCase, Step
from governance.costs.rules.stuck import Work
from governance.flows.watching.spans import Span, by_currency, charges
from inventory.catalog.models import ModelVersion, RegisteredModel

_ENDED = dt.timedelta(days=90)  # how far back runs are counted


def facts(span: Span) -> Iterator[Work]:
    """Yield every living model that money was charged to in the span."""
    spent = charges(span).filter(target__model__isnull=False)
    spend = by_currency(spent, "target__model_id")
    keys = list(spend)
    moved = _moved(keys)
    runs = _runs(keys, span.today)
    waiting = _waiting(keys)
    models = RegisteredModel.objects.living().filter(pk__in=keys).order_by("number")
    for model in models:
        ended, failed = runs.get(model.pk, (0, 0))
        since, role = waiting.get(model.pk, (None, ""))
        yield Work(
            key=model.public_id,
            name=model.name,
            today=span.today,
            moved_on=max(moved.get(model.pk, model.created_at), model.created_at).date(),
            spend=spend[model.pk],
            runs=ended,
            failed=failed,
            waiting_since=since,
            waiting_for=role,
        )


def _moved(keys: list[UUID]) -> dict[UUID, dt.datetime]:
    found: dict[UUID, dt.datetime] = {}
    sources: tuple[tuple[Any, str, str], ...] = (
        (ModelVersion.objects.all(), "model", "created_at"),
        (AuditRun.objects.all(), "version__model", "requested_at"),
        (ApprovalCase.objects.all(), "version__model", "opened_at"),
        (ApprovalCase.objects.all(), "version__model", "decided_at"),
    )
    for rows, path, at in sources:
        latest = rows.filter(**{f"{path}__in": keys}).order_by().values_list(path)
        for key, when in latest.annotate(last=Max(at)):
            if when is not None:
                found[key] = max(when, found.get(key, when))
    return found


def _runs(keys: list[UUID], today: dt.date) -> dict[UUID, tuple[int, int]]:
    ended = AuditRun.objects.filter(
        version__model__in=keys,
        state__in=[RunState.COMPLETED, RunState.FAILED],
        finished_at__date__gt=today - _ENDED,
    )
    failed = Count("pk", filter=Q(state=RunState.FAILED))
    counted = ended.order_by().values_list("version__model").annotate(n=Count("pk"), failed=failed)
    return {key: (count, bad) for key, count, bad in counted}


def _waiting(keys: list[UUID]) -> dict[UUID, tuple[dt.date, str]]:
    """Return the step of an open case that has been open longest, and whose it is by role."""
    steps = Step.objects.filter(
        state=StepState.OPEN, case__state__in=OPEN_STATES, case__version__model__in=keys
    ).exclude(opened_at=None)
    newest_first = steps.order_by("-opened_at")
    rows = newest_first.values_list("case__version__model", "opened_at", "role")
    return {key: (at.date(), Role(role).label.lower()) for key, at, role in rows if at}
