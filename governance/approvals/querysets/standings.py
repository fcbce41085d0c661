"""What many versions' cases come to today, in a constant number of queries."""

import uuid
from collections.abc import Collection, Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models import Count, F, Q

from governance.approvals.kinds import APPROVED_STATES, ConditionState, Status
from governance.approvals.querysets import gates
from governance.approvals.rules.standing import CaseFacts, Standing, standing_of
from governance.kernel.errors import RuleBroken
from governance.policies.kinds import APPROVE_USE

if TYPE_CHECKING:
    from governance.approvals.models import ApprovalCase
    from governance.approvals.querysets import ApprovalCaseQuerySet

_VERSION = (
    "version__model__use_case",
    "version__artifact",
    "version__training_data",
    "version__environment",
    "policy",
)


def of_versions(
    cases: "ApprovalCaseQuerySet", version_ids: Collection[uuid.UUID], today: date
) -> dict[uuid.UUID, Standing]:
    """Return the standing of each version asked for; none has ``Status.NONE``."""
    rows = cases.filter(version_id__in=version_ids, action=APPROVE_USE)
    found = _standings(rows, today)
    return {key: found.get(key, Standing(Status.NONE)) for key in version_ids}


def of_models(
    cases: "ApprovalCaseQuerySet", model_ids: Collection[uuid.UUID], today: date
) -> dict[uuid.UUID, Standing]:
    """Return each model's standing: its newest version's in force, else its newest with a case."""
    rows = cases.filter(version__model_id__in=model_ids, action=APPROVE_USE)
    owners = {
        v: (m, n) for v, m, n in rows.values_list("version", "version__model", "version__number")
    }
    best: dict[uuid.UUID, tuple[bool, int, Standing]] = {}
    for version_id, standing in _standings(rows, today).items():
        model_id, number = owners[version_id]
        rank = (standing.in_force, number, standing)
        if model_id not in best or rank[:2] > best[model_id][:2]:
            best[model_id] = rank
    none = Standing(Status.NONE)
    return {key: best[key][2] if key in best else none for key in model_ids}


def _standings(rows: "ApprovalCaseQuerySet", today: date) -> dict[uuid.UUID, Standing]:
    late = Q(conditions__state=ConditionState.OPEN, conditions__due_on__lt=today)
    found = list(
        rows.select_related(*_VERSION)
        .annotate(overdue=Count("conditions", filter=late))
        .order_by("-opened_at", "-id")
    )
    replaced = _replaced_evidence(case.pk for case in found if case.state in APPROVED_STATES)
    facts: dict[uuid.UUID, list[CaseFacts]] = {}
    for case in found:
        facts.setdefault(case.version_id, []).append(_facts(case, replaced))
    return {key: standing_of(listed, today) for key, listed in facts.items()}


def _facts(case: Any, replaced: frozenset[uuid.UUID]) -> CaseFacts:
    changed = _changed(case, replaced) if case.state in APPROVED_STATES else ()
    return CaseFacts(case.pk, case.public_id, case.state, case.valid_until, changed, case.overdue)


def _changed(case: "ApprovalCase", replaced: frozenset[uuid.UUID]) -> tuple[str, ...]:
    told = []
    if case.version.content_digest() != case.content_digest:
        told.append("The version is no longer what was approved.")
    if case.version.model.use_digest() != case.use_digest:
        told.append("The intended use is no longer what was approved.")
    if case.pk in replaced:
        told.append("Evidence is no longer what was approved on.")
    try:
        tier = gates.tiering_of(case.version, case.policy).tier
    except RuleBroken as error:
        told.append(error.message)
    else:
        if tier < case.tier:
            told.append(f"The use grew from tier {case.tier} to tier {tier} since the approval.")
    return tuple(told)


def _replaced_evidence(case_ids: Iterable[uuid.UUID]) -> frozenset[uuid.UUID]:
    evidence = apps.get_model("approvals", "Evidence")._default_manager  # noqa: SLF001
    moved = evidence.filter(case_id__in=list(case_ids), round=F("case__round")).exclude(
        outcome_digest=F("check_run__outcome_digest")
    )
    return frozenset(moved.values_list("case_id", flat=True))
