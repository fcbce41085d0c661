# ruff: noqa: PD011 - contributions, not pandas
"""Explanation by permutation against shap's own, and against what it may cost."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import shap

from audits.engine.models import permutation as module
from audits.engine.models.permutation import permutation
from tests.audits.engine.samples import FEATURES, table


def frame(rows: int, seed: int, width: int = 4) -> pd.DataFrame:
    values = np.random.default_rng(seed).normal(size=(rows, width))
    return pd.DataFrame(values, columns=[f"x{i}" for i in range(width)])


def product(table: Any) -> Any:
    return np.asarray(table)[:, :3].prod(axis=1)


def mixed(table: Any) -> Any:
    a, b, c, d = (np.asarray(table)[:, i] for i in range(4))
    return 2 * a + b * c - a * c * d + 0.5 * d**2


def test_contributions_of_few_features_equal_shaps() -> None:
    rows, behind = frame(20, 1), frame(30, 2)
    found = permutation(mixed, rows, behind, 3, "value")
    kernel = shap.KernelExplainer(mixed, behind.to_numpy())  # of 4 features it takes every set
    expected = kernel.shap_values(rows.to_numpy(), silent=True, l1_reg=False)
    np.testing.assert_allclose(found.values, expected, atol=1e-8)
    np.testing.assert_allclose(found.base, kernel.expected_value)
    assert found.mode.endswith("(exact)")


def test_orders_walked_both_ways_are_exact_where_features_act_in_pairs() -> None:
    def pairs(table: Any) -> Any:
        a, b, c, d = (np.asarray(table)[:, i] for i in range(4))
        return 2 * a + b * c - c * d + 0.5 * d**2

    rows, behind = frame(20, 1, 9), frame(30, 2, 9)
    found = permutation(pairs, rows, behind, 3, "value")
    exact = permutation(pairs, rows.iloc[:, :4], behind.iloc[:, :4], 3, "value")
    assert "orders" in found.mode
    np.testing.assert_allclose(found.values[:, :4], exact.values, atol=1e-9)


def test_importance_under_three_way_effects_comes_near_the_exact_one() -> None:
    rows, behind = frame(200, 1, 9), frame(50, 2, 9)
    found = permutation(product, rows, behind, 3, "value").values
    exact = permutation(product, rows.iloc[:, :3], behind.iloc[:, :3], 3, "value").values
    np.testing.assert_allclose(np.abs(found).mean(axis=0)[:3], np.abs(exact).mean(axis=0), rtol=0.1)


def test_feature_that_the_model_does_not_read_gets_nothing() -> None:
    found = permutation(lambda t: np.asarray(t)[:, 0], frame(10, 1), frame(20, 2), 3, "value")
    assert (found.values[:, 1:] == 0).all()


@pytest.mark.parametrize("kind", ["object", "str", "category"])
def test_text_reaches_the_model_as_text_whatever_pandas_calls_it(kind: str) -> None:
    rows = table()[FEATURES].astype({"region": kind}).fillna({"age": 40.0})
    seen: set[Any] = set()

    def score(made: pd.DataFrame) -> Any:
        seen.update(made["region"])
        return (made["region"] == "north").to_numpy() + made["grade"].to_numpy()

    found = permutation(score, rows.iloc[:5], rows.iloc[5:30], 3, "value")
    assert seen == {"north", "south", "west"}
    assert found.additivity_error < 1e-9
    assert (found.values[:, :2] == 0).all()


def test_missing_text_stays_missing() -> None:
    rows = table()[["region"]].astype(object)
    rows.iloc[0] = np.nan
    found = permutation(lambda t: t["region"].isna().to_numpy(), rows[:3], rows[3:20], 1, "value")
    np.testing.assert_allclose(found.values[:, 0], [1.0, 0.0, 0.0])


@pytest.mark.parametrize(("rows", "width"), [(200, 6), (200, 30), (50, 200), (6, 30)])
def test_effort_is_bounded_and_comes_in_large_batches(rows: int, width: int) -> None:
    calls: list[int] = []

    def score(made: pd.DataFrame) -> Any:
        calls.append(len(made))
        return made.to_numpy().sum(axis=1)

    found = permutation(score, frame(rows, 1, width), frame(100, 2, width), 3, "value")
    assert sum(calls) < 1.1 * module.EVALUATIONS
    assert max(calls) <= module.BATCH_ROWS
    assert np.median(calls) > 2_000
    assert found.additivity_error < 1e-9
    assert found.background_rows >= module.LEAST_BEHIND
