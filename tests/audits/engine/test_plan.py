import dataclasses
import json

import pytest

from audits.engine.plan import (
    CheckSpec,
    DataRef,
    ModelRef,
    Plan,
    library_versions,
    plan_from_json,
    signature_from_json,
)
from tests.audits.engine.samples import CLASSIFY

PLAN = Plan(
    policy="p",
    model=ModelRef("m", "onnx"),
    data=(DataRef("reference", "d", "csv"),),
    signature=CLASSIFY,
    checks=(CheckSpec("drift.columns", {"share": 0.2, "methods": ["ks"]}),),
    seed=1,
    libraries=library_versions(),
)


def test_plan_survives_json_with_its_digest() -> None:
    rebuilt = plan_from_json(json.loads(json.dumps(PLAN.to_json())))
    assert rebuilt == PLAN
    assert rebuilt.digest() == PLAN.digest()


def test_each_part_of_a_plan_changes_its_digest() -> None:
    changes = (
        {"seed": 2},
        {"threads": 2},
        {"policy": "q"},
        {"model": ModelRef("n", "onnx")},
        {"libraries": {}},
        {"checks": (CheckSpec("drift.columns", {"share": 0.3, "methods": ["ks"]}),)},
    )
    digests = {dataclasses.replace(PLAN, **change).digest() for change in changes}
    assert len(digests | {PLAN.digest()}) == len(changes) + 1


def test_plan_of_another_schema_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown plan schema"):
        plan_from_json({**PLAN.to_json(), "schema": 9})


def test_signature_may_leave_defaults_out_but_nothing_else() -> None:
    body = {
        "task": "regression",
        "features": [{"name": "a", "kind": "number"}],
        "target": "y",
    }
    assert signature_from_json(body).threshold == 0.5
    for wrong in ({"task": "ranking"}, {"target": 3}, {"features": [{"name": "a"}]}, {"more": 1}):
        with pytest.raises(ValueError, match=r"."):
            signature_from_json({**body, **wrong})


def test_versions_name_what_is_installed() -> None:
    assert {"evidently", "shap", "numpy"} <= set(library_versions())
