"""Failed work."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.apps import apps

from governance.kernel.actor import Actor
from governance.kernel.amounts import ExactSum

if TYPE_CHECKING:
    from inventory.catalog.models import RegisteredModel


def _rows(name: str) -> Any:
    return apps.get_model("costs", name)._default_manager  # noqa: SLF001


@dataclass(frozen=True, slots=True)
class Failed:
    """Money spent on a model that was retired before anybody used it, by phase."""

    model: "RegisteredModel"
    currency: str
    by_phase: Mapping[str, int]
    since: dt.date

    @property
    def total(self) -> int:
        return sum(self.by_phase.values())


def failed_work(actor: Actor, start: dt.date, end: dt.date) -> list[Failed]:
    """Return what was spent on models retired before use, the most money first."""
    deployed = apps.get_model("catalog", "Deployment")._default_manager  # noqa: SLF001
    models = apps.get_model("catalog", "RegisteredModel")._default_manager  # noqa: SLF001
    gone = models.exclude(retired_at=None).exclude(pk__in=deployed.values("version__model_id"))
    days = _rows("ChargeDay").visible_to(actor).published()
    rows = days.filter(day__gte=start, day__lt=end, target__model__in=gone).order_by()
    found: dict[tuple[UUID, str], dict[str, int]] = defaultdict(dict)
    for model_id, currency, phase, units in rows.values_list(
        "target__model_id", "currency", "target__phase"
    ).annotate(units=ExactSum("effective")):
        found[(model_id, currency)][phase] = units
    named = models.select_related("team", "owner").in_bulk({key for key, _ in found})
    listed = [
        Failed(model, currency, phases, model.retired_at.date())
        for (key, currency), phases in found.items()
        if (model := named[key]).retired_at
    ]
    return sorted(listed, key=lambda one: (-one.total, one.model.number, one.currency))
