"""Reading work that ended."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.apps import apps
from django.db.models import Exists, OuterRef, Q

from governance.access.kinds import Permission
from governance.access.querysets import ScopedQuerySet
from governance.costs.rules.endings import first_end
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

    def unused_versions(self, models: Collection[UUID]) -> dict[UUID, date]:
        """Return when each version of ``models`` ended that was never deployed; two queries.

        It ends by itself or with its use case, even when other work of that was of use. The end
        of its model stands on the model, and is that of versions in use as well.
        """
        of_use = Q(model=None, use_case__models__in=models)
        rows = self.standing().filter(of_use | Q(version__model_id__in=models))
        columns = ("version_id", "use_case_id", "ended_at")
        ended = {version or use: at for version, use, at in rows.values_list(*columns)}
        found: dict[UUID, date] = {}
        for key, use, begun in _never_deployed(models):
            end = first_end(begun, [ended[one] for one in (key, use) if one in ended])
            if end is not None:
                found[key] = end.date()
        return found

    def narrowed(self, facets: Mapping[str, Any]) -> "WorkEndingQuerySet":
        """Return the rows that fit the facets given; the empty ones are ignored."""
        paths = {"ending": "ending", "team": "team__slug", "model": "model_id"}
        paths |= {"use_case": "use_case_id"}
        found = self.filter(**{p: facets[name] for name, p in paths.items() if facets.get(name)})
        if lesson := facets.get("lesson"):
            found = found.filter(learnt="") if lesson == "missing" else found.exclude(learnt="")
        text = facets.get("q")
        return found.filter(_named(text)) if text else found


def _never_deployed(models: Collection[UUID]) -> Any:
    """Return the versions of which no deployment was ever recorded: key, use case, first moment."""
    versions, ran = (
        apps.get_model("catalog", name)._default_manager  # noqa: SLF001
        for name in ("ModelVersion", "Deployment")
    )
    unused = versions.filter(~Exists(ran.filter(version=OuterRef("pk"))), model_id__in=models)
    return unused.values_list("pk", "model__use_case_id", "created_at")


def _named(text: str) -> Q:
    number = number_in(text, "END", bare=True)
    if number is not None:
        return Q(number=number)
    words = Q(reason__icontains=text) | Q(learnt__icontains=text) | Q(decision__iexact=text)
    return words | Q(model__name__icontains=text) | Q(use_case__name__icontains=text)
