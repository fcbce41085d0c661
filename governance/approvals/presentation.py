"""Cases as the API and the CSV file write them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from governance.approvals.models import ApprovalCase
from governance.approvals.querysets import statements
from governance.approvals.rules.standing import Standing
from governance.kernel.actor import Actor
from governance.kernel.ids import public_id
from inventory.catalog.models import ModelVersion, RegisteredModel

PLAIN = (
    "action",
    "tier",
    "state",
    "opened_at",
    "submitted_at",
    "decided_at",
    "valid_until",
)
ROW_FIELDS = ("id", "number", "version_id", "version__model__name", "version__number", *PLAIN)
_MOST_BADGES = 200
_STEP = ("id", "kind", "role", "quorum", "state", "opened_at", "due_at", "closed_at")
DECISION_FIELDS = (
    "id",
    "role",
    "choice",
    "reason",
    "override",
    "statement_digest",
    "meaning",
    "strength",
    "decided_at",
    "ledger_seq",
)
CONDITION_FIELDS = (
    "id",
    "case_id",
    "text",
    "owner_id",
    "due_on",
    "state",
    "met_by_id",
    "met_at",
    "met_note",
)


def case_row(row: dict[str, Any]) -> dict[str, Any]:
    """Return one row of the list from the values of ``ROW_FIELDS``."""
    return {
        "id": row["id"],
        "number": public_id("APR", row["number"]),
        "version": row["version_id"],
        "model": row["version__model__name"],
        "version_number": row["version__number"],
        **{name: row[name] for name in PLAIN},
    }


def condition_row(row: dict[str, Any]) -> dict[str, Any]:
    """Return one condition from the values of ``CONDITION_FIELDS``."""
    return {name.removesuffix("_id"): row[name] for name in CONDITION_FIELDS}


def case_body(case: ApprovalCase) -> dict[str, Any]:
    """Return everything that the API says of one case; ``case`` comes from ``whole()``."""
    decisions = case.decisions.order_by("decided_at", "id").values(
        "step_id", "person_id", *DECISION_FIELDS
    )
    conditions = case.conditions.order_by("due_on", "id").values(*CONDITION_FIELDS)
    return {
        "id": case.pk,
        "number": case.public_id,
        "version": case.version_id,
        "model": case.version.model.name,
        "version_number": case.version.number,
        **{name: getattr(case, name) for name in PLAIN},
        "round": case.round,
        "request": case.request,
        "tier_reasons": case.tier_reasons,
        "policy": case.policy_id,
        "run": case.run_id,
        "content_digest": case.content_digest,
        "outcome_note": case.outcome_note,
        "gate_at_submission": case.gate,
        "evidence": statements.evidence_list(case),
        "steps": list(case.steps.order_by("round", "position").values(*_STEP)),
        "decisions": [decision_row(row) for row in decisions],
        "conditions": [condition_row(row) for row in conditions],
    }


def decision_row(row: dict[str, Any]) -> dict[str, Any]:
    plain = {name: row[name] for name in DECISION_FIELDS}
    return {**plain, "step": row["step_id"], "person": row["person_id"]}


def badge_rows(actor: Actor, query: Mapping[str, str]) -> list[tuple[UUID, Standing]]:
    """Return (id, standing) of the models and versions that the query names and the actor sees."""
    models = _seen(RegisteredModel, actor, query.get("models", ""))
    versions = _seen(ModelVersion, actor, query.get("ids", ""))
    cases = ApprovalCase.objects.all()
    found = {**cases.model_standings(models), **cases.standings(versions)}
    return list(found.items())


def _seen(of: Any, actor: Actor, raw: str) -> list[UUID]:
    keys = [key for part in raw.split(",")[:_MOST_BADGES] if (key := _uuid(part)) is not None]
    if not keys:
        return []
    return list(of.objects.visible_to(actor).filter(pk__in=keys).values_list("pk", flat=True))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text.strip())
    except ValueError:
        return None
