"""What ended, what approvals cost, what is stuck, how long a version lives: in a real browser."""

from collections.abc import Callable

import pytest
from django.utils import timezone

from governance.access.kinds import Role
from governance.approvals.kinds import Choice
from governance.costs import commands as costs
from governance.costs.kinds import HintKind
from governance.costs.models import CoachingNote, WorkEnding
from governance.costs.rules.hints import Hint
from governance.flows import commands as flows
from governance.kernel.actor import system_actor
from governance.kernel.money import UNIT
from tests.factories import access, catalog, spend, value
from tests.factories import approvals as cases
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("costs")]
SIGNS = (
    "No better result since 2026-08-02, in 6 runs and 41 days, while building cost 410.00 USD",
    "12 runs and not one note since 2026-07-01: neither a change note nor a lesson",
)

Come = Callable[..., Visitor]


@pytest.fixture
def market(transactional_db: None) -> value.Market:
    """A version that was checked, paid for and rejected, another that is stuck."""
    bench = cases.bench()
    found = value.Market(bench.version)
    cases.decided(bench, Choice.AGAINST)
    flows.advance()
    today = timezone.localdate()
    run = spend.run(today.replace(day=1), found.manager.pk)
    for phase, amount in (("experiment", "140.5"), ("train", "1460"), ("validate", "80")):
        spend.charged(run, spend.of_version(found.version, phase), amount, day=today)
    by_hand = {"service": "Labour", "service_category": "Entered by hand", "day": today}
    second = catalog.version(found.model, artifact_id=found.version.artifact_id)
    spend.charged(run, spend.of_version(second), "55", day=today)
    spend.charged(run, spend.of_version(second), "720", **by_hand)
    key = spend.target(found.model.public_id, "model", found.model.team, model=found.model).key
    hint = Hint(HintKind.STUCK, key, f"{found.model} is stuck", SIGNS, {"USD": 410 * UNIT}, "", key)
    costs.record_hints(actor=system_actor(), hints=[hint], seen_on=today)
    return found


def test_a_manager_learns_from_what_ended_and_helps_what_is_stuck(market, visitor: Come) -> None:
    purse = access.person(Role.MANAGER, name="Mira Anders")
    costs.record_compute_rate(
        actor=access.actor(purse),
        start=timezone.localdate().replace(day=1),
        currency="USD",
        amount=UNIT * 4,
        origin="The machine's price",
    )
    manager = visitor(looking=True)
    manager.sign_in(purse.email)
    manager.open("/costs/failed/")
    manager.look()
    manager.follow(str(market.version))
    manager.look()
    manager.fill(learnt="It favoured those who ask at night; hold hours out of the features.")
    manager.press("Write it down")
    manager.reads("hold hours out of the features")
    manager.open("/costs/failed/stop/")
    manager.look()
    manager.fill(use_case={"label": str(market.model.use_case)}, reason="Another team does it.")
    manager.press("Stop it")
    manager.reads("Another team does it.")
    manager.look()
    manager.fill(reason="They gave it back.")
    manager.press("Take it up again")
    manager.reads("Taken up again")
    for path in ("/cases/costs/", "/costs/rates/", "/costs/rates/compute/new/", "/costs/"):
        manager.open(path)
        manager.look()
    manager.open("/costs/stuck/")
    manager.look()
    manager.follow("Write a coaching note")
    manager.look()
    manager.fill(text="Ask the people of fraud for their labels.")
    manager.press("Keep it")
    manager.reads("Read the coaching note")
    manager.look()
    assert CoachingNote.objects.count() == 1
    assert WorkEnding.objects.exclude(learnt="").count() == 1


def test_an_owner_states_a_planned_life_and_retires_the_model(market, visitor: Come) -> None:
    person = access.person(Role.MODEL_OWNER, team=market.model.team, name="Dana Brandt")
    owner = visitor(looking=True)
    owner.sign_in(person.email)
    owner.open(f"/costs/models/{market.model.pk}/")
    owner.look()
    owner.follow("730 days")
    owner.look()
    owner.fill(days="365", reason="The contract for its data ends then.")
    owner.press("State it")
    owner.reads("365 days")
    owner.open(f"/models/{market.model.pk}/retire/")
    owner.look()
    owner.fill(reason="Nobody asks it any more.")
    owner.press("Retire it")
    owner.open(f"/models/{market.model.pk}/")
    owner.look()
