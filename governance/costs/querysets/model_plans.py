"""What is planned and expected of one model: budgets in force and the latest forecasts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.utils import timezone

from governance.costs.querysets.burning import burning, latest_forecasts
from governance.costs.querysets.calibrating import calibrated, whose
from governance.costs.querysets.cockpit import Standing
from governance.costs.rules.scoring import sentence
from governance.kernel.actor import Actor
from inventory.catalog.models import RegisteredModel

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class ModelPlans:
    """Of the model as a whole first, then of its versions. ``calibration``: how its team's held."""

    budgets: Sequence[Standing]
    forecasts: Sequence[Any]
    calibration: str


def model_plans(actor: Actor, model: RegisteredModel) -> ModelPlans:
    """Return the plans about ``model`` and its versions that ``actor`` may see."""
    return ModelPlans(
        budgets=_budgets(actor, model),
        forecasts=_forecasts(actor, model),
        calibration=sentence(calibrated(actor, model), whose(model)),
    )


def _budgets(actor: Actor, model: RegisteredModel) -> list[Standing]:
    today = timezone.localdate()
    rows = _rows("Budget").visible_to(actor).filter(target__model=model)
    rows = rows.in_force(today)
    found = list(rows.select_related("target").order_by("target__key", "id")[:_SHOWN])
    stands = burning(found)
    return [Standing(budget, stands[budget.pk]) for budget in found]


def _forecasts(actor: Actor, model: RegisteredModel) -> list[Any]:
    targets = _rows("Target").visible_to(actor).filter(model=model, phase="").order_by("key")
    named = {target.pk: target for target in targets}
    latest = latest_forecasts(named)
    for forecast in latest.values():
        forecast.target = named[forecast.target_id]
    order = sorted(latest.values(), key=lambda one: (one.target.key, one.currency, one.basis))
    return order[:_SHOWN]


def _rows(name: str) -> Any:
    return apps.get_model("costs", name)._default_manager  # noqa: SLF001
