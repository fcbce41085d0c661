"""How good the forecasts of a team have been, as far as the reader may see them."""

from typing import Any

from django.apps import apps

from governance.costs.rules.scoring import Calibration, Score, calibration
from governance.kernel.actor import Actor

_MOST = 1000  # the latest scores speak


def calibrated(actor: Actor, target: Any) -> Calibration:
    """Return how forecasts of the target's team were held by what came; of all, without a team."""
    rows = apps.get_model("costs", "ForecastRun")._default_manager  # noqa: SLF001
    found = rows.visible_to(actor)
    if target.team_id is not None:
        found = found.filter(target__team_id=target.team_id)
    return calibration_of(found)


def calibration_of(forecasts: Any) -> Calibration:
    """Return how the scored ones of ``forecasts`` were held by what came."""
    found = forecasts.exclude(scored_at=None).order_by("-scored_at")
    pairs = found.values_list("error", "held")[:_MOST]
    return calibration([Score(error, held) for error, held in pairs])


def whose(target: Any) -> str:
    return f"team {target.team.name}" if target.team_id is not None else "the organisation"
