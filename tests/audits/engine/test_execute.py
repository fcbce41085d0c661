import dataclasses
import io
import json
import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from audits.engine import threads
from audits.engine.context import Context
from audits.engine.errors import DataError
from audits.engine.execute import execute, open_context
from audits.engine.outcome import Outcome, Verdict
from audits.engine.plan import Plan
from tests.audits.engine import probes
from tests.audits.engine.samples import boosted, parquet, plan_for, table

assert probes

REFERENCE, CURRENT = parquet(table()), parquet(table(300, 1))


def context_of(plan: Plan, reference: bytes = REFERENCE, model: bytes | None = None) -> Context:
    data = {"reference": io.BytesIO(reference), "current": io.BytesIO(CURRENT)}
    return open_context(plan, data, io.BytesIO(model if model is not None else boosted()))


def full_plan(*checks: str, **other: Any) -> Plan:
    parts = {"reference": REFERENCE, "current": CURRENT, "model": boosted()}
    return plan_for(checks, **{**parts, **other})


def run(plan: Plan, **parts: Any) -> list[Outcome]:
    return execute(plan, context_of(plan, **parts))


def test_check_that_breaks_leaves_the_others_whole() -> None:
    found = run(full_plan("probe.data", "probe.raises", "probe.nan", "probe.numbers"))
    verdicts = [outcome.verdict for outcome in found]
    assert verdicts == [Verdict.PASS, Verdict.ERROR, Verdict.ERROR, Verdict.PASS]
    assert found[1].summary == "Internal error in check probe.raises: RuntimeError."


def test_error_text_is_free_of_memory_addresses_so_that_digests_hold() -> None:
    first, second = (run(full_plan("probe.raises"))[0] for _ in range(2))
    assert first.digest() == second.digest()


def test_unknown_check_is_an_error_that_lists_the_known() -> None:
    found = run(full_plan("no.such"))[0]
    assert found.verdict is Verdict.ERROR
    assert "probe.numbers" in found.summary


def test_outcome_under_another_checks_name_is_not_believed() -> None:
    assert run(full_plan("probe.disguised"))[0].verdict is Verdict.ERROR


def test_broken_model_fails_only_the_checks_that_need_it() -> None:
    plan = full_plan("probe.numbers", "probe.data", model=b"rubbish")
    found = run(plan, model=b"rubbish")
    assert found[0].verdict is Verdict.ERROR
    assert "not readable as xgboost-ubj" in found[0].summary
    assert found[1].verdict is Verdict.PASS


def test_bytes_other_than_the_plans_are_not_read() -> None:
    other = parquet(table(50, 5))
    found = run(full_plan("probe.data"), reference=other)[0]
    assert found.verdict is Verdict.ERROR
    assert "bytes are not those of the plan" in found.summary


def test_missing_role_is_named() -> None:
    plan = plan_for(("probe.data",), current=CURRENT)
    found = execute(plan, open_context(plan, {"current": io.BytesIO(CURRENT)}))[0]
    assert found.summary == "This run carries no reference data."


def test_missing_feature_columns_are_named_in_the_outcome() -> None:
    short = parquet(table().drop(columns=["age", "grade"]))
    found = run(full_plan("probe.data", reference=short), reference=short)[0]
    assert "“age”, “grade”" in found.summary


def test_progress_tells_each_check_as_it_begins_and_ends() -> None:
    plan = full_plan("probe.data", "probe.raises")
    seen: list[tuple[str, int]] = []
    execute(
        plan,
        context_of(plan),
        lambda index, _spec: seen.append(("began", index)),
        lambda index, _outcome: seen.append(("ended", index)),
    )
    assert seen == [("began", 0), ("ended", 0), ("began", 1), ("ended", 1)]


def test_scores_labels_and_contributions_are_made_once_for_all_checks() -> None:
    context = context_of(full_plan("probe.data"))
    first, second = context.for_check("a"), context.for_check("b")
    assert first.scores("current") is second.scores("current")
    assert first.labels("current") is second.labels("current")
    rows = first.sample("current", 20)
    assert first.contributions("current", rows) is second.contributions("current", rows)


def test_random_streams_differ_by_check_name_and_seed_but_not_by_run() -> None:
    plan = full_plan("probe.data")
    context = context_of(plan)
    draws = {
        context.for_check(check).rng(name).random() for check in ("a", "b") for name in ("x", "y")
    }
    assert len(draws) == 4
    again = context_of(plan).for_check("a").rng("x").random()
    assert again in draws
    other = context_of(dataclasses.replace(plan, seed=8)).for_check("a").rng("x").random()
    assert other not in draws


def test_sample_is_sorted_without_repeats_and_whole_for_small_tables() -> None:
    context = context_of(full_plan("probe.data"))
    picked = context.sample("current", 50)
    assert len(set(picked.tolist())) == 50
    assert (np.diff(picked) > 0).all()
    assert context.sample("current", 5000).tolist() == list(range(300))


def test_unlabelled_data_can_be_scored_but_has_no_labels() -> None:
    plan = plan_for(("probe.data",), current=parquet(table(300, 1).drop(columns="paid")))
    data = parquet(table(300, 1).drop(columns="paid"))
    context = open_context(plan, {"current": io.BytesIO(data)}, io.BytesIO(boosted()))
    assert not context.has_labels("current")
    with pytest.raises(DataError, match="no column “paid”"):
        context.labels("current")


FRESH = """
import io, json, sys
from tests.audits.engine.test_execute import full_plan, run
print(json.dumps([outcome.digest() for outcome in run(full_plan("probe.numbers", "probe.data"))]))
"""


def test_same_plan_on_the_same_bytes_gives_the_same_digests_in_a_fresh_process() -> None:
    found = subprocess.run(
        [sys.executable, "-c", FRESH],
        capture_output=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": "1", "PATH": "/usr/bin"},
    ).stdout
    here = [outcome.digest() for outcome in run(full_plan("probe.numbers", "probe.data"))]
    assert json.loads(found) == here


def test_libraries_keep_to_the_plans_threads_while_it_runs_and_get_theirs_back() -> None:
    before = [pool["num_threads"] for pool in threadpool_info()]
    with threads.held(1):
        assert {pool["num_threads"] for pool in threadpool_info()} == {1}
        assert os.environ["OMP_NUM_THREADS"] == "1"
    assert [pool["num_threads"] for pool in threadpool_info()] == before


def test_few_rows_are_explained_where_each_costs_thousands_of_scores() -> None:
    context = context_of(full_plan("probe.data"))
    assert len(context.to_explain("current")) == 300
    context.model.permuted = True
    assert len(context.to_explain("current")) == 200
    assert len(context.to_explain("current", permuted=20)) == 20
