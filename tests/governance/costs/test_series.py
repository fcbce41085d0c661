"""A target's money by day: everything below it, trimmed by what may still be restated."""

import datetime as dt

import pytest
from django.utils import timezone

from governance.access.kinds import Role
from governance.costs import commands as costs
from governance.costs.models import AllocationRun, BatchPart, ChargeDay, Target
from governance.costs.querysets import series
from governance.costs.querysets.settlement import settled
from governance.costs.querysets.trees import read_trees
from governance.kernel.actor import system_actor
from governance.kernel.money import UNIT
from tests.factories import access, catalog, plans, spend
from tests.factories import costs as bills

pytestmark = pytest.mark.django_db


@pytest.fixture
def version():
    made = catalog.version()
    costs.ensure_targets(actor=system_actor())
    return made


@pytest.fixture
def person():
    return access.person(Role.MANAGER).pk


def at(key: str) -> Target:
    return Target.objects.get(key=key)


def of_model(version, phase="serve") -> Target:
    return at(f"{version.model.public_id}/v{version.number}/{phase}")


def test_each_level_sums_all_below_it(version, person):
    model = version.model
    plans.charge_days(of_model(version), [10] * 20, person)
    plans.charge_days(of_model(version, "train"), [5] * 20, person)
    plans.charge_days(at("unallocated/no_rule"), [1] * 20, person)
    levels = {
        of_model(version).key: 10,
        model.public_id: 15,
        model.use_case.public_id: 15,
        f"team/{model.team.slug}": 15,
        "organisation": 16,
    }
    for key, dollars in levels.items():
        found = series.daily(at(key))["USD"]
        assert set(found.amounts) == {dollars * UNIT}, key
    tree = read_trees(plans.FIRST)[0]
    assert {key: tree.series[key].amounts[0] // UNIT for key in levels} == levels


def test_parents_lead_from_phase_to_model_to_project_to_team_to_all(version, person):
    plans.charge_days(of_model(version), [10] * 20, person)
    parents = read_trees(plans.FIRST)[0].parents
    chain, key = [], of_model(version).key
    while key in parents:
        key = parents[key]
        chain.append(key)
    model = version.model
    team = f"team/{model.team.slug}"
    assert chain == [model.public_id, model.use_case.public_id, team, "organisation"]


def test_another_teams_model_on_a_project_is_not_told_to_the_projects_team(version, person):
    case, guest = version.model.use_case, catalog.version()
    costs.ensure_targets(actor=system_actor())
    Target.objects.filter(model=guest.model).update(use_case=case)
    plans.charge_days(of_model(version), [10] * 20, person)
    plans.charge_days(of_model(guest), [777] * 20, person)
    project = at(case.public_id)
    assert set(series.daily(project)["USD"].amounts) == {10 * UNIT}
    spent = series.charged([series.Asked(project, "USD", plans.FIRST, dt.date(2025, 11, 1))])
    assert {billed for _, _, billed, _ in spent[0]} == {10 * UNIT}
    tree = read_trees(plans.FIRST)[0]
    assert tree.series[project.key].amounts[0] == 10 * UNIT
    assert tree.parents[guest.model.public_id] == f"team/{guest.model.team.slug}"


def test_days_inside_the_usual_lag_are_trimmed_and_gaps_are_zero(version, person):
    plans.charge_days(of_model(version), [10, 0, 10, *[10] * 7], person)
    ChargeDay.objects.filter(day=plans.FIRST + dt.timedelta(days=1)).delete()
    found = series.daily(of_model(version))["USD"]
    assert len(found.amounts) == 7
    assert found.amounts[1] == 0
    assert found.last == plans.FIRST + dt.timedelta(days=6)


def test_a_source_says_how_long_its_days_may_move(version, person):
    bills.scattered(catalog.version(), person)
    part = BatchPart.objects.select_related("batch__source", "period").get()
    part.batch.source.settlement_days, part.batch.source.floor = 5, 7 * UNIT
    part.batch.source.save()
    part.accepted_at = dt.datetime(2026, 1, 20, 8, tzinfo=dt.UTC)
    part.save()
    run = AllocationRun.objects.get()
    AllocationRun.objects.filter(pk=run.pk).update(state="published", requested_at=timezone.now())
    spend.charged(run, of_model(version), "3", day=dt.date(2026, 1, 19), issuer=part.period.issuer)
    found = settled()[part.period.issuer]
    assert found.through == dt.date(2026, 1, 15)
    assert found.floor == 7 * UNIT


def test_an_issuer_that_ended_does_not_hold_the_others_up(version, person):
    plans.charge_days(of_model(version), [10] * 120, person)
    early = AllocationRun.objects.order_by("month").first()
    spend.charged(early, of_model(version), "4", day=plans.FIRST, issuer="Closed cloud")
    found = series.daily(of_model(version))["USD"]
    assert found.last == plans.FIRST + dt.timedelta(days=119 - 3)


def test_superseded_runs_and_other_currencies_stay_out(version, person):
    plans.charge_days(of_model(version), [10] * 10, person)
    run = AllocationRun.objects.get()
    spend.charged(run, of_model(version), "9", currency="EUR", day=plans.FIRST)
    old = spend.run(run.month, person, state="superseded")
    spend.charged(old, of_model(version), "1000", day=plans.FIRST)
    assert series.daily(of_model(version))["USD"].amounts[0] == 10 * UNIT


def test_billed_is_read_when_asked_and_the_two_are_never_mixed(version, person):
    plans.charge_days(of_model(version), [0] * 40, person)
    october = AllocationRun.objects.earliest("month")
    spend.charged(october, of_model(version), "62", effective="20", day=plans.FIRST)
    assert set(series.daily(of_model(version), "billed")["USD"].amounts) == {2 * UNIT}
    assert series.daily(of_model(version))["USD"].amounts[0] == 20 * UNIT


def test_a_bill_counts_in_its_month_whatever_days_its_charges_are_for(version, person):
    plans.charge_days(of_model(version), [0] * 70, person)
    october, november, december = AllocationRun.objects.order_by("month")
    late, early = dt.date(2025, 10, 3), dt.date(2025, 12, 5)
    spend.charged(october, of_model(version), "31", effective="1", day=early)
    spend.charged(november, of_model(version), "-15", effective="2", day=late)
    spend.charged(december, of_model(version), "999", effective="3", day=late)
    found = series.daily(of_model(version), "billed")["USD"]
    assert (found.start, found.last) == (dt.date(2025, 10, 1), dt.date(2025, 11, 30))
    assert found.between(dt.date(2025, 10, 1), dt.date(2025, 11, 1)) == 31 * UNIT
    assert found.between(dt.date(2025, 11, 1), dt.date(2025, 12, 1)) == -15 * UNIT
    span = ("USD", dt.date(2025, 11, 1), dt.date(2025, 12, 1), "billed")
    (rows,) = series.charged([series.Asked(of_model(version), *span)])
    assert [(day, billed) for _, day, billed, _ in rows] == [(november.month, -15 * UNIT)]
