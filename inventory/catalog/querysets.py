"""Reading the catalogue: every list goes through ``visible_to``."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models import OuterRef, Q, Subquery

from governance.access.kinds import Permission
from governance.access.querysets import ScopedQuerySet
from governance.kernel.ids import number_in

if TYPE_CHECKING:
    from inventory.catalog.models import (  # noqa: F401 - named in quotes below
        Artifact,
        Dataset,
        DatasetVersion,
        Deployment,
        Environment,
        ModelVersion,
        RegisteredModel,
        UseCase,
    )


_PREFIXES = ("MDL", "UC", "DAT")


def named(text: str) -> Q:
    """Return what finds ``text`` in names, or a public id such as ``MDL-00042``."""
    numbers = [number_in(text, prefix) for prefix in _PREFIXES]
    number = next((n for n in numbers if n is not None), None)
    return Q(name__icontains=text) if number is None else Q(number=number)


class UseCaseQuerySet(ScopedQuerySet["UseCase"]):
    view = Permission.USE_CASE_VIEW


class RegisteredModelQuerySet(ScopedQuerySet["RegisteredModel"]):
    view = Permission.MODEL_VIEW
    shared_path = "pk"

    def living(self) -> "RegisteredModelQuerySet":
        return self.filter(retired_at=None)

    def narrowed(self, facets: Mapping[str, Any]) -> "RegisteredModelQuerySet":
        """Return the rows that fit the facets given; the empty ones are ignored."""
        paths = {
            "team": "team__slug",
            "kind": "kind",
            "use_case": "use_case_id",
            "owner": "owner_id",
        }
        found = self.filter(**{p: facets[name] for name, p in paths.items() if facets.get(name)})
        return found.filter(named(facets["q"])) if facets.get("q") else found

    def with_names(self) -> "RegisteredModelQuerySet":
        """Bring along what a list shows of each model and of whom and what it belongs to."""
        shown = ("number", "name", "kind", "team__name", "owner__name", "use_case__name")
        return self.select_related("team", "owner", "use_case").only(*shown)

    def with_latest(self) -> "RegisteredModelQuerySet":
        """Add ``latest_version``: the newest number (None without one), which is their count too.

        Numbers leave no gap and no version is ever deleted, so one step in an index answers both.
        """
        versions = apps.get_model("catalog", "ModelVersion")._default_manager  # noqa: SLF001
        newest = versions.filter(model_id=OuterRef("pk")).order_by("-number").values("number")[:1]
        return self.annotate(latest_version=Subquery(newest))


class ModelVersionQuerySet(ScopedQuerySet["ModelVersion"]):
    view = Permission.MODEL_VIEW
    team_path = "model__team_id"
    shared_path = "model_id"

    def whole(self) -> "ModelVersionQuerySet":
        """Return the rows with all that a page or a content digest needs, in one query."""
        return self.select_related(
            "model__team", "artifact", "training_data__dataset", "environment", "predecessor"
        ).select_related("created_by", "model__owner", "model__use_case")


class ArtifactQuerySet(ScopedQuerySet["Artifact"]):
    view = Permission.MODEL_VIEW


class EnvironmentQuerySet(ScopedQuerySet["Environment"]):
    view = Permission.ENVIRONMENT_VIEW


class DatasetQuerySet(ScopedQuerySet["Dataset"]):
    view = Permission.DATASET_VIEW


class DatasetVersionQuerySet(ScopedQuerySet["DatasetVersion"]):
    view = Permission.DATASET_VIEW
    team_path = "dataset__team_id"


class DeploymentQuerySet(ScopedQuerySet["Deployment"]):
    view = Permission.MODEL_VIEW
    team_path = "version__model__team_id"
    shared_path = "version__model_id"

    def current(self) -> "DeploymentQuerySet":
        """Return what we now believe to be running."""
        return self.filter(recorded_to=None, valid_to=None)
