"""What a model cost in full, for each use, and returns: from charges, usage and claims."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.access.kinds import Role
from governance.costs import commands as costs
from governance.costs.kinds import Grade
from governance.costs.models import AllocationRun, UsageMetric
from governance.costs.querysets.worth import model_worth
from governance.costs.rules.lives import ASSUMED_DAYS
from governance.costs.rules.subjects import Subject
from governance.costs.rules.value import Range
from governance.kernel.money import UNIT, to_text
from inventory.catalog.models import ModelVersion, RegisteredModel
from tests.factories import access, spend
from tests.factories import catalog as things
from tests.factories import value as made
from tests.factories.spend import FEBRUARY, JANUARY, charged

pytestmark = pytest.mark.django_db
LIFE = ASSUMED_DAYS


@pytest.fixture
def market():
    """A version born with the year, with money of January in most of its phases."""
    found = made.Market()
    born = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    ModelVersion.objects.filter(pk=found.version.pk).update(created_at=born)
    run = spend.run(JANUARY, found.manager.pk)
    for phase, amount in (("train", LIFE * 2), ("experiment", LIFE), ("validate", 7)):
        charged(run, spend.of_version(found.version, phase), str(amount))
    serve = spend.of_version(found.version)
    charged(run, serve, "100")
    charged(run, serve, "20", rule_phase="shared")
    charged(run, serve, "5", rule_phase="overhead")
    charged(run, spend.of_version(found.version, "monitor"), "3")
    return found


def _used(market, quantity, day=JANUARY):
    UsageMetric.objects.create(
        version=market.version,
        day=day,
        unit="predictions",
        origin="gateway",
        quantity=quantity * UNIT,
        recorded_by_id=market.manager.pk,
    )


def worth(market, user=None):
    reader = access.actor(user or market.manager)
    return model_worth(reader, market.model, JANUARY, FEBRUARY)


@pytest.mark.embedded
def test_a_loaded_cost_spreads_training_over_the_planned_life(market):
    (found,) = worth(market)
    loaded = found.loaded
    assert to_text(loaded.training) == "93"  # 31 days, three a day
    assert to_text(loaded.serving) == "125"
    assert to_text(loaded.validation) == "7"
    assert to_text(loaded.monitoring) == "3"
    assert to_text(loaded.total) == "228"
    assert to_text(found.versions[0].left) == str(3 * LIFE - 93)


@pytest.mark.embedded
def test_what_was_billed_stands_for_an_effect_that_nobody_filled(market):
    (before,) = worth(market)
    run = AllocationRun.objects.get()
    serve, train = spend.of_version(market.version), spend.of_version(market.version, "train")
    charged(run, serve, "11", effective="0", issuer="Bare")
    charged(run, train, str(LIFE), effective="0", issuer="Bare")
    spend.unfilled("Bare", market.manager)
    (found,) = worth(market)
    assert to_text(found.loaded.serving - before.loaded.serving) == "11"
    assert to_text(found.loaded.training - before.loaded.training) == "31"
    page = access.api_client(market.manager).get(
        f"/api/v1/costs/models/{market.model.pk}/worth/?start=2026-01-01&end=2026-02-01"
    )
    assert page.json()["items"][0]["loaded"]["serving"] == to_text(found.loaded.serving)


def test_a_thousand_predictions_cost_direct_and_shared_serving(market):
    _used(market, 60_000)
    (found,) = worth(market)
    assert found.versions[0].unit_cost.units == 2 * UNIT


def test_without_usage_there_is_no_unit_cost(market):
    (found,) = worth(market)
    assert found.versions[0].unit_cost.reason == "no predictions are recorded"


def test_only_attested_benefit_returns_anything(market):
    made.claim(market, benefit="Something else", grade=Grade.C)
    (found,) = worth(market)
    assert found.roi.reason == "no benefit is attested"
    assert found.own.unattested.point == 2000 * UNIT
    made.attested(market, low=114 * UNIT, point=456 * UNIT, high=912 * UNIT)
    (found,) = worth(market)
    roi = found.roi
    assert (roi.low, roi.point, roi.high) == (Decimal("-0.5"), Decimal(1), Decimal(3))
    assert list(found.own.benefit.by_grade) == [Grade.C]


def _on_use_case(market) -> Subject:
    return Subject(use_case_id=market.model.use_case_id)


def test_a_versions_benefit_counts_at_its_model(market):
    made.attested(market, Subject(version_id=market.version.pk), point=2280 * UNIT)
    (found,) = worth(market)
    assert (found.roi.point, found.whole.benefit.by_grade) == (Decimal(9), {})


def test_a_use_cases_benefit_counts_at_its_only_model(market):
    made.attested(market, _on_use_case(market), point=2280 * UNIT)
    made.claim(market, _on_use_case(market), benefit="Something else")
    (found,) = worth(market)
    assert found.roi.point == Decimal(9)
    assert found.own.unattested.point == 2000 * UNIT
    assert (found.whole.benefit.by_grade, found.whole.unattested) == ({}, Range())


def test_a_use_cases_benefit_stands_beside_several_models_and_in_no_return(market):
    things.model(market.model.team, use_case=market.model.use_case)
    made.attested(market, _on_use_case(market), point=2280 * UNIT)
    made.claim(market, _on_use_case(market), benefit="Something else")
    (found,) = worth(market)
    assert found.roi.reason == "no benefit is attested"
    assert found.own.unattested == Range()
    assert found.whole.benefit.by_grade[Grade.C].point == 2280 * UNIT
    assert found.whole.unattested.point == 2000 * UNIT


def test_a_model_retired_before_the_days_of_a_claim_leaves_it_to_the_other(market):
    other = things.model(market.model.team, use_case=market.model.use_case)
    made.attested(market, _on_use_case(market), point=2280 * UNIT)
    RegisteredModel.objects.filter(pk=other.pk).update(retired_at=_at(2026, 1, 2))
    assert worth(market)[0].roi.point is None
    RegisteredModel.objects.filter(pk=other.pk).update(retired_at=_at(2026, 1, 1))
    assert worth(market)[0].roi.point == Decimal(9)


def _at(*day: int) -> dt.datetime:
    return dt.datetime(*day, tzinfo=dt.UTC)


def test_a_guests_readers_see_no_benefit_of_the_other_teams_use_case(market):
    use_case = things.use_case(access.team())
    RegisteredModel.objects.filter(pk=market.model.pk).update(use_case=use_case)
    everywhere = access.person(Role.MANAGER)
    costs.make_claim(
        actor=access.actor(everywhere),
        subject=Subject(use_case_id=use_case.pk),
        fields=made.claim_fields(),
    )
    assert worth(market)[0].own.unattested == Range()
    assert worth(market, everywhere)[0].own.unattested.point == 2000 * UNIT


def test_money_in_another_currency_stands_in_a_reading_of_its_own(market):
    made.attested(market, currency="EUR")
    found = worth(market)
    assert [one.currency for one in found] == ["EUR", "USD"]
    assert found[0].roi.reason == "no cost is recorded"


def test_who_may_not_see_the_money_sees_none(market):
    stranger = access.person(Role.MANAGER, team=access.team())
    assert worth(market, stranger) == []


def test_more_versions_take_no_more_queries(market):
    def count():
        with CaptureQueriesContext(
            connection,
        ) as told:
            worth(market)
        return len(told)

    before = count()
    first = market.version
    ModelVersion.objects.create(
        model=first.model,
        number=2,
        artifact=first.artifact,
        change_type="retrain",
        signature=first.signature,
        created_by_id=first.created_by_id,
    )
    assert count() == before
