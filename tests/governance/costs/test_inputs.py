"""All that a run rests on: named in its inputs, told by cause, and looked at before closing."""

import datetime as dt
from typing import Any

import pytest

from governance.access.models import User
from governance.costs import commands as costs
from governance.costs import models
from governance.costs.querysets.inputs import outdated
from governance.kernel import money
from governance.kernel.actor import system_actor
from tests.factories import access, catalog
from tests.factories import costs as bills

pytestmark = pytest.mark.django_db(transaction=True)
DATES = {"BillingPeriodStart": "2026-02-01T00:00:00Z", "BillingPeriodEnd": "2026-03-01T00:00:00Z"}
CORRECTION = {
    "ResourceId": "support",
    "ChargeClass": "Correction",
    "BilledCost": "8",
    "EffectiveCost": "8",
    **DATES,
}


def to(target: str, **more: Any) -> dict[str, Any]:
    return {"method": "direct", "targets": [{"target": target}], **more}


def used(resource: str, amount: str) -> dict[str, str]:
    return {"ResourceId": resource, "BilledCost": amount, "EffectiveCost": amount}


def published(manager: User, month: dt.date = bills.JANUARY) -> models.AllocationRun:
    run = bills.allocated(manager, month)
    assert run.state == "computed", run.failure
    return costs.publish_run(actor=access.actor(manager), run_id=run.pk)


def given(run: models.AllocationRun) -> dict[str, str]:
    return {row["target"]: row["effective"] for row in run.summary["targets"]}


def causes(run: models.AllocationRun) -> dict[str, dict[str, str]]:
    """What each target gains, in effective cost, by the causes that are not 0."""
    rows = (row for row in run.difference if row["basis"] == "effective")
    found = {row["target"]: {c: n for c, n in row["causes"].items() if n != "0"} for row in rows}
    return {target: moved for target, moved in found.items() if moved}


def target(key: str) -> models.Target:
    return models.Target.objects.get(key=key)


@pytest.fixture
def by_cost(manager: User, other: User, pool: str) -> models.RuleSet:
    a, b = ({"field": "resource", "is": f"r{name}"} for name in "ab")
    shared = [{"target": "pool/a"}, {"target": "pool/b"}]
    return bills.in_force(
        manager,
        other,
        to("pool/a", priority=1, matcher=a),
        to("pool/b", priority=2, matcher=b),
        {"priority": 3, "phase": "overhead", "method": "proportional_cost", "targets": shared},
    )


@pytest.mark.embedded
def test_a_correction_shared_by_cost_names_what_was_carried_and_follows_its_restatement(
    manager: User, by_cost: models.RuleSet
) -> None:
    source = bills.source(manager)
    bills.imported(manager, source, bills.focus_csv(used("ra", "30"), used("rb", "10")))
    january = published(manager)
    bills.imported(manager, bills.source(manager), bills.focus_csv(CORRECTION))
    first = published(manager, bills.FEBRUARY)
    assert given(first) == {"pool/a": "6", "pool/b": "2"}
    assert first.inputs["carried"]["2026-01-01"]["run"] == january.public_id
    assert outdated(first) == []
    bills.imported(manager, source, bills.focus_csv(used("ra", "30"), used("rb", "30")))
    published(manager)
    assert outdated(first) == ["2026-01, which it corrects, was published anew since"]
    second = bills.allocated(manager, bills.FEBRUARY)
    assert given(second) == {"pool/a": "4", "pool/b": "4"}
    assert causes(second) == {"pool/a": {"data": "-2"}, "pool/b": {"data": "2"}}
    assert costs.publish_run(actor=access.actor(manager), run_id=second.pk).pk == second.pk


def test_a_correction_of_a_month_that_is_published_only_later_is_no_broken_promise(
    manager: User, by_cost: models.RuleSet
) -> None:
    bills.imported(manager, bills.source(manager), bills.focus_csv(CORRECTION))
    published(manager, bills.FEBRUARY)
    bills.imported(manager, bills.source(manager), bills.focus_csv(used("ra", "30")))
    published(manager)
    again = published(manager, bills.FEBRUARY)
    assert given(again) == {"pool/a": "8"}


def test_what_a_retirement_moves_is_told_by_rule_and_not_by_data(
    manager: User, other: User, pool: str
) -> None:
    bills.in_force(manager, other, to("pool/a", priority=1))
    source = bills.source(manager, delivery="append")
    bills.imported(manager, source, bills.focus_csv(used("r-1", "100")))
    first = published(manager)
    assert outdated(first) == []
    bills.imported(manager, source, bills.focus_csv(used("r-2", "1")))
    costs.retire_target(
        actor=access.actor(manager),
        target_id=target("pool/a").pk,
        on=bills.JANUARY,
        successor="pool/b",
    )
    assert outdated(first) == [
        "a bill was accepted or replaced since",
        "a target was retired, or is called otherwise, since",
    ]
    moved = causes(bills.allocated(manager))
    assert moved == {"pool/a": {"data": "1", "rule": "-101"}, "pool/b": {"rule": "101"}}


def test_a_month_is_not_closed_on_a_run_that_another_alias_would_change(
    manager: User, other: User, pool: str
) -> None:
    bills.in_force(manager, other, {"priority": 1, "method": "by_tag", "options": {"tag": "to"}})
    tagged = {"Tags": '{"to":"zed"}', **used("r-1", "10")}
    bills.imported(manager, bills.source(manager), bills.focus_csv(tagged))
    run = published(manager)
    period = models.BillingPeriod.objects.get()
    assert outdated(run) == []
    catalog.version()
    costs.ensure_targets(actor=system_actor())
    assert "targets were added since" in outdated(run)[0]
    costs.edit_target(
        actor=access.actor(manager), target_id=target("pool/a").pk, changes={"aliases": ["zed"]}
    )
    asked = {"actor": access.actor(manager), "period_id": period.pk, "reason": "No invoice."}
    waiting = costs.close_period(**asked)
    assert waiting.state == "closing"  # on a run that knows the alias
    costs.give_up_closing(
        actor=system_actor(), period_id=period.pk, run_id=waiting.run_id, why="Run it by hand."
    )
    published(manager)
    assert costs.close_period(**asked).state == "closed"


def test_rules_and_usage_of_a_corrected_month_count_as_much_as_the_own_ones(
    manager: User, other: User, by_cost: models.RuleSet
) -> None:
    bills.imported(manager, bills.source(manager), bills.focus_csv(CORRECTION))
    run = published(manager, bills.FEBRUARY)
    models.UsageMetric.objects.create(
        version=catalog.version(),
        day=bills.JANUARY,
        unit="predictions",
        origin="gateway",
        quantity=money.UNIT,
        recorded_by=manager,
    )
    assert outdated(run) == ["usage of 2026-01, which it corrects, was recorded since"]
    later = bills.in_force(manager, other, to("pool/a", priority=1))
    assert outdated(run)[:2] == [
        f"{later.public_id} is in force for 2026-01, which it corrects, now",
        f"{later.public_id} is in force for this month now",
    ]
