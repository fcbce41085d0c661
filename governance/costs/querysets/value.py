"""Reading claims, experiments and hints."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.apps import apps
from django.db.models import F, Q

from governance.access.kinds import Permission
from governance.access.querysets import ScopedQuerySet
from governance.costs.kinds import ClaimState, HintKind, HintState
from governance.costs.querysets.facets import OF_MODEL, OF_TARGET, fitting, in_period, in_period_to
from governance.kernel.amounts import Size
from governance.kernel.ids import number_in

if TYPE_CHECKING:
    from governance.costs.models import (  # noqa: F401 - in quotes below
        BenefitClaim,
        CoachingNote,
        CostHint,
        Experiment,
    )
    from inventory.catalog.models import RegisteredModel

SAVINGS = (HintKind.IDLE_ENDPOINT, HintKind.OVERSIZED)
EXCEPTIONS = (
    HintKind.SHADOW_MODEL,
    HintKind.UNREGISTERED_DEPLOYMENT,
    HintKind.UNAPPROVED_CALLS,
    HintKind.UNMAPPED_SPEND,
    HintKind.ZOMBIE,
    HintKind.UNBUDGETED,
)


class ExperimentQuerySet(ScopedQuerySet["Experiment"]):
    view = Permission.COST_VIEW
    team_path = "model__team_id"

    def narrowed(self, facets: Mapping[str, Any]) -> "ExperimentQuerySet":
        """Return the rows that fit the facets given; the empty ones are ignored."""
        found = fitting(self, facets, OF_MODEL)
        if state := facets.get("state"):
            found = found.filter(concluded_at__isnull=state != "concluded")
        text = facets.get("q")
        return found.filter(_named(text, "EXP", "name", "model__name")) if text else found

    def usable_for(self, model_id: UUID) -> "ExperimentQuerySet":
        """Return the concluded experiments of a model on which a claim may rest."""
        return self.filter(model_id=model_id).exclude(concluded_at=None).order_by("-number")


class BenefitClaimQuerySet(ScopedQuerySet["BenefitClaim"]):
    view = Permission.COST_VIEW
    team_path = "model__team_id"

    def narrowed(self, facets: Mapping[str, Any]) -> "BenefitClaimQuerySet":
        """Return the rows that fit the facets given; the empty ones are ignored."""
        paths = OF_MODEL | {"state": "state", "grade": "grade"}
        found = in_period(fitting(self, facets, paths), facets, "start", "end")
        text = facets.get("q")
        return found.filter(_named(text, "BEN", "benefit", "model__name")) if text else found

    def attested(self) -> "BenefitClaimQuerySet":
        """Return the claims that count."""
        return self.filter(state=ClaimState.ATTESTED)


class CostHintQuerySet(ScopedQuerySet["CostHint"]):
    """A hint about no target (a shadow model's account) is for those who see everything."""

    view = Permission.COST_VIEW
    team_path = "target__team_id"

    def unanswered(self, today: date) -> "CostHintQuerySet":
        """Return what waits for a person: open, or put off to a day that has come."""
        woken = Q(state=HintState.SNOOZED, snoozed_until__lte=today)
        return self.filter(Q(state=HintState.OPEN) | woken)

    def narrowed(self, facets: Mapping[str, Any]) -> "CostHintQuerySet":
        """Return the rows that fit the facets given; the empty ones are ignored."""
        paths = OF_TARGET | {"kind": "kind", "state": "state", "severity": "severity"}
        found = in_period_to(
            fitting(self, facets, paths), facets, "opened_at__date", "seen_at__date"
        )
        text = facets.get("q")
        return found.filter(title__icontains=text) if text else found

    def by_money(self) -> "CostHintQuerySet":
        """Return the rows with the most at stake first, whatever the currency."""
        return self.annotate(size=Size("money")).order_by(F("size").desc(nulls_last=True), "id")


class CoachingNoteQuerySet(ScopedQuerySet["CoachingNote"]):
    """Seen by those who may write it: no auditor, no token."""

    view = Permission.WORK_COACH
    team_path = "hint__target__team_id"


def builders_of(model: "RegisteredModel") -> set[UUID]:
    """Return who owns the model, registered it or made a version of it."""
    versions = apps.get_model("catalog", "ModelVersion")._default_manager  # noqa: SLF001
    makers = versions.filter(model_id=model.pk).values_list("created_by_id", flat=True)
    return {model.owner_id, model.created_by_id, *makers}


def _named(text: str, prefix: str, *paths: str) -> Q:
    number = number_in(text, prefix, bare=True)
    if number is not None:
        return Q(number=number)
    found = Q()
    for path in paths:
        found |= Q(**{f"{path}__icontains": text})
    return found
