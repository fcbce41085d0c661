"""Hints: one open row for each kind and subject, evidence appended, closed by people alone."""

import datetime as dt
from dataclasses import replace

import pytest
from django.utils import timezone

from governance.access.kinds import Role
from governance.costs import commands as costs
from governance.costs.kinds import HintKind, HintState, Kind
from governance.costs.models import CostHint
from governance.costs.rules.hints import Hint
from governance.kernel.actor import system_actor
from governance.kernel.errors import Conflict, DomainError, Missing, NotPermitted, RuleBroken
from governance.kernel.money import UNIT
from governance.ledger import reading
from governance.ledger.proofs import head_position
from tests.factories import access, spend
from tests.factories import value as made

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 3, 1)
DAY = dt.timedelta(days=1)


@pytest.fixture
def market():
    return made.Market()


@pytest.fixture
def hint(market):
    target = spend.of_version(market.version)
    return Hint(
        HintKind.IDLE_ENDPOINT,
        target.key,
        "Loans v1 is paid for, but not called",
        ("0 calls in 30 days",),
        {"USD": 50 * UNIT, "EUR": UNIT},
        target_key=target.key,
    )


def record(*found: Hint, on: dt.date = TODAY) -> int:
    return costs.record_hints(actor=system_actor(), hints=found, seen_on=on)


def _stand():
    return head_position(), list(CostHint.objects.order_by("pk").values())


def refused(error: type[DomainError], act) -> DomainError:
    before = _stand()
    with pytest.raises(error) as told:
        act()
    assert _stand() == before
    return told.value


def answer(user, row, state=HintState.ACCEPTED, reason="It will be looked at.", until=None):
    return costs.answer_hint(
        actor=access.actor(user), hint_id=row.pk, answer=state, reason=reason, until=until
    )


@pytest.mark.embedded
def test_what_money_tells_is_written_down_once(hint):
    assert record(hint) == 1
    row = CostHint.objects.get()
    assert (row.currency, row.money, row.target.key) == ("USD", 50 * UNIT, hint.target_key)
    (event,) = reading.history([row.pk])
    assert event.kind == Kind.EXCEPTION_DETECTED
    assert event.body["evidence"]["money"] == {"EUR": "1", "USD": "50"}
    before = _stand()
    assert record(hint) == 0
    assert record(hint, on=TODAY + 6 * DAY) == 0
    assert _stand() == before


def test_further_evidence_is_appended_to_the_open_row(hint):
    record(hint)
    later = replace(hint, money={"USD": 70 * UNIT}, signs=("0 calls in 30 days", "Still"))
    assert record(later, on=TODAY + 7 * DAY) == 1
    row = CostHint.objects.get()
    assert [one["on"] for one in row.evidence] == ["2026-03-01", "2026-03-08"]
    assert row.money == 70 * UNIT


def test_a_matter_that_grew_worse_is_told_at_once(hint):
    record(hint)
    assert record(replace(hint, severity="critical"), on=TODAY + DAY) == 1


def test_only_the_service_writes_down_what_it_found(market, hint):
    refused(
        NotPermitted,
        lambda: costs.record_hints(actor=market.actor, hints=[hint], seen_on=TODAY),
    )


def test_a_hint_is_accepted_with_a_reason(market, hint):
    record(hint)
    row = answer(market.manager, CostHint.objects.get())
    assert (row.state, row.answered_by_id) == (HintState.ACCEPTED, market.manager.pk)
    assert reading.history([row.pk])[0].kind in {Kind.HINT_ANSWERED, Kind.EXCEPTION_DETECTED}
    refused(RuleBroken, lambda: answer(market.manager, row, reason=" "))


def test_a_hint_put_off_wakes_on_its_day(market, hint):
    record(hint)
    until = timezone.localdate() + DAY
    answer(market.manager, CostHint.objects.get(), HintState.SNOOZED, until=until)
    assert not CostHint.objects.unanswered(timezone.localdate()).exists()
    assert CostHint.objects.unanswered(until).exists()
    assert record(hint, on=until) == 1
    row = CostHint.objects.get()
    assert (row.state, row.snoozed_until) == (HintState.OPEN, None)


def test_putting_off_takes_a_day_to_come(market, hint):
    record(hint)
    row = CostHint.objects.get()
    refused(RuleBroken, lambda: answer(market.manager, row, HintState.SNOOZED))


def test_a_closed_hint_stays_closed_and_a_new_one_opens(market, hint):
    record(hint)
    row = answer(market.manager, CostHint.objects.get(), HintState.CLOSED)
    refused(Conflict, lambda: answer(market.manager, row))
    assert record(hint, on=TODAY + DAY) == 1
    assert CostHint.objects.count() == 2


def test_who_may_not_answer_does_not_and_strangers_see_nothing(market, hint):
    record(hint)
    row = CostHint.objects.get()
    auditor = access.person(Role.AUDITOR, team=market.model.team)
    stranger = access.person(Role.MANAGER, team=access.team())
    refused(NotPermitted, lambda: answer(auditor, row))
    refused(Missing, lambda: answer(stranger, row))


def test_a_hint_about_an_account_is_for_those_who_see_everything(market):
    record(Hint(HintKind.SHADOW_MODEL, "account/Cloud/1", "Who?", ("GPU",), {"USD": UNIT}))
    row = CostHint.objects.get()
    refused(Missing, lambda: answer(market.manager, row))
    assert answer(market.finance, row).state == HintState.ACCEPTED


def test_the_most_money_stands_first_and_what_has_none_last(market, hint):
    other = replace(hint, subject="x", money={"USD": 51 * UNIT})
    record(hint, other, replace(hint, subject="y", money={}))
    assert [row.subject for row in CostHint.objects.by_money()] == ["x", hint.subject, "y"]
