"""Dates with slashes: an order is proposed where the file proves one, otherwise asked for."""

import pytest
from django.test import Client
from django.urls import reverse

from governance.access.models import User
from governance.costs import commands as costs
from governance.costs import models
from governance.costs.importing import import_batch
from governance.costs.kinds import BatchState
from governance.kernel.errors import Conflict, NotPermitted, RuleBroken
from governance.ledger.models import Entry
from tests.factories import access
from tests.factories import costs as bills

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.embedded]


def slashed(*starts: str) -> bytes:
    rows = [{"ChargePeriodStart": start, "ChargePeriodEnd": start} for start in starts]
    return bills.focus_csv(*rows)


def asks(person: User, *starts: str) -> models.ImportBatch:
    batch = bills.imported(person, bills.source(person), slashed(*starts))
    assert (batch.state, batch.facts["code"]) == (BatchState.HELD, "date-order-needed")
    return batch


@pytest.mark.parametrize(
    ("starts", "proposed", "proof"),
    [
        (("5/1/26", "31/1/2026 10:00"), "dmy", "31/1/2026 10:00"),
        (("5/1/26", "1/31/26"), "mdy", "1/31/26"),
        (("5/1/26", "6/1/26"), "", ""),
        (("31/1/26", "1/31/26"), "", ""),
    ],
)
def test_the_file_proves_an_order_or_a_person_is_asked(
    manager: User, starts: tuple[str, ...], proposed: str, proof: str
) -> None:
    batch = asks(manager, *starts)
    assert batch.facts["date_order"] == {"proposed": proposed, "proof": proof}
    assert (proof or "nothing in the file proves") in batch.reason


def test_the_page_proposes_and_the_answer_holds_for_the_source(
    manager: User, client: Client
) -> None:
    batch = asks(manager, "5/1/26", "31/1/26")
    access.signed_in(client, manager)
    page = client.get(reverse("costs:batch-detail", args=[batch.pk])).content.decode()
    assert page.index("Day first") < page.index("Month first")
    sent = client.post(reverse("costs:batch-dates", args=[batch.pk]), {"order": "dmy"})
    assert sent.status_code == 302
    done = import_batch(batch.pk)
    assert done is not None
    assert (done.state, done.rows_accepted, "code" in done.facts) == ("accepted", 2, False)
    days = {line.charge_start.date().isoformat() for line in models.CostLine.objects.all()}
    assert days == {"2026-01-05", "2026-01-31"}
    batch.source.refresh_from_db()
    assert batch.source.date_order == "dmy"
    later = bills.imported(manager, batch.source, slashed("6/1/26", "7/1/26"))
    assert later.state == BatchState.ACCEPTED


def test_the_api_answers_that_an_order_is_needed_and_takes_it(manager: User) -> None:
    batch = asks(manager, "5/1/26")
    api = access.api_client(manager)
    url = f"/api/v1/costs/batches/{batch.pk}/"
    assert api.get(url).json()["facts"]["code"] == "date-order-needed"
    assert api.post(f"{url}dates/", {"order": "ymd"}, format="json").status_code == 400
    assert api.post(f"{url}dates/", {"order": "mdy"}, format="json").status_code == 201
    import_batch(batch.pk)
    assert models.CostLine.objects.get().charge_start.date().isoformat() == "2026-05-01"


def test_who_may_not_or_what_does_not_ask_changes_nothing(manager: User) -> None:
    batch, other = (
        asks(manager, "5/1/26"),
        bills.imported(manager, bills.source(manager), bills.focus_csv({})),
    )
    actor, auditor = access.actor(manager), access.actor(access.person("auditor"))
    before = Entry.objects.count()
    with pytest.raises(RuleBroken):
        costs.order_dates(actor=actor, batch_id=batch.pk, order="ymd")
    with pytest.raises(Conflict):
        costs.order_dates(actor=actor, batch_id=other.pk, order="dmy")
    with pytest.raises(NotPermitted):
        costs.order_dates(actor=auditor, batch_id=batch.pk, order="dmy")
    models.CostSource.objects.filter(pk=batch.source_id).update(date_order="mdy")
    with pytest.raises(Conflict, match="writes dates otherwise"):
        costs.order_dates(actor=actor, batch_id=batch.pk, order="dmy")
    assert Entry.objects.count() == before


def test_taken_in_spite_of_it_such_rows_are_left_out(manager: User, other: User) -> None:
    source = bills.source(manager)
    mixed = bills.focus_csv({}, {"ChargePeriodStart": "5/1/26", "ChargePeriodEnd": "5/1/26"})
    batch = bills.imported(manager, source, mixed)
    assert batch.state == BatchState.HELD
    costs.accept_batch(
        actor=access.actor(other), proof=access.proof(other), batch_id=batch.pk, reason="One row."
    )
    done = import_batch(batch.pk)
    assert done is not None
    assert (done.state, done.rows_accepted, done.rows_rejected) == ("accepted", 1, 1)
