"""Which models cost money, and when something last happened to them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Max, Q

from audits.runs.kinds import RunState
from audits.runs.models import AuditRun
from governance.access.kinds import Role
from governance.access.models import Membership
from governance.approvals.kinds import OPEN_STATES, StepState
from governance.approvals.models import ApprovalCase, Participant, Step
from governance.costs.kinds import UsageUnit
from governance.costs.models import UsageMetric, WorkEnding
from governance.costs.rules.progress import Building
from governance.costs.rules.stuck import Work
from governance.flows.watching import steps
from governance.flows.watching.spans import Span, by_currency, charges
from governance.kernel.amounts import ExactSum
from inventory.catalog.models import ModelVersion, RegisteredModel

Found = Mapping[UUID, Mapping[str, Any]]  # what is known of each model, by the facts' names
_GPU = {UsageUnit.GPU_SECONDS_RESERVED: "held", UsageUnit.GPU_SECONDS: "used"}
_ENDED = dt.timedelta(days=90)  # how far back runs are counted


def facts(span: Span) -> Iterator[Work]:
    """Yield every living model that money was charged to in the span."""
    spent = charges(span).filter(target__model__isnull=False)
    spend = by_currency(spent, "target__model_id")
    keys = list(spend)
    about: dict[UUID, dict[str, Any]] = {key: {} for key in keys}
    for found in (_runs(keys, span.today), _waiting(keys), _notes(keys), _gpus(keys, span)):
        for key, values in found.items():
            about[key] |= values
    moved, stages = _moved(keys), steps.stages(keys)
    attempts, building = steps.attempts(keys), steps.building(keys, span)
    models = RegisteredModel.objects.living().filter(pk__in=keys).order_by("number")
    for model in models:
        yield Work(
            key=model.public_id,
            name=model.name,
            today=span.today,
            moved_on=max(moved.get(model.pk, model.created_at), model.created_at).date(),
            spend=spend[model.pk],
            attempts=attempts.get(model.pk, ()),
            building=building.get(model.pk, Building()),
            stage=stages.get(model.pk),
            **about[model.pk],
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


def _runs(keys: list[UUID], today: dt.date) -> Found:
    ended = AuditRun.objects.filter(
        version__model__in=keys,
        state__in=[RunState.COMPLETED, RunState.FAILED],
        finished_at__date__gt=today - _ENDED,
    )
    failed = Count("pk", filter=Q(state=RunState.FAILED))
    counted = ended.order_by().values_list("version__model").annotate(n=Count("pk"), failed=failed)
    return {key: {"runs": count, "failed": bad} for key, count, bad in counted}


def _waiting(keys: list[UUID]) -> Found:
    """Return the step of an open case that has been open longest: its role, and for how many."""
    steps_open = Step.objects.filter(
        state=StepState.OPEN, case__state__in=OPEN_STATES, case__version__model__in=keys
    ).exclude(opened_at=None)
    newest_first = steps_open.select_related("case__version__model").order_by("-opened_at")
    rows: list[Any] = list(newest_first)
    people = _people(rows)
    return {
        step.case.version.model_id: {
            "waiting_since": step.opened_at.date(),
            "waiting_for": Role(step.role).label.lower(),
            "waiting_people": people[step.pk],
        }
        for step in rows
    }


def _people(rows: list[Any]) -> dict[UUID, int]:
    """Return how many could speak at each step: of its role, with no other part in the case."""
    held: dict[tuple[str, UUID | None], set[UUID]] = defaultdict(set)
    roles = {step.role for step in rows}
    members = Membership.objects.filter(role__in=roles, user__is_active=True)
    for role, team, user in members.values_list("role", "team_id", "user_id"):
        held[role, team].add(user)
    parts: dict[UUID, set[UUID]] = defaultdict(set)
    cases = [step.case_id for step in rows]
    taken = Participant.objects.filter(case__in=cases, round=F("case__round"))
    for case, person in taken.values_list("case_id", "person_id"):
        parts[case].add(person)
    return {
        step.pk: len(
            (held[step.role, None] | held[step.role, step.case.version.model.team_id])
            - parts[step.case_id]
        )
        for step in rows
    }


def _notes(keys: list[UUID]) -> Found:
    """Return the runs since anybody wrote a change note or a lesson, and when that was."""
    versions = ModelVersion.objects.exclude(change_note="").filter(model__in=keys).order_by()
    noted = dict(versions.values_list("model").annotate(last=Max("created_at")))
    lessons = WorkEnding.objects.exclude(learnt="").filter(model__in=keys).order_by()
    for key, at in lessons.values_list("model").annotate(last=Max("learnt_at")):
        noted[key] = max(at, noted.get(key, at))
    found: dict[UUID, dict[str, Any]] = {
        key: {"noted_on": at.date(), "unnoted": 0} for key, at in noted.items()
    }
    runs = AuditRun.objects.filter(version__model__in=keys).order_by()
    for key, at in runs.values_list("version__model", "requested_at"):
        if key not in noted or at > noted[key]:
            one = found.setdefault(key, {"unnoted": 0})
            one["unnoted"] += 1
    return found


def _gpus(keys: list[UUID], span: Span) -> Found:
    """Return the GPU seconds that each model held and used in the span."""
    rows = UsageMetric.objects.speaking().filter(
        version__model__in=keys, day__gte=span.start, day__lt=span.end, unit__in=_GPU
    )
    columns = ("version__model", "unit")
    found: dict[UUID, dict[str, Any]] = defaultdict(dict)
    for key, unit, units in rows.order_by().values_list(*columns).annotate(u=ExactSum("quantity")):
        found[key][_GPU[unit]] = units
    return found
