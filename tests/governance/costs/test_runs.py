"""Runs of allocation: asked for, worked once, checked, compared by cause, published in one step."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from governance.access.models import User
from governance.costs import allocating, models
from governance.costs import commands as costs
from governance.costs.kinds import CostRunState, PeriodState
from governance.kernel import money
from governance.kernel.amounts import ExactSum
from governance.kernel.errors import Conflict, Moved, NotPermitted, RuleBroken
from governance.kernel.money import UNIT
from governance.ledger.models import Entry
from tests.factories import access
from tests.factories import costs as bills

pytestmark = pytest.mark.django_db(transaction=True)
JANUARY = bills.JANUARY


def given(run: models.AllocationRun, rows: Any = models.AllocatedCharge) -> dict[str, str]:
    found = rows.objects.filter(run=run).values_list("target__key").order_by()
    return {key: money.to_text(total) for key, total in found.annotate(ExactSum("billed"))}


def holds(run: models.AllocationRun) -> dict[str, bool | None]:
    return {check["check"]: check["holds"] for check in run.invariants}


@pytest.mark.embedded
def test_a_month_is_shared_out_exactly_and_published(
    manager: User, rules: models.RuleSet, bill: models.ImportBatch
) -> None:
    run = bills.allocated(manager)
    assert (run.state, run.failure) == (CostRunState.COMPUTED, "")
    shared = {
        "pool/a": "8.333333333333333333",
        "pool/b": "3.333333333333333333",
        "pool/c": "3.333333333333333333",
        "unallocated/no_rule": "2.5",
    }
    assert given(run) == given(run, models.ChargeDay) == shared
    checks = ("conservation", "lines", "batches", "ratios", "determinism")
    assert {name: holds(run)[name] for name in checks} == dict.fromkeys(checks, True)
    rows = run.invariants[0]["rows"]
    usd = next(r for r in rows if (r["currency"], r["basis"]) == ("USD", "billed"))
    assert (usd["imported"], usd["difference"]) == ("14.999999999999999999", "0")
    path = models.AllocatedCharge.objects.filter(run=run, target__key="pool/b").first().path
    assert [step["target"] for step in path] == ["pool/gpu", "pool/b"]
    assert [(step["weight"], step["weight_sum"]) for step in path] == [("1", "1"), ("1", "3")]
    published = costs.publish_run(
        actor=access.actor(manager), run_id=run.pk, seen=run.result_digest
    )
    assert published.state == CostRunState.PUBLISHED
    last = Entry.objects.order_by("-seq").first()
    assert last.kind == "costs.run.published"


def test_the_same_inputs_give_the_same_result(
    manager: User, rules: models.RuleSet, bill: models.ImportBatch
) -> None:
    first, second = bills.allocated(manager), bills.allocated(manager)
    assert first.pk != second.pk
    assert first.inputs_digest == second.inputs_digest
    assert first.result_digest == second.result_digest
    assert "earlier run" in next(
        c["statement"] for c in second.invariants if c["check"] == "determinism"
    )


def test_what_moves_is_told_by_cause_and_sums_to_the_whole(
    manager: User, other: User, rules: models.RuleSet
) -> None:
    source = bills.source(manager)
    bills.cluster_bill(manager, "10.00", source)
    costs.publish_run(actor=access.actor(manager), run_id=bills.allocated(manager).pk)
    bills.cluster_bill(manager, "13.00", source)
    bills.in_force(
        manager,
        other,
        {
            "priority": 1,
            "matcher": {"field": "service", "is": "Cluster"},
            "method": "direct",
            "targets": [{"target": "pool/a"}],
        },
    )
    run = bills.allocated(manager)
    moved = {(row["target"], row["basis"]): row for row in run.difference}
    ours = moved["pool/b", "billed"]
    assert (ours["old"], ours["new"]) == ("3.333333333333333333", "0")
    assert (ours["causes"]["data"], ours["causes"]["rule"]) == ("1", "-4.333333333333333333")
    for row in run.difference:
        parts = sum(money.from_text(text)[0] for text in row["causes"].values())
        assert money.to_text(parts) == row["delta"]
    assert run.summary["unallocated"]["sums"][0]["billed"] == "5"
    costs.publish_run(actor=access.actor(manager), run_id=run.pk)
    former = models.AllocationRun.objects.exclude(pk=run.pk).get()
    assert former.state == CostRunState.SUPERSEDED


def test_a_dry_run_shows_a_draft_and_is_never_published(
    manager: User, rules: models.RuleSet, bill: models.ImportBatch
) -> None:
    draft = costs.draft_ruleset(
        actor=access.actor(manager),
        effective_from=JANUARY,
        raws=[
            bills.rule(priority=1, method="direct", targets=[{"target": "pool/b"}]),
            bills.rule(priority=2, method="direct", targets=[{"target": "pool/c"}]),
            bills.rule(
                priority=3,
                method="direct",
                matcher={"field": "sku", "is": "none"},
                targets=[{"target": "pool/c"}],
            ),
        ],
    )
    with pytest.raises(RuleBroken, match="only a dry run"):
        bills.allocated(manager, ruleset_id=draft.pk)
    run = bills.allocated(manager, ruleset_id=draft.pk, dry=True)
    told = {each["name"]: (each["never"], each["shadowed"]) for each in run.summary["rules"]}
    assert told == {
        "Rule 1": (False, False),
        "Rule 2": (False, True),
        "Rule 3": (True, False),
    }
    assert run.summary["overlapping"] == 4
    with pytest.raises(RuleBroken, match="never published"):
        costs.publish_run(actor=access.actor(manager), run_id=run.pk)


@pytest.mark.parametrize("role", ["developer", "auditor", "model_owner"])
def test_who_may_not_allocate_changes_nothing(
    role: str, rules: models.RuleSet, bill: models.ImportBatch
) -> None:
    actor, before = access.actor(access.person(role)), Entry.objects.count()
    with pytest.raises(NotPermitted):
        costs.request_run(actor=actor, month=JANUARY)
    assert models.AllocationRun.objects.count() == 0
    assert Entry.objects.count() == before


def test_nothing_is_asked_for_without_bills_or_rules(manager: User) -> None:
    actor = access.actor(manager)
    with pytest.raises(RuleBroken, match="No rules"):
        costs.request_run(actor=actor, month=JANUARY)
    with pytest.raises(RuleBroken, match="first day"):
        costs.request_run(actor=actor, month=dt.date(2026, 1, 2))
    assert models.AllocationRun.objects.count() == 0


def test_asked_for_twice_it_waits_once_and_one_worker_has_it(
    manager: User, rules: models.RuleSet, bill: models.ImportBatch
) -> None:
    actor = access.actor(manager)
    first = costs.request_run(actor=actor, month=JANUARY)
    assert costs.request_run(actor=actor, month=JANUARY).pk == first.pk
    held = costs.claim_run(first.pk)
    assert held is not None
    assert allocating.allocate(first.pk) is None
    models.AllocationRun.objects.filter(pk=first.pk).update(
        lease_until=timezone.now() - dt.timedelta(seconds=1)
    )
    assert allocating.allocate(first.pk).state == CostRunState.COMPUTED
    with pytest.raises(costs.LostRun):
        costs.tell_run(held, "still here")


def test_a_run_that_fell_behind_is_not_published(manager: User, rules: models.RuleSet) -> None:
    actor, source = access.actor(manager), bills.source(manager)
    bills.cluster_bill(manager, "10.00", source)
    first, second = bills.allocated(manager), bills.allocated(manager)
    with pytest.raises(Moved):
        costs.publish_run(actor=actor, run_id=first.pk, seen="another")
    with pytest.raises(NotPermitted):
        costs.publish_run(actor=access.actor(access.person("developer")), run_id=first.pk)
    costs.publish_run(actor=actor, run_id=first.pk)
    assert costs.publish_run(actor=actor, run_id=first.pk).pk == first.pk
    with pytest.raises(Conflict, match="published meanwhile"):
        costs.publish_run(actor=actor, run_id=second.pk)
    third = bills.allocated(manager)
    bills.cluster_bill(manager, "11.00", source)
    with pytest.raises(Conflict, match="come or gone"):
        costs.publish_run(actor=actor, run_id=third.pk)
    fourth = bills.allocated(manager)
    models.BillingPeriod.objects.update(state=PeriodState.CLOSED)
    with pytest.raises(Conflict, match="closed"):
        costs.publish_run(actor=actor, run_id=fourth.pk)


def test_a_broken_invariant_keeps_a_run_from_being_published(
    manager: User, rules: models.RuleSet, bill: models.ImportBatch
) -> None:
    models.PartTotal.objects.filter(currency="USD").update(billed=UNIT)
    run = bills.allocated(manager)
    assert holds(run)["batches"] is False
    with pytest.raises(RuleBroken, match="Batch control"):
        costs.publish_run(actor=access.actor(manager), run_id=run.pk)


def test_a_landing_that_changed_fails_the_run_with_the_reason(
    manager: User, rules: models.RuleSet, bill: models.ImportBatch
) -> None:
    models.ImportBatch.objects.update(landing_digest="0" * 64)
    run = bills.allocated(manager)
    assert run.state == CostRunState.FAILED
    assert "0000" in run.failure
    assert not models.AllocatedCharge.objects.exists()
