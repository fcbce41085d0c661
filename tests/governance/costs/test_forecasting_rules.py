"""Forecasts: chosen by backtest, held to numpy and statsmodels, honest where data is short."""

from collections.abc import Iterator

import numpy as np
import pytest
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

from audits.engine.statistics.smoothing import smoothed
from governance.costs.rules import forecasting
from governance.costs.rules.forecasting import HORIZON, METHODS, forecast

DAYS = 400


def weekly(days: int, seed: int = 1, noise: float = 3.0) -> list[float]:
    rng = np.random.default_rng(seed)
    season = 10 * np.sin(2 * np.pi * np.arange(days) / 7)
    return [float(x) for x in 100 + season + rng.normal(0, noise, days)]


def series() -> Iterator[list[float]]:
    """Thirty seeded series of six natures, as clouds bill them, 540 days long."""
    for seed in range(30):
        rng, day = np.random.default_rng(seed), np.arange(540)
        base = 100 * (1 + 0.25 * ((day % 7) < 5)) * np.exp(rng.normal(0, 0.08, 540))
        match seed % 6:
            case 0:
                found = base
            case 1:
                found = base * (1 + day / 540)
            case 2:
                found = base * np.where(day > 260 + 5 * seed, 1.6, 1.0)
            case 3:
                found = base * (1 + 0.15 * np.cumsum(rng.normal(0, 0.15, 540)))
            case 4:
                found = base + np.where(rng.random(540) < 0.05, 400.0, 0.0)
            case _:
                found = np.full(540, 80.0) + rng.normal(0, 0.5, 540)
        yield [float(x) for x in found]


def test_smoothing_agrees_with_the_state_space_form_of_the_same_model() -> None:
    values = weekly(200)
    model = ETSModel(np.array(values), error="add", seasonal="add", seasonal_periods=7)
    expected = model.fit(disp=False).forecast(HORIZON)
    assert smoothed(values, HORIZON) == pytest.approx(expected, rel=0.01)


def test_smoothing_leaves_itself_out_where_it_cannot_answer() -> None:
    assert smoothed([1.0] * 13, HORIZON) is None
    flat = smoothed([5.0] * 60, HORIZON)
    assert flat is None or flat == pytest.approx([5.0] * HORIZON, abs=1e-6)


def test_plain_methods_equal_numpy() -> None:
    values = weekly(90)
    assert forecasting.mean_28(values, 3) == pytest.approx([np.mean(values[-28:])] * 3)
    assert forecasting.seasonal_naive(values, 9) == [*values[-7:], *values[-7:-5]]
    slope = (values[-1] - values[0]) / 89
    expected = values[-1] + slope * np.arange(1, 4)
    assert forecasting.drift(values, 3) == pytest.approx(expected)


def test_six_origins_lie_a_horizon_apart_when_history_allows_and_never_run_over_the_end() -> None:
    assert np.diff(forecasting.origins(540)).tolist() == [30] * 5
    short = forecasting.origins(56)
    assert len(short) == 6
    assert short[0] >= forecasting.LEAST_TRAINING
    assert short[-1] + HORIZON == 56


def test_error_and_bias_are_those_of_the_totals() -> None:
    values = weekly(300)
    tried = forecasting.backtest(values, HORIZON, {"mean": forecasting.mean_28})[0]
    totals = [np.sum(values[at : at + HORIZON]) for at in forecasting.origins(300)]
    guesses = [HORIZON * np.mean(values[at - 28 : at]) for at in forecasting.origins(300)]
    errors = np.array(totals) - np.array(guesses)
    assert tried.wape == pytest.approx(np.abs(errors).sum() / np.sum(totals))
    assert tried.bias == pytest.approx(-errors.sum() / np.sum(totals))
    assert len(tried.daily_errors) == 6 * HORIZON


def test_the_interval_is_made_of_the_series_own_errors_and_says_how_often_it_held() -> None:
    found = forecast(weekly(DAYS))
    assert found.chosen is not None
    assert found.band is not None
    assert found.daily is not None
    errors = found.chosen.errors
    assert found.band.low == pytest.approx(found.total + np.quantile(errors, 0.1, method="lower"))
    assert found.band.high == pytest.approx(found.total + np.quantile(errors, 0.9, method="higher"))
    assert found.coverage == pytest.approx(4 / 6)  # without itself, an extreme is always outside


def test_the_method_with_the_least_error_is_chosen() -> None:
    found = forecast(weekly(DAYS))
    rated = {one.method: one.wape for one in found.backtest}
    assert set(rated) == set(METHODS)
    assert found.method == min(rated, key=lambda name: rated[name] or 0.0)


def test_under_eight_weeks_there_is_a_mean_and_no_interval() -> None:
    found = forecast(weekly(55))
    assert found.low_confidence
    assert found.band is None
    assert found.coverage is None
    assert found.backtest == ()
    assert found.total == pytest.approx(HORIZON * np.mean(weekly(55)[-28:]))
    assert not forecast(weekly(56)).low_confidence


def test_no_day_is_no_forecast() -> None:
    with pytest.raises(ValueError, match="at least one day"):
        forecast([])


def test_a_series_of_nothing_forecasts_nothing() -> None:
    found = forecast([0.0] * 100)
    assert found.total == pytest.approx(0.0, abs=1e-9)


def test_the_same_days_give_the_same_forecast() -> None:
    assert forecast(weekly(120)) == forecast(weekly(120))


def test_choosing_for_each_series_is_not_worse_than_the_best_fixed_method() -> None:
    errors: dict[str, float] = dict.fromkeys([*METHODS, "chosen"], 0.0)
    for values in series():
        before, actual = values[:-HORIZON], sum(values[-HORIZON:])
        for name, method in METHODS.items():
            guess = method(before, HORIZON)
            assert guess is not None
            errors[name] += abs(actual - sum(guess))
        errors["chosen"] += abs(actual - forecast(before).total)
    chosen = errors.pop("chosen")
    assert chosen <= min(errors.values()), (chosen, errors)
