"""Two people at once about money: exactly one takes effect, and nobody waits for ever."""

import datetime as dt
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from governance.access.models import User
from governance.costs import commands as costs
from governance.costs import models
from governance.costs.importing import import_batch
from governance.costs.kinds import (
    BatchState,
    BudgetState,
    ClaimState,
    CostRunState,
    HintKind,
    HintState,
    PeriodState,
    RuleSetState,
)
from governance.costs.rules.hints import Hint
from governance.kernel.actor import system_actor
from governance.kernel.errors import Conflict, DomainError
from governance.ledger.models import Entry
from governance.ledger.verification import verify_ledger
from tests.factories import access, value
from tests.factories import catalog as things
from tests.factories import costs as bills
from tests.factories.plans import plan
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
JANUARY = bills.JANUARY
TO_A = {"priority": 10, "method": "direct", "targets": [{"target": "pool/a"}]}
TO_B = {"priority": 10, "method": "direct", "targets": [{"target": "pool/b"}]}


def told(kind: str) -> int:
    return Entry.objects.filter(kind=f"costs.{kind}").count()


def one_of(results: list[Any]) -> DomainError:
    """Exactly one of two acts took effect; return why the other did not."""
    errors = [result for result in results if isinstance(result, DomainError)]
    assert len(errors) == 1, results
    return errors[0]


@pytest.fixture(autouse=True)
def whole_ledger() -> Iterator[None]:
    yield
    assert verify_ledger().whole


@pytest.fixture
def month(manager: User, other: User) -> models.CostSource:
    """A bill of January, shared out to one pool and published; its source."""
    costs.ensure_targets(actor=system_actor())
    for slug in ("a", "b"):
        costs.create_pool(actor=access.actor(manager), slug=slug, name=slug.upper())
    source = bills.source(manager, delivery="append")
    bills.imported(manager, source, bills.focus_csv({"BilledCost": "10", "EffectiveCost": "10"}))
    bills.in_force(manager, other, TO_A)
    publish(manager, bills.allocated(manager))
    return source


def publish(person: User, run: models.AllocationRun) -> models.AllocationRun:
    return costs.publish_run(actor=access.actor(person), run_id=run.pk)


def closing(person: User) -> Callable[[], models.BillingPeriod]:
    key = models.BillingPeriod.objects.get(issuer="Cloud").pk
    actor = access.actor(person)
    return lambda: costs.close_period(actor=actor, period_id=key, reason="No invoice.")


def submitted(author: User, raw: dict[str, Any]) -> models.RuleSet:
    row = costs.draft_ruleset(
        actor=access.actor(author), effective_from=JANUARY, raws=[bills.rule(**raw)]
    )
    return costs.submit_ruleset(actor=access.actor(author), ruleset_id=row.pk)


def approving(person: User, row: models.RuleSet) -> Callable[[], models.RuleSet]:
    said: dict[str, Any] = {"ruleset_id": row.pk, "seen": row.digest, "proof": access.proof(person)}
    return partial(costs.approve_ruleset, actor=access.actor(person), **said)


def test_one_rule_set_is_approved_once(manager: User, other: User, month: Any) -> None:
    third = access.person("finance_attester")
    row = submitted(manager, TO_B)
    before = told("ruleset.approved")
    error = one_of(at_once(approving(other, row), approving(third, row)))
    assert error.code == "not-submitted"
    assert told("ruleset.approved") == before + 1


def test_of_two_rule_sets_for_one_month_one_is_in_force(
    manager: User, other: User, month: Any
) -> None:
    rows = [submitted(manager, TO_A), submitted(manager, TO_B)]
    results = at_once(*(approving(other, row) for row in rows))
    in_force = models.RuleSet.objects.filter(state=RuleSetState.APPROVED, effective_from=JANUARY)
    assert in_force.count() == 1
    assert in_force.get().pk in {row.pk for row in rows}
    errors = [one for one in results if isinstance(one, DomainError)]
    assert all(isinstance(one, Conflict) for one in errors)


def test_a_period_is_closed_once(manager: User, other: User, month: Any) -> None:
    error = one_of(at_once(closing(manager), closing(other)))
    assert error.code == "period-not-open"
    assert told("period.closed") == 1


def test_closing_and_publishing_at_once_leave_the_period_on_the_run_that_speaks(
    manager: User, other: User, month: models.CostSource
) -> None:
    later = bills.allocated(manager)
    results = at_once(closing(manager), lambda: publish(other, later))
    period = models.BillingPeriod.objects.get(issuer="Cloud")
    speaks = models.AllocationRun.objects.get(state=CostRunState.PUBLISHED)
    assert period.state == PeriodState.CLOSED, results
    assert period.run_id == speaks.pk
    assert verify_ledger().whole


def test_closing_and_a_late_bill_never_both_have_the_period(
    manager: User, month: models.CostSource
) -> None:
    late = bills.received(
        manager, month, bills.focus_csv({"BilledCost": "3", "EffectiveCost": "3"}, ResourceId="r-9")
    )
    at_once(closing(manager), lambda: import_batch(late.pk))
    late.refresh_from_db()
    if late.state == BatchState.RECEIVED:  # closed between reading and publishing: read once more
        models.ImportBatch.objects.filter(pk=late.pk).update(lease_until=None)
        import_batch(late.pk)
        late.refresh_from_db()
    closed = models.BillingPeriod.objects.get(issuer="Cloud").state == PeriodState.CLOSED
    assert closed == (late.state != BatchState.ACCEPTED)
    if closed:
        assert late.rejected.get().codes == ["period-closed"]


