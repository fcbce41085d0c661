"""Exponential smoothing with a weekly season, as statsmodels fits it."""

import warnings
from collections.abc import Sequence
from math import isfinite

LONGEST = 540  # days that the fit looks back: as far as the six origins reach three times over


def smoothed(values: Sequence[float], horizon: int, season: int = 7) -> list[float] | None:
    """Return ``horizon`` points after ``values`` by ETS(A, N, A): level and season, no trend.

    Additive, since costs can be zero or, with credits, negative (Hyndman & Athanasopoulos 2021,
    chapter 8). None where the fit does not come to an end or the series is shorter than two
    seasons: a method that cannot answer is left out, it does not stop the others.
    """
    recent = [float(value) for value in values[-LONGEST:]]
    if len(recent) < 2 * season:
        return None
    from statsmodels.tsa.holtwinters import ExponentialSmoothing

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a fit that stopped early is judged by its backtest
        try:
            model = ExponentialSmoothing(
                recent, seasonal="add", seasonal_periods=season, initialization_method="estimated"
            )
            points = [float(point) for point in model.fit(use_brute=False).forecast(horizon)]
        except (ValueError, ArithmeticError):
            return None
    return points if all(isfinite(point) for point in points) else None
