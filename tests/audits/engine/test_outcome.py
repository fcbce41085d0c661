import json
import math
from typing import Any

import pytest
import rfc8785

from audits.engine.outcome import (
    Axis,
    Detectable,
    Figure,
    Interval,
    Measure,
    Outcome,
    Series,
    Table,
    Threshold,
    Verdict,
    outcome_from_json,
)

OUTCOME = Outcome(
    check="drift.columns",
    version=2,
    verdict=Verdict.PASS,
    summary="All columns are stable.",
    measures=(Measure("ks", 0.25, n=10, interval=Interval(0.1, 0.5, 0.95, "bootstrap")),),
    thresholds=(Threshold("ks", "<=", 0.5),),
    detectable=Detectable("ks", 0.2, 10, 0.8),
    figures=(
        Figure("f", "bar", "Drift", Axis("KS"), Axis("Column"), (Series("s", (1.0,), (2.0,)),)),
    ),
    tables=(
        Table("t", "Columns", ("name", "n"), (("age", 1), ("x", None), ("y", 0.5), ("z", True))),
    ),
    notes=("one",),
    seconds=1.5,
)


def through_json(outcome: Outcome) -> dict[str, Any]:
    return json.loads(json.dumps(outcome.to_json()))


def test_outcome_survives_json_with_its_digest() -> None:
    rebuilt = outcome_from_json(through_json(OUTCOME), 1.5)
    assert rebuilt == OUTCOME
    assert rebuilt.digest() == OUTCOME.digest()


def test_duration_is_no_part_of_the_digest() -> None:
    assert outcome_from_json(through_json(OUTCOME), 9.0).digest() == OUTCOME.digest()


def test_number_that_is_none_has_no_digest() -> None:
    broken = Outcome("c", 1, Verdict.PASS, "s", measures=(Measure("m", math.nan),))
    with pytest.raises(rfc8785.CanonicalizationError):
        broken.digest()


def spoilt(**changes: Any) -> dict[str, Any]:
    return {**through_json(OUTCOME), **changes}


@pytest.mark.parametrize(
    "body",
    [
        spoilt(schema=2),
        spoilt(verdict="fine"),
        spoilt(version="2"),
        spoilt(version=True),
        spoilt(summary=None),
        spoilt(summary="x" * 20_001),
        spoilt(notes="one"),
        spoilt(notes=[1]),
        spoilt(measures=[{"name": "m"}]),
        spoilt(measures=[{**through_json(OUTCOME)["measures"][0], "value": "1"}]),
        spoilt(measures=[{**through_json(OUTCOME)["measures"][0], "n": 1.5}]),
        spoilt(measures=[{**through_json(OUTCOME)["measures"][0], "value": math.inf}]),
        spoilt(thresholds=[{"measure": "m", "comparison": "<=", "value": 10**400}]),
        spoilt(tables=[{**through_json(OUTCOME)["tables"][0], "rows": [[{"a": 1}]]}]),
        spoilt(seconds=1.0),
        spoilt(extra=1),
        {key: value for key, value in through_json(OUTCOME).items() if key != "notes"},
        [],
    ],
)
def test_anything_but_an_outcome_is_refused(body: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        outcome_from_json(body)
