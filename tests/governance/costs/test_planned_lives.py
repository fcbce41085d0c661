"""How long a version is meant to be used: stated by its owner, spread from that day on."""

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.access.kinds import Role
from governance.costs import commands as costs
from governance.costs.kinds import Kind
from governance.costs.models import PlannedLife
from governance.costs.querysets.worth import model_worth
from governance.costs.rules.lives import ASSUMED_DAYS, amortise, life_of
from governance.kernel.errors import Conflict, DomainError, Missing, NotPermitted, RuleBroken
from governance.kernel.money import UNIT
from governance.ledger import reading
from governance.ledger.proofs import head_position
from inventory.catalog.models import ModelVersion, RegisteredModel
from tests.factories import access, spend
from tests.factories import value as made

START = dt.date(2026, 1, 1)


def _day(number: int) -> dt.date:
    return START + dt.timedelta(days=number)


def test_a_life_nobody_stated_is_assumed():
    life = life_of(START, [], None)
    assert (life.days, life.planned_end, life.stated) == (ASSUMED_DAYS, _day(ASSUMED_DAYS), ())


def test_a_life_stated_later_spreads_what_is_left_and_leaves_the_days_before_alone():
    whole, shorter = life_of(START, [], None), life_of(START, [(_day(73), 146)], None)
    before = [amortise(730 * UNIT, life, START, _day(73)) for life in (whole, shorter)]
    assert {one.in_period for one in before} == {73 * UNIT}
    after = amortise(730 * UNIT, shorter, _day(73), _day(146))
    assert (after.in_period, after.left) == (657 * UNIT, 0)


def test_a_life_stated_twice_goes_by_the_latest_word():
    life = life_of(START, [(START, 100), (_day(50), 150)], None)
    assert life.days == 150
    assert amortise(1000, life, START, _day(50)).in_period == 500
    assert amortise(1000, life, _day(50), _day(150)).in_period == 500
    assert amortise(1000, life, _day(50), _day(100)).in_period == 250


@given(
    cost=st.integers(-(10**30), 10**30),
    said=st.lists(st.tuples(st.integers(0, 900), st.integers(1, 1500)), max_size=3),
    cuts=st.lists(st.integers(-50, 2000), min_size=2, max_size=6),
    retired=st.none() | st.integers(0, 1600),
)
def test_periods_bear_a_cost_exactly_once_however_often_its_life_is_stated(
    cost, said, cuts, retired
):
    stated = [(_day(on), on + more) for on, more in sorted(said)]
    life = life_of(START, stated, None if retired is None else _day(retired))
    edges = [_day(-60), *map(_day, sorted(cuts)), _day(3000)]
    parts = [amortise(cost, life, a, b) for a, b in itertools.pairwise(edges)]
    assert sum(part.in_period + part.written_off for part in parts) == cost
    assert parts[-1].left == 0


@pytest.fixture
def market(db):
    """A version born today."""
    return made.Market()


def state(market, user=None, days=365, reason="The contract ends then."):
    actor = access.actor(user or market.manager)
    return costs.state_life(actor=actor, version_id=market.version.pk, days=days, reason=reason)


def _stand():
    return head_position(), list(PlannedLife.objects.order_by("pk").values())


def refused(error: type[DomainError], act) -> None:
    before = _stand()
    with pytest.raises(error):
        act()
    assert _stand() == before


@pytest.mark.embedded
def test_a_stated_life_is_kept_told_and_used(market):
    row = state(market)
    (event,) = reading.history([row.pk])
    assert (event.kind, event.body["days"], event.body["was"]) == (Kind.LIFE_STATED, 365, None)
    assert "contract" not in str(event.body)
    run = spend.run(spend.JANUARY, market.manager.pk)
    spend.charged(run, spend.of_version(market.version, "train"), "365")
    born = market.version.created_at.date()
    (found,) = model_worth(market.actor, market.model, born, born + dt.timedelta(days=10))
    assert found.loaded.training == 10 * UNIT
    assert found.versions[0].life.days == 365


def test_the_same_life_again_changes_nothing_and_another_one_is_added(market):
    first, before = state(market), _stand()
    assert state(market, reason="Once more.").pk == first.pk
    assert _stand() == before
    assert state(market, days=400).pk != first.pk
    assert PlannedLife.objects.count() == 2


