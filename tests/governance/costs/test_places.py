"""Money stays with the team and project of its day; a switch shows it as organised today."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from governance.access.kinds import Role
from governance.costs import commands as costs
from governance.costs.models import AllocationRun, Target, TargetPlace
from governance.costs.querysets.drill import charges
from governance.costs.querysets.summary import Question, summary
from governance.kernel.actor import system_actor
from governance.kernel.money import to_text
from inventory.catalog.models import RegisteredModel
from tests.factories import access, spend
from tests.factories import catalog as things

pytestmark = [pytest.mark.django_db, pytest.mark.embedded]
JANUARY = spend.JANUARY


class Moved:
    """A model that was charged 10 in January and 4 in this month, and changed its project today."""

    def __init__(self) -> None:
        self.manager = access.person(Role.MANAGER)
        self.actor = access.actor(self.manager)
        self.this_month = timezone.now().date().replace(day=1)
        model = things.model(access.team())
        self.version = things.version(model)
        self.old, self.new = things.use_case(model.team), things.use_case(model.team)
        RegisteredModel.objects.filter(pk=model.pk).update(use_case=self.old)
        self.version.model.refresh_from_db()
        costs.ensure_targets(actor=system_actor())
        self.target = Target.objects.get(version=self.version, phase="serve")
        for month, amount in ((JANUARY, "10"), (self.this_month, "4")):
            spend.charge(spend.run(month, self.manager.pk), self.target, amount, self.manager.pk)
            spend.charged(self.target_run(month), self.target, amount)
        RegisteredModel.objects.filter(pk=model.pk).update(use_case=self.new)
        costs.ensure_targets(actor=system_actor(), subject_id=model.pk)

    def target_run(self, month: dt.date) -> Any:
        return AllocationRun.objects.get(month=month)

    def asked(self, **more: Any) -> Question:
        months = (JANUARY, self.this_month)
        return Question(months, ("project",), **more)

    def by_project(self, **more: Any) -> dict[Any, str]:
        found = summary(self.actor, self.asked(**more))
        return {line.keys[0]: to_text(line.total) for line in found.lines}


@pytest.fixture
def moved() -> Moved:
    return Moved()


def test_earlier_months_stay_where_the_target_stood(moved: Moved) -> None:
    assert moved.by_project() == {moved.old.pk: "10", moved.new.pk: "4"}
    assert moved.by_project(as_organised_today=True) == {moved.new.pk: "14"}


def test_filters_and_charges_follow(moved: Moved) -> None:
    old = {"project": str(moved.old.pk)}
    assert moved.by_project(filters=old) == {moved.old.pk: "10"}
    assert moved.by_project(filters=old, as_organised_today=True) == {}
    then = charges(moved.actor, moved.asked(filters=old))
    assert [row.run.month for row in then] == [JANUARY]
    assert not charges(moved.actor, moved.asked(filters=old, as_organised_today=True)).exists()


def test_what_did_not_move_and_moving_twice_on_a_day_write_no_second_place(moved: Moved) -> None:
    before = TargetPlace.objects.count()
    assert before == Target.objects.filter(model=moved.version.model).count()
    costs.ensure_targets(actor=system_actor(), subject_id=moved.version.model_id)
    other = things.use_case(moved.version.model.team)
    RegisteredModel.objects.filter(pk=moved.version.model_id).update(use_case=other)
    costs.ensure_targets(actor=system_actor(), subject_id=moved.version.model_id)
    assert TargetPlace.objects.count() == before
    assert moved.by_project() == {moved.old.pk: "10", other.pk: "4"}


def test_page_and_api_have_the_switch(moved: Moved, client: Client) -> None:
    api = access.api_client(moved.manager)
    url = f"/api/v1/costs/summary/?group_by=project&period=2026-01&until={moved.this_month:%Y-%m}"
    totals = [
        [item["total"] for item in api.get(url + more).json()["items"]]
        for more in ("", "&organised=today")
    ]
    assert totals == [["10", "4"], ["14"]]
    access.signed_in(client, moved.manager)
    page = f"/costs/explorer/?group=project&start=2026-01&end={moved.this_month:%Y-%m}"
    assert "As organised today" in client.get(page).content.decode()
    assert ">14.00<" in client.get(f"{page}&organised=today").content.decode().replace(" ", "")
