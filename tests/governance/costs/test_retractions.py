"""What an added file takes back points at its original, where exactly one line fits."""

import pytest
from django.test import Client
from django.urls import reverse

from governance.access.models import User
from governance.costs import commands as costs
from governance.costs import models
from governance.costs.models.bills import line_name
from governance.kernel.actor import system_actor
from tests.factories import access
from tests.factories import costs as bills

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.embedded]
JOB = {"SubAccountId": "acc-1", "SkuId": "gpu", "ResourceId": "job-7"}
BACK = {**JOB, "BilledCost": "-1.00", "EffectiveCost": "-1.00"}


@pytest.fixture
def source(manager: User) -> models.CostSource:
    return bills.source(manager, delivery="append")


def added(person: User, source: models.CostSource, *rows: dict[str, str]) -> list[models.CostLine]:
    """The lines of a file that was added, in its order."""
    batch = bills.imported(person, source, bills.focus_csv(*rows, ServiceName=f"{len(rows)}"))
    assert batch.state == "accepted", batch.reason
    return list(models.CostLine.objects.filter(part__batch=batch).order_by("pk"))


def test_a_retraction_points_at_the_line_that_it_takes_back(
    manager: User, source: models.CostSource
) -> None:
    original, other = added(manager, source, JOB, {**JOB, "ResourceId": "job-8"})
    back, restated, _ = added(manager, source, BACK, {**JOB, "BilledCost": "0.5"}, {})
    assert (back.corrects, restated.corrects, other.corrects) == (original.pk, None, None)


def test_where_none_or_several_lines_fit_it_points_at_none(
    manager: User, source: models.CostSource
) -> None:
    added(manager, source, JOB, JOB, {**JOB, "ResourceId": "job-8", "ChargeCategory": "Usage"})
    later = {"ChargePeriodStart": "2026-01-06T00:00:00Z", "ChargePeriodEnd": "2026-01-06T01:00:00Z"}
    single = {**BACK, "ResourceId": "job-8"}
    lines = added(
        manager,
        source,
        BACK,  # two lines fit
        {**single, **later},  # another time
        {**single, "SubAccountId": "acc-2"},
        {**single, "SkuId": "cpu"},
        {**single, "ChargeCategory": "Credit"},
        {**single, "BillingCurrency": "EUR"},
        {**BACK, "SkuId": "", "ResourceId": ""},
    )
    assert [line.corrects for line in lines] == [None] * 7


def test_only_lines_of_the_source_that_speak_are_taken_back(
    manager: User, source: models.CostSource
) -> None:
    added(manager, bills.source(manager, delivery="append"), JOB)
    (back,) = added(manager, source, BACK)
    assert back.corrects is None
    replacing = bills.source(manager)
    added(manager, replacing, JOB)
    back, _ = added(manager, replacing, BACK, {**JOB, "BilledCost": "2"})
    assert back.corrects is None


def test_the_lines_page_and_the_api_tell_both_ways(
    manager: User, other: User, source: models.CostSource, client: Client
) -> None:
    costs.ensure_targets(actor=system_actor())
    everything = {"priority": 1, "method": "direct", "targets": [{"target": "organisation"}]}
    (original,) = added(manager, source, JOB)
    back, *_ = added(manager, source, BACK, {})
    bills.in_force(manager, other, everything)
    run = bills.allocated(manager)
    charges = models.AllocatedCharge.objects.filter(run=run)
    access.signed_in(client, manager)
    pages = "".join(
        client.get(reverse("costs:charge-detail", args=[charge.pk])).content.decode()
        for charge in charges
    )
    assert f"takes back {line_name(original.pk)}" in pages
    assert f"taken back by {line_name(back.pk)}" in pages
    api = access.api_client(manager)
    batch = back.part.batch_id
    items = api.get(f"/api/v1/costs/batches/{batch}/lines/").json()["items"]
    assert [item["corrects"] for item in items] == [str(original.pk), None]
    urls = [f"/api/v1/costs/runs/{run.pk}/charges/{one.pk}/lines/" for one in charges]
    told = [item for url in urls for item in api.get(url).json()["items"]]
    assert [one["corrected_by"] for one in told if one["corrected_by"]] == [[line_name(back.pk)]]
