"""By what money can be cut, and how its parts are called."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps

from governance.access.models import Team
from governance.costs import kinds
from inventory.catalog.models import ModelVersion, RegisteredModel, UseCase

Names = Mapping[Any, str]


@dataclass(frozen=True, slots=True)
class Dimension:
    """``column`` is where a ``ChargeDay`` and a ``ChargeMonth`` keep it; ``charge`` where an
    ``AllocatedCharge`` does, when elsewhere. ``absent`` is what money without it is called.
    """

    key: str
    label: str
    column: str
    names: Callable[[Collection[Any]], Names]
    absent: str = "Not stated"
    charge: str = ""

    @property
    def is_key(self) -> bool:
        """Whether values are keys of rows, not words."""
        return self.column.endswith("_id")


def _teams(keys: Collection[Any]) -> Names:
    return dict(Team.objects.filter(pk__in=keys).values_list("pk", "name"))


def _projects(keys: Collection[Any]) -> Names:
    return dict(UseCase.objects.filter(pk__in=keys).values_list("pk", "name"))


def _models(keys: Collection[Any]) -> Names:
    return dict(RegisteredModel.objects.filter(pk__in=keys).values_list("pk", "name"))


def _versions(keys: Collection[Any]) -> Names:
    rows = ModelVersion.objects.filter(pk__in=keys).values_list("pk", "model__name", "number")
    return {key: f"{name} v{number}" for key, name, number in rows}


def _targets(keys: Collection[Any]) -> Names:
    rows = apps.get_model("costs", "Target")._default_manager  # noqa: SLF001
    return dict(rows.filter(pk__in=keys).values_list("pk", "name"))


def _words(choices: Any) -> Callable[[Collection[Any]], Names]:
    return lambda _: {value: str(label) for value, label in choices.choices}


def _as_written(keys: Collection[Any]) -> Names:
    return {key: str(key) for key in keys}


_ALL = (
    Dimension("unit", "Team", "target__team_id", _teams, "No team"),
    Dimension("project", "Project", "target__use_case_id", _projects, "No project"),
    Dimension("model", "Model", "target__model_id", _models, "No model"),
    Dimension("version", "Version", "target__version_id", _versions, "No version"),
    Dimension("phase", "Phase", "target__phase", _words(kinds.Phase), "No phase"),
    Dimension("service", "Service", "service", _as_written, charge="slice__service"),
    Dimension(
        "service_category",
        "Service category",
        "service_category",
        _as_written,
        charge="slice__service_category",
    ),
    Dimension("issuer", "Issuer", "issuer", _as_written, charge="slice__issuer"),
    Dimension("category", "Charge category", "category", _as_written, charge="slice__category"),
    Dimension("kind", "Kind of target", "target__kind", _words(kinds.TargetKind)),
    Dimension("target", "Target", "target_id", _targets),
    Dimension(
        "rule_phase", "How it came", "rule_phase", _words(kinds.RulePhase), "No rule", "rule__phase"
    ),
    Dimension("reason", "Why unallocated", "reason", _words(kinds.Unallocated), "Allocated"),
)
DIMENSIONS: Mapping[str, Dimension] = {one.key: one for one in _ALL}
NONE = "none"  # how an address asks for money that lacks the dimension
