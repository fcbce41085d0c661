"""A month that two issuers share, dates that ask, and what was bought in advance, in a browser."""

from collections.abc import Callable

import pytest

from governance.access.kinds import Role
from governance.access.models import User
from governance.costs import commands as costs
from governance.costs.importing import import_batch
from governance.kernel.actor import system_actor
from tests.factories import access
from tests.factories import costs as bills
from tests.governance.costs.test_commitments import stated
from tests.governance.costs.test_date_order import slashed
from tests.governance.costs.test_shared_months import TO_A, Month
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("shared-month")]


@pytest.fixture
def people(transactional_db: None) -> tuple[User, User]:
    purse = access.person(Role.MANAGER, name="Mira Anders")
    return purse, access.person(Role.FINANCE_ATTESTER, name="Finn Ostrow")


def test_one_issuer_stays_closed_while_the_other_goes_on(
    people: tuple[User, User], visitor: Callable[..., Visitor]
) -> None:
    costs.ensure_targets(actor=system_actor())
    for slug in ("a", "b", "c"):
        costs.create_pool(actor=access.actor(people[0]), slug=slug, name=slug.upper())
    month = Month(*people)
    bills.in_force(*people, TO_A)
    run = month.published()
    manager = visitor(looking=True)
    manager.sign_in(people[0].email)
    manager.open(f"/costs/runs/{run.pk}/")
    manager.reads("Kept as closed")
    manager.look()
    manager.open(f"/costs/runs/{run.pk}/diff/")
    manager.reads("What it would move of closed money")
    manager.look()
    manager.open(f"/costs/periods/{month.period('North').pk}/")
    manager.press(f"Book {run.public_id} as an adjustment")
    manager.reads("Booked as")
    manager.look()
    manager.open("/costs/explorer/?organised=today")
    manager.reads("Unallocated in these months")
    manager.look()


def test_dates_ask_and_commitments_stand(
    people: tuple[User, User], visitor: Callable[..., Visitor]
) -> None:
    source = bills.source(people[0], name="Cloud")
    row = "plan-1,c-9,2026-01-01,2027-01-01,USD,1200.5,Cloud,Active"
    assert bills.imported(people[0], source, stated(row)).state == "accepted"
    batch = bills.imported(people[0], source, slashed("5/1/26", "31/1/26"))
    manager = visitor(looking=True)
    manager.sign_in(people[0].email)
    manager.open("/costs/commitments/")
    manager.reads("open until 2026-12-31")
    manager.look()
    manager.open(f"/costs/batches/{batch.pk}/")
    manager.reads("proves that the day comes first")
    manager.look()
    manager.press("Day first: 31/01/2026")
    manager.reads("is read again, its dates in that order")
    assert import_batch(batch.pk).state == "accepted"