def test_invoice_and_closing_do_not_wait_for_each_other(manager: User, month: Any) -> None:
    key = models.BillingPeriod.objects.get(issuer="Cloud").pk
    invoice = partial(
        costs.record_invoice,
        actor=access.actor(manager),
        period_id=key,
        total="10",
        currency="USD",
    )
    results = at_once(closing(manager), invoice)
    assert models.BillingPeriod.objects.get(pk=key).state == PeriodState.CLOSED, results


def test_of_two_runs_of_a_month_one_is_published(manager: User, other: User, month: Any) -> None:
    runs = [bills.allocated(manager), bills.allocated(other)]
    error = one_of(at_once(*(partial(publish, manager, run) for run in runs)))
    assert error.code in {"run-behind", "not-computed"}
    published = models.AllocationRun.objects.filter(state=CostRunState.PUBLISHED)
    assert published.count() == 1


def test_one_run_asked_for_twice_at_once_is_one_run(manager: User, other: User, month: Any) -> None:
    before = models.AllocationRun.objects.count()
    asked = [
        partial(costs.request_run, actor=access.actor(person), month=JANUARY)
        for person in (manager, other)
    ]
    first, second = at_once(*asked)
    assert first.pk == second.pk
    assert models.AllocationRun.objects.count() == before + 1


def test_closed_money_is_moved_once(manager: User, other: User, month: Any) -> None:
    period = closing(manager)()
    bills.in_force(manager, other, TO_B)
    runs = [bills.allocated(manager), bills.allocated(other)]
    adjusting = [
        partial(
            costs.adjust_period, actor=access.actor(manager), period_id=period.pk, run_id=run.pk
        )
        for run in runs
    ]
    error = one_of(at_once(*adjusting))
    assert error.code in {"adjusted-meanwhile", "nothing-moves"}
    same = at_once(adjusting[0], adjusting[0], adjusting[1])
    assert told("period.adjusted") == 1
    assert not any(getattr(one, "fresh", False) for one in same)


def test_a_held_batch_is_answered_once(manager: User, other: User, month: Any) -> None:
    source = bills.source(manager)
    bad = bills.focus_csv({}, {"BilledCost": "many"})
    batch = bills.imported(manager, source, bad)
    assert batch.state == BatchState.HELD
    third = access.person("manager")
    answers = [
        partial(
            costs.accept_batch,
            actor=access.actor(person),
            proof=access.proof(person),
            batch_id=batch.pk,
            reason="Known.",
        )
        for person in (other, third)
    ]
    assert one_of(at_once(*answers)).code == "batch-state"
    assert told("batch.answered") == 1


def test_a_claim_is_decided_once() -> None:
    market = value.Market()
    row = value.claim(market)
    second = access.person("finance_attester")
    attest = partial(
        costs.attest_claim,
        actor=access.actor(market.finance),
        claim_id=row.pk,
        answer="Held to the ledger of losses.",
        proof=value.proof(market.finance),
    )
    turn_down = partial(
        costs.reject_claim, actor=access.actor(second), claim_id=row.pk, answer="It does not hold."
    )
    error = one_of(at_once(attest, turn_down))
    assert isinstance(error, Conflict)
    row.refresh_from_db()
    assert row.state in {ClaimState.ATTESTED, ClaimState.REJECTED}
    assert told("claim.attested") + told("claim.rejected") == 1


def test_changing_and_approving_a_budget_do_not_wait_for_each_other(
    manager: User, other: User, month: Any
) -> None:
    target = models.Target.objects.get(key="pool/a")
    asked = plan()
    author, decider = access.actor(manager), access.person("manager")
    first = costs.set_budget(actor=author, target_id=target.pk, plan=asked)
    costs.approve_budget(
        actor=access.actor(decider), proof=access.proof(access.actor(decider)), budget_id=first.pk
    )
    second = costs.change_budget(actor=author, budget_id=first.pk, plan=asked, note="More.")
    at_once(
        partial(
            costs.approve_budget,
            actor=access.actor(decider),
            proof=access.proof(decider),
            budget_id=second.pk,
        ),
        partial(costs.change_budget, actor=author, budget_id=second.pk, plan=asked, note="Less."),
    )
    in_force = models.Budget.objects.filter(state=BudgetState.APPROVED)
    assert in_force.count() == 1


def test_a_hint_seen_again_while_it_is_answered_makes_nobody_wait(manager: User) -> None:
    hint = Hint(HintKind.ZOMBIE, "MDL-1/v1", "No calls", ("No calls in 30 days.",))
    day = dt.date(2026, 1, 1)
    record = partial(costs.record_hints, actor=system_actor(), hints=[hint])
    record(seen_on=day)
    row = models.CostHint.objects.get()
    answer = partial(
        costs.answer_hint,
        actor=access.actor(manager),
        hint_id=row.pk,
        answer=HintState.ACCEPTED,
        reason="We look at it.",
    )
    at_once(answer, partial(record, seen_on=day + dt.timedelta(days=8)))
    row.refresh_from_db()
    assert (row.state, len(row.evidence)) == (HintState.ACCEPTED, 2)


def test_a_renamed_model_and_an_edit_of_its_target_make_nobody_wait(manager: User) -> None:
    version = things.version(things.model(access.team()))
    costs.ensure_targets(actor=system_actor(), subject_id=version.model_id)
    type(version.model).objects.filter(pk=version.model_id).update(name="Another name")
    target = models.Target.objects.filter(model=version.model, version=None).get()
    at_once(
        partial(costs.ensure_targets, actor=system_actor(), subject_id=version.model_id),
        partial(
            costs.edit_target,
            actor=access.actor(manager),
            target_id=target.pk,
            changes={"aliases": ["fraud-old"]},
        ),
    )
    target.refresh_from_db()
    assert (target.name, target.aliases) == ("Another name", ["fraud-old"])
