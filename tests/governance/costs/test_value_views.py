"""Pages of experiments, claims and hints: what people see, type, sign and download."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from governance.access.kinds import Role
from governance.costs import commands as costs
from governance.costs.kinds import ClaimState, Grade, HintKind, HintState
from governance.costs.models import BenefitClaim, CostHint, Experiment
from governance.costs.rules.hints import Hint
from governance.costs.rules.subjects import Subject
from governance.kernel.actor import system_actor
from governance.kernel.money import UNIT
from tests.factories import access, spend
from tests.factories import value as made

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 3, 1)


@pytest.fixture
def market():
    return made.Market()


@pytest.fixture
def manager(client, market):
    return access.signed_in(client, market.manager)


def page(client, name: str, *args, **query) -> str:
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200
    return (
        b"".join(response.streaming_content) if response.streaming else response.content
    ).decode()


def _plan(market, **changes) -> dict[str, str]:
    return {
        "model": str(market.model.pk),
        "version": "1",
        "name": "Holdout of spring",
        "hypothesis": "More pay back in time.",
        "started_on": timezone.localdate().isoformat(),
        "measure": "Paid back in time",
        "kind": "shares",
        "unit": "customers",
        "planned_n": "4000",
        "baseline": "0.1",
        "control": "held out",
        "treatment": "scored",
        "control_share": "50",
        "looks": "1",
        "alpha": "0.05",
    } | changes


@pytest.mark.embedded
def test_an_experiment_is_planned_observed_and_concluded_in_pages(manager, market):
    answer = manager.post(reverse("costs:experiment-register"), _plan(market))
    row = Experiment.objects.get()
    assert answer.url == reverse("costs:experiment-detail", args=[row.pk])
    assert row.version_id == market.version.pk
    assert "Paid back in time, as a" in page(manager, "costs:experiment-detail", row.pk)
    manager.post(reverse("costs:experiment-look", args=[row.pk]), {"note": "The weekly meeting."})
    arms = {"n-0": "2000", "successes-0": "200", "n-1": "1500", "successes-1": "230"}
    manager.post(reverse("costs:experiment-observe", args=[row.pk]), arms)
    ended = {"ended_on": timezone.localdate().isoformat()}
    manager.post(reverse("costs:experiment-conclude", args=[row.pk]), ended)
    text = page(manager, "costs:experiment-detail", row.pk)
    assert "The assignment is broken" in text
    assert "Somebody peeked" in text
    assert "not to be trusted" in text.lower()
    assert "Holdout of spring" in page(manager, "costs:experiment-list", state="concluded")
    assert "EXP-" in page(manager, "costs:experiment-list", format="csv")


def test_a_plan_that_is_refused_keeps_what_was_typed(manager, market):
    yesterday = (timezone.localdate() - dt.timedelta(days=1)).isoformat()
    plan = _plan(market, started_on=yesterday)
    answer = manager.post(reverse("costs:experiment-register"), plan)
    assert answer.status_code == 422
    assert "registered before it starts" in answer.content.decode()
    assert "More pay back in time." in answer.content.decode()
    plan = _plan(market, version="7")
    assert manager.post(reverse("costs:experiment-register"), plan).status_code == 422


def test_observations_that_cannot_be_are_told_in_the_page(manager, market):
    row = made.experiment(market)
    arms = {"n-0": "10", "successes-0": "11", "n-1": "10", "successes-1": "2"}
    answer = manager.post(reverse("costs:experiment-observe", args=[row.pk]), arms)
    assert answer.status_code == 422
    assert "at most as many successes as units" in answer.content.decode()


def _claim(market, **changes) -> dict[str, str]:
    return {
        "model": str(market.model.pk),
        "benefit": "Less fraud",
        "start": "2026-01-01",
        "end": "2026-02-01",
        "currency": "USD",
        "low": "1000",
        "point": "2000.25",
        "high": "3000",
        "share": "1",
        "grade": "c",
        "method": "Cases found, times what a case costs.",
    } | changes


def test_a_claim_is_made_and_attested_in_pages(client, market):
    access.signed_in(client, market.manager)
    client.post(reverse("costs:claim-edit"), _claim(market))
    row = BenefitClaim.objects.get()
    assert row.point == 2000 * UNIT + UNIT // 4
    assert "Not attested" in page(client, "costs:claim-detail", row.pk)
    access.signed_in(client, market.finance)
    assert 'id="decide"' in page(client, "costs:claim-detail", row.pk)
    decide = reverse("costs:claim-decide", args=[row.pk])
    signed = {"choice": "attest", "answer": "Held to the ledger.", "password": "wrong"}
    refused = client.post(decide, signed)
    assert refused.status_code == 422
    assert "This is not your password" in refused.content.decode()
    assert client.post(decide, signed | {"password": access.PASSWORD}).status_code == 302
    row.refresh_from_db()
    assert row.state == ClaimState.ATTESTED
    assert "2,000.25" in page(client, "costs:claim-list", state="attested")
    assert "2000.25" in page(client, "costs:claim-list", format="csv")


def test_a_version_and_a_whole_use_case_are_claimed_for_in_pages(manager, market):
    edit = reverse("costs:claim-edit")
    version, use_case = market.version, market.model.use_case
    both = _claim(market, version=str(version.pk))
    refused = manager.post(edit, both)
    assert refused.status_code == 422
    assert "one of the three" in refused.content.decode()
    on = {"model": "", "benefit": "Of one version", "version": str(version.pk)}
    assert manager.post(edit, _claim(market, **on)).status_code == 302
    on = {"model": "", "benefit": "Of the whole", "use_case": str(use_case.pk)}
    assert manager.post(edit, _claim(market, **on)).status_code == 302
    whole, one = BenefitClaim.objects.order_by("-number")
    assert (one.version_id, whole.use_case_id) == (version.pk, use_case.pk)
    for row, at in (
        (one, reverse("catalog:version-detail", args=[version.pk])),
        (whole, reverse("catalog:use_case-detail", args=[use_case.pk])),
    ):
        link = f'<a href="{at}">{row.about}</a>'
        assert link in page(manager, "costs:claim-list")
        assert link in page(manager, "costs:claim-detail", row.pk)
    listed = page(manager, "costs:claim-list", format="csv")
    team = market.model.team.name
    assert f"Of one version,,{market.model.name},1,{team}," in listed
    assert f"Of the whole,{use_case.name},,,{team}," in listed
    assert "Of one version" not in page(manager, "costs:claim-list", use_case=use_case.pk)


def test_a_claim_is_rejected_and_withdrawn_in_pages(client, market):
    row, other = made.claim(market), made.claim(market, benefit="Other")
    access.signed_in(client, market.finance)
    said = {"choice": "reject", "answer": "Counted twice."}
    assert client.post(reverse("costs:claim-decide", args=[row.pk]), said).status_code == 302
    access.signed_in(client, market.manager)
    withdraw = reverse("costs:claim-withdraw", args=[other.pk])
    assert client.post(withdraw, {"reason": ""}).status_code == 422
    assert client.post(withdraw, {"reason": "A mistake."}).status_code == 302
    assert set(BenefitClaim.objects.values_list("state", flat=True)) == {"rejected", "withdrawn"}


def test_whoever_claims_is_not_offered_to_decide(client, market):
    both = access.person(Role.MANAGER, Role.FINANCE_ATTESTER, team=market.model.team)
    row = costs.make_claim(
        actor=access.actor(both),
        subject=Subject(model_id=market.model.pk),
        fields=made.claim_fields(),
    )
    access.signed_in(client, both)
    text = page(client, "costs:claim-detail", row.pk)
    assert "Somebody else decides" in text
    assert 'id="decide"' not in text


@pytest.mark.parametrize(
    ("field", "value"), [("point", "1e999"), ("low", "a lot"), ("grade", "a"), ("share", "2")]
)
def test_a_claim_that_is_none_is_told_in_the_form(manager, market, field, value):
    answer = manager.post(reverse("costs:claim-edit"), _claim(market, **{field: value}))
    assert answer.status_code == 422
    assert not BenefitClaim.objects.exists()


def test_a_claim_on_an_experiment_begins_there(manager, market):
    trial = made.concluded(market)
    query = {"model": market.model.pk, "experiment": trial.pk}
    assert f'value="{trial.pk}" selected' in page(manager, "costs:claim-edit", **query)
    made.claim(market, grade=Grade.A, experiment_id=trial.pk)


def test_what_a_trial_of_one_version_showed_is_claimed_for_that_version(manager, market):
    trial = made.concluded(market, version_id=market.version.pk)
    shown = page(manager, "costs:experiment-detail", trial.pk)
    assert f"?version={market.version.pk}&amp;experiment={trial.pk}" in shown
    asked = {"version": market.version.pk, "experiment": trial.pk}
    assert f'value="{market.version.pk}" selected' in page(manager, "costs:claim-edit", **asked)


@pytest.fixture
def told(market):
    """One hint of each page: a saving, stuck work and an exception."""
    target = spend.of_version(market.version)
    kinds = (HintKind.IDLE_ENDPOINT, HintKind.STUCK, HintKind.UNAPPROVED_CALLS)
    found = [
        Hint(
            kind,
            target.key,
            f"About {kind.label}",
            ("A sign",),
            {"USD": 50 * UNIT},
            "high",
            target.key,
        )
        for kind in kinds
    ]
    costs.record_hints(actor=system_actor(), hints=found, seen_on=TODAY)
    return {row.kind: row for row in CostHint.objects.all()}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("costs:saving-list", HintKind.IDLE_ENDPOINT),
        ("costs:stuck-list", HintKind.STUCK),
        ("costs:exception-list", HintKind.UNAPPROVED_CALLS),
    ],
)
def test_each_page_shows_its_own_hints_with_money_and_why(manager, told, name, kind):
    text = page(manager, name)
    assert f"About {kind.label}" in text
    assert sum(f"About {other.label}" in text for other in HintKind) == 1
    assert "50.00" in text
    listed = page(manager, name, format="csv")
    assert "A sign" in listed
    assert ",50,USD," in listed
    assert "About" not in page(manager, name, state="closed")


def test_stuck_work_names_no_person(manager, market, told):
    owner = market.model.owner.name
    row = told[HintKind.STUCK]
    for text in (
        page(manager, "costs:stuck-list"),
        page(manager, "costs:stuck-list", format="csv"),
        page(manager, "costs:hint-detail", row.pk),
    ):
        assert owner not in text
    assert owner in page(manager, "costs:saving-list")


def test_a_hint_is_answered_in_its_page(manager, told):
    row = told[HintKind.IDLE_ENDPOINT]
    answer = reverse("costs:hint-answer", args=[row.pk])
    assert manager.post(answer, {"answer": "snoozed", "reason": "Later."}).status_code == 422
    until = (timezone.localdate() + dt.timedelta(days=9)).isoformat()
    said = {"answer": "snoozed", "reason": "Later.", "until": until}
    assert manager.post(answer, said).status_code == 302
    row.refresh_from_db()
    assert row.state == HintState.SNOOZED
    assert "About Idle endpoint" not in page(manager, "costs:saving-list")
    assert "Later." in page(manager, "costs:hint-detail", row.pk)


def test_another_teams_pages_are_not_there(client, market, told):
    claim, trial = made.claim(market), made.experiment(market)
    access.signed_in(client, access.person(Role.MANAGER, team=access.team()))
    for name, row in (
        ("costs:claim-detail", claim),
        ("costs:experiment-detail", trial),
        ("costs:hint-detail", told[HintKind.STUCK]),
    ):
        assert client.get(reverse(name, args=[row.pk])).status_code == 404


@pytest.mark.parametrize(
    "name",
    [
        "costs:claim-list",
        "costs:experiment-list",
        "costs:saving-list",
        "costs:stuck-list",
        "costs:exception-list",
    ],
)
def test_an_empty_page_says_what_to_do(manager, name):
    assert "a-empty" in page(manager, name)
