"""Reading claims, experiments and hints."""

from collections.abc import Mapping
from datetime import date
from itertools import chain
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.apps import apps
from django.db.models import F, Q

from governance.access.kinds import Permission
from governance.access.querysets import ScopedQuerySet
from governance.costs.kinds import ClaimState, HintKind, HintState
from governance.costs.querysets.facets import OF_MODEL, OF_TARGET, fitting, in_period, in_period_to
from governance.costs.rules.claims import COUNTED
from governance.costs.rules.subjects import Subject
from governance.kernel.amounts import Size
from governance.kernel.ids import number_in

if TYPE_CHECKING:
    from governance.costs.models import (  # noqa: F401 - in quotes below
        BenefitClaim,
        CoachingNote,
        CostHint,
        Experiment,
    )

_OF_CLAIM = {
    "team": "team__slug",
    "use_case": "use_case_id",
    "model": "model_id",
    "version": "version_id",
    "state": "state",
    "grade": "grade",
}
SAVINGS = (HintKind.IDLE_ENDPOINT, HintKind.OVERSIZED)
STUCK = (HintKind.STUCK,)
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

    def bearing_on(self, subject: Subject) -> "ExperimentQuerySet":
        """Return the experiments that say something of what a claim is about.

        One of a single version says nothing of another; a use case's are those of its models.
        """
        if subject.version_id is not None:
            whole = Q(version=None, model__versions=subject.version_id)
            return self.filter(whole | Q(version_id=subject.version_id))
        if subject.model_id is not None:
            return self.filter(model_id=subject.model_id)
        return self.filter(model__use_case_id=subject.use_case_id)


class BenefitClaimQuerySet(ScopedQuerySet["BenefitClaim"]):
    view = Permission.COST_VIEW

    def narrowed(self, facets: Mapping[str, Any]) -> "BenefitClaimQuerySet":
        """Return the rows that fit the facets given; the empty ones are ignored.

        A project's are those on its models too, a model's those on its versions too.
        """
        found = in_period(fitting(self, facets, _OF_CLAIM), facets, "start", "end")
        if project := facets.get("project"):
            found = found.filter(Q(use_case_id=project) | Q(model__use_case_id=project))
        text = facets.get("q")
        named = ("benefit", "model__name", "use_case__name")
        return found.filter(_named(text, "BEN", *named)) if text else found

    def counted(self, start: date, end: date) -> "BenefitClaimQuerySet":
        """Return what nobody rejected or took back and what speaks of these days."""
        return self.filter(state__in=COUNTED, start__lt=end, end__gt=start)

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


def builders_of(claim: "BenefitClaim") -> set[UUID]:
    """Return who owns or registered what a claim is about, or made a version of it.

    For one version those of its whole model: it is built on the others.
    """
    versions, models = (
        apps.get_model("catalog", name)._default_manager  # noqa: SLF001
        for name in ("ModelVersion", "RegisteredModel")
    )
    use_case = claim.use_case
    mine = models.filter(use_case=use_case) if use_case else models.filter(pk=claim.model_id)
    owners = mine.values_list("owner_id", "created_by_id")
    makers = versions.filter(model__in=mine).values_list("created_by_id", flat=True)
    behind = {use_case.sponsor_id, use_case.created_by_id} if use_case else set()
    return {*chain.from_iterable(owners), *makers, *behind} - {None}


def _named(text: str, prefix: str, *paths: str) -> Q:
    number = number_in(text, prefix, bare=True)
    if number is not None:
        return Q(number=number)
    found = Q()
    for path in paths:
        found |= Q(**{f"{path}__icontains": text})
    return found
