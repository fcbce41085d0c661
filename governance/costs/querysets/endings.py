"""Reading work that ended."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.apps import apps
from django.db.models import Exists, OuterRef, Q

from governance.access.kinds import Permission
from governance.access.querysets import ScopedQuerySet
from governance.kernel.ids import number_in

if TYPE_CHECKING:
    from governance.costs.models import WorkEnding  # noqa: F401 - in quotes below


class WorkEndingQuerySet(ScopedQuerySet["WorkEnding"]):
    view = Permission.COST_VIEW

    def standing(self) -> "WorkEndingQuerySet":
        """Return what is still the last word about its work."""
        return self.filter(stood_until=None)

    def before_use(self) -> "WorkEndingQuerySet":
        """Return the endings of work of which no deployment was ever recorded."""
        ran = apps.get_model("catalog", "Deployment")._default_manager  # noqa: SLF001
        of_version = ran.filter(version=OuterRef("version"))
        of_model = ran.filter(version__model=OuterRef("model"))
        of_use = ran.filter(version__model__use_case=OuterRef("use_case"))
        return self.exclude(Q(version__isnull=False) & Exists(of_version)).exclude(
            Q(version=None, model__isnull=False) & Exists(of_model)
            | Q(version=None, model=None) & Exists(of_use)
        )

    def versions_of(self, models: Collection[UUID]) -> dict[UUID, date]:
        """Return when each version of ``models`` ended before it was of use."""
        rows = self.standing().before_use().filter(version__model_id__in=models)
        return {key: at.date() for key, at in rows.values_list("version_id", "ended_at")}

    def narrowed(self, facets: Mapping[str, Any]) -> "WorkEndingQuerySet":
        """Return the rows that fit the facets given; the empty ones are ignored."""
        paths = {"ending": "ending", "team": "team__slug", "model": "model_id"}
        paths |= {"use_case": "use_case_id"}
        found = self.filter(**{p: facets[name] for name, p in paths.items() if facets.get(name)})
        if lesson := facets.get("lesson"):
            found = found.filter(learnt="") if lesson == "missing" else found.exclude(learnt="")
        text = facets.get("q")
        return found.filter(_named(text)) if text else found


def _named(text: str) -> Q:
    number = number_in(text, "END", bare=True)
    if number is not None:
        return Q(number=number)
    words = Q(reason__icontains=text) | Q(learnt__icontains=text) | Q(decision__iexact=text)
    return words | Q(model__name__icontains=text) | Q(use_case__name__icontains=text)