def test_a_life_that_would_be_over_is_refused(market):
    born = market.version.created_at - dt.timedelta(days=100)
    ModelVersion.objects.filter(pk=market.version.pk).update(created_at=born)
    refused(RuleBroken, lambda: state(market, days=100))
    refused(RuleBroken, lambda: state(market, days=0))
    refused(RuleBroken, lambda: state(market, days=10_000))
    refused(RuleBroken, lambda: state(market, reason=" "))
    assert state(market, days=101).days == 101


def test_nothing_is_planned_for_a_retired_model(market):
    RegisteredModel.objects.filter(pk=market.model.pk).update(retired_at=market.model.created_at)
    refused(Conflict, lambda: state(market))


def test_who_may_not_state_a_life_does_not_and_strangers_see_nothing(market):
    refused(NotPermitted, lambda: state(market, market.finance))
    stranger = access.person(Role.MANAGER, team=access.team())
    refused(Missing, lambda: state(market, stranger))
    assert state(market, access.person(Role.MODEL_OWNER, team=market.model.team))


def test_labour_and_licences_stand_on_lines_of_their_own(market):
    born = market.version.created_at.date()
    run = spend.run(born.replace(day=1), market.manager.pk)
    by_hand = {"service_category": "Entered by hand", "day": born}
    serve, train = (spend.of_version(market.version, phase) for phase in ("serve", "train"))
    spend.charged(run, serve, "50", day=born)
    spend.charged(run, serve, "7", service="Labour", **by_hand)
    spend.charged(run, serve, "5", service="Licences", **by_hand)
    spend.charged(run, serve, "3", service="Labour", day=born)  # a provider's own name
    spend.charged(run, train, str(2 * ASSUMED_DAYS), service="Labour", **by_hand)
    (found,) = model_worth(market.actor, market.model, born, born + dt.timedelta(days=1))
    loaded = found.loaded
    assert (loaded.labour, loaded.licences) == (9 * UNIT, 5 * UNIT)  # two of training's a day
    assert (loaded.serving, loaded.training) == (53 * UNIT, 0)
    assert found.versions[0].left == 2 * (ASSUMED_DAYS - 1) * UNIT


def test_a_life_is_stated_on_its_page(client, market):
    access.signed_in(client, access.person(Role.MODEL_OWNER, team=market.model.team))
    url = f"/costs/versions/{market.version.pk}/life/"
    assert "assumed: nobody has stated it" in client.get(url).content.decode()
    refused_page = client.post(url, {"days": "9", "reason": ""})
    assert refused_page.status_code == 422
    answer = client.post(url, {"days": "365", "reason": "The contract ends then."})
    assert answer.status_code == 302
    assert "The contract ends then." in client.get(url).content.decode()


def test_a_models_page_labels_an_assumed_life(client, market):
    access.signed_in(client, market.manager)
    run = spend.run(market.version.created_at.date().replace(day=1), market.manager.pk)
    spend.charged(run, spend.of_version(market.version, "train"), "10")
    url = f"/costs/models/{market.model.pk}/"
    assert "assumed" in client.get(url).content.decode()
    state(market)
    shown = client.get(url).content.decode()
    assert "365 days" in shown
    assert ">assumed<" not in shown


def test_lives_and_worth_over_rest(market):
    api = access.api_client(market.manager)
    body = {"version": str(market.version.pk), "days": 365, "reason": "Its contract."}
    answer = api.post("/api/v1/costs/lives/", body, format="json")
    assert answer.status_code == 201, answer.content
    assert answer.json()["days"] == 365
    listed = api.get("/api/v1/costs/lives/", {"model": str(market.model.pk)}).json()["items"]
    assert [one["reason"] for one in listed] == ["Its contract."]
    born = market.version.created_at.date()
    run = spend.run(born.replace(day=1), market.manager.pk)
    spend.charged(run, spend.of_version(market.version, "train"), "365")
    asked = {"start": str(born), "end": str(born + dt.timedelta(days=1))}
    url = f"/api/v1/costs/models/{market.model.pk}/worth/"
    (item,) = api.get(url, asked).json()["items"]
    assert item["loaded"]["training"] == item["loaded"]["total"] == "1"
    assert item["versions"][0]["life"]["assumed"] is False
    assert api.get(url, {**asked, "end": str(born)}).status_code == 400
    stranger = access.api_client(access.person(Role.MANAGER, team=access.team()))
    assert stranger.get(url, asked).status_code == 404
