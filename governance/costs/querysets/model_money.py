"""The money of one model: by phase and month, what each use cost, cost in full and return."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models.functions import TruncMonth

from governance.access.kinds import Permission
from governance.costs.kinds import Basis, Phase, RulePhase, UsageUnit
from governance.costs.querysets.ground import Ground
from governance.costs.querysets.summary import Months, Question, Summary, summary
from governance.costs.querysets.worth import ModelWorth, rows_of, worths
from governance.costs.rules.conversion import months_before, next_month
from governance.costs.rules.value import Figure, cost_per_thousand
from governance.kernel import money
from governance.kernel.actor import Actor
from governance.kernel.amounts import ExactSum
from inventory.catalog.models import ModelVersion, RegisteredModel

SHOWN_MONTHS = 6


@dataclass(frozen=True, slots=True)
class UnitCost:
    """What 1,000 predictions cost in a month; ``predictions`` in units, None when not recorded."""

    month: dt.date
    predictions: int | None
    cost: Figure

    @property
    def made(self) -> int | None:
        """The predictions as a plain number."""
        return None if self.predictions is None else self.predictions // money.UNIT


@dataclass(frozen=True, slots=True)
class ModelMoney:
    """``worth`` has one reading for each currency; ``end`` is the day after the last one read.

    ``ground`` is what its figures stand on, for those that stand beside them.
    """

    model: RegisteredModel
    start: dt.date
    end: dt.date
    phases: Summary
    units: Sequence[UnitCost]
    worth: Sequence[ModelWorth]
    ground: Ground


def priced_model(actor: Actor, key: uuid.UUID) -> RegisteredModel:
    """Return a model whose costs ``actor`` may see; raises ``Missing``."""
    rows = RegisteredModel.objects.reached_by(actor, Permission.COST_VIEW)
    return rows.select_related("team").get_visible(actor, key)


def priced_version(actor: Actor, key: uuid.UUID) -> ModelVersion:
    """Return a version whose costs ``actor`` may see; raises ``Missing``."""
    rows = ModelVersion.objects.reached_by(actor, Permission.COST_VIEW)
    return rows.select_related("model").get_visible(actor, key)


def window(latest: dt.date) -> Months:
    """Return the months that a model's page shows without a choice, up to the ``latest``."""
    return tuple(months_before(latest, back) for back in reversed(range(SHOWN_MONTHS)))


def model_money(actor: Actor, model: RegisteredModel, months: Months) -> ModelMoney:
    """Return the money of ``months``."""
    start, end = months[0], next_month(months[-1])
    question = _question(model, months, "phase")
    ground = question.ground()
    phases = summary(actor, question, ground)
    return ModelMoney(
        model=model,
        start=start,
        end=end,
        phases=phases,
        units=_units(actor, model, phases, ground),
        worth=worths(rows_of(actor, ground.unfilled), [model], start, end),
        ground=ground,
    )


def _question(model: RegisteredModel, months: Months, cut: str, **more: str) -> Question:
    filters = {"model": str(model.pk)}
    currency = more.pop("currency", "")
    return Question(months, (cut,), Basis.EFFECTIVE, currency, filters=filters | more)


def _units(actor: Actor, model: RegisteredModel, phases: Summary, ground: Ground) -> list[UnitCost]:
    months = phases.question.months
    asked = _question(model, months, "rule_phase", phase=Phase.SERVE, currency=phases.currency)
    served = {line.keys[0]: line.amounts for line in summary(actor, asked, ground).lines}
    direct, shared = served.get(RulePhase.DIRECT, {}), served.get(RulePhase.SHARED, {})
    made = _predictions(actor, model, months)
    return [
        UnitCost(
            month,
            made.get(month),
            cost_per_thousand(direct.get(month, 0), shared.get(month, 0), made.get(month)),
        )
        for month in months
    ]


def _predictions(actor: Actor, model: RegisteredModel, months: Months) -> dict[dt.date, int]:
    rows: Any = apps.get_model("costs", "UsageMetric")._default_manager  # noqa: SLF001
    rows = rows.visible_to(actor).speaking().order_by()
    mine = rows.filter(
        version__model=model,
        unit=UsageUnit.PREDICTIONS,
        day__gte=months[0],
        day__lt=next_month(months[-1]),
    )
    by_month = mine.values_list(TruncMonth("day"))
    return dict(by_month.annotate(made=ExactSum("quantity")))
