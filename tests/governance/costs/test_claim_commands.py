"""Claims of benefit: held to their evidence, shared out once, counted only when finance signs."""

import datetime as dt
import functools
import threading
from decimal import Decimal

import pytest
from django.db import IntegrityError, close_old_connections, connection, transaction

from governance.access.kinds import Role
from governance.costs import commands as costs
from governance.costs.kinds import ClaimState, Grade, Kind
from governance.costs.models import BenefitClaim
from governance.costs.rules.subjects import Subject
from governance.kernel.actor import Strength
from governance.kernel.errors import Conflict, DomainError, Missing, NotPermitted, RuleBroken
from governance.kernel.money import UNIT
from governance.ledger import reading
from governance.ledger.proofs import head_position
from inventory.catalog.models import UseCase
from tests.factories import access, catalog
from tests.factories import value as made

pytestmark = pytest.mark.django_db


@pytest.fixture
def market():
    return made.Market()


def _stand():
    return head_position(), list(BenefitClaim.objects.order_by("pk").values())


def refused(error: type[DomainError], act) -> DomainError:
    before = _stand()
    with pytest.raises(error) as told:
        act()
    assert _stand() == before
    return told.value


def _attest(user, row, **changes):
    fields = {"answer": "Checked.", "proof": made.proof(user)} | changes
    return costs.attest_claim(actor=access.actor(user), claim_id=row.pk, **fields)


@pytest.mark.embedded
def test_a_claim_is_made_and_attested_by_finance(market):
    row = made.claim(market)
    assert row.state == ClaimState.UNATTESTED
    done = _attest(market.finance, row)
    assert (done.state, done.decided_by_id) == (ClaimState.ATTESTED, market.finance.pk)
    events = {event.kind: event for event in reading.history([row.pk])}
    assert events[Kind.CLAIM_MADE].body["point"] == "2000"
    assert events[Kind.CLAIM_ATTESTED].body["strength"] == Strength.PASSWORD


def on_version(market) -> Subject:
    return Subject(version_id=market.version.pk)


def on_use_case(market) -> Subject:
    return Subject(use_case_id=market.model.use_case_id)


def test_a_claim_on_a_version_stands_at_its_model(market):
    row = made.claim(market, on_version(market))
    at = (row.version_id, row.model_id, row.use_case_id, row.team_id)
    assert at == (market.version.pk, market.model.pk, None, market.model.team_id)
    (event,) = reading.history([row.pk])
    keys = [event.body[name] for name in ("version", "model", "use_case")]
    assert keys == [str(market.version.pk), str(market.model.pk), None]


def test_a_claim_on_a_use_case_stands_at_no_model(market):
    row = made.claim(market, on_use_case(market))
    use_case = market.model.use_case
    at = (row.version_id, row.model_id, row.use_case_id, row.team_id)
    assert at == (None, None, use_case.pk, use_case.team_id)
    (event,) = reading.history([row.pk])
    assert (event.body["use_case"], event.body["model"]) == (str(use_case.pk), None)


@pytest.mark.parametrize("named", [(), ("model_id", "version_id"), ("model_id", "use_case_id")])
def test_a_claim_on_none_or_several_things_is_refused(market, named):
    keys = {
        "model_id": market.model.pk,
        "version_id": market.version.pk,
        "use_case_id": market.model.use_case_id,
    }
    subject = Subject(**{name: keys[name] for name in named})
    assert "model" in refused(RuleBroken, lambda: made.claim(market, subject)).errors


@pytest.mark.parametrize("changes", [{"use_case": None}, {"version": True}, {"model": True}])
def test_the_database_keeps_a_claim_on_one_thing(market, changes):
    row = made.claim(market, on_use_case(market))
    things = {"version": market.version, "model": market.model, "use_case": None}
    with pytest.raises(IntegrityError), transaction.atomic():
        BenefitClaim.objects.filter(pk=row.pk).update(**{n: things[n] for n in changes})


def test_grade_a_rests_on_a_sound_experiment(market):
    trial = made.concluded(market)
    assert made.claim(market, grade=Grade.A, experiment_id=trial.pk).experiment_id == trial.pk


def test_grade_a_without_an_experiment_is_refused(market):
    told = refused(RuleBroken, lambda: made.claim(market, grade=Grade.A))
    assert "experiment" in told.errors


def test_grade_a_on_an_experiment_that_still_runs_is_refused(market):
    trial = made.experiment(market)
    refused(RuleBroken, lambda: made.claim(market, grade=Grade.A, experiment_id=trial.pk))


def test_grade_a_on_a_broken_assignment_is_refused(market):
    trial = made.concluded(market, made.BROKEN)
    told = refused(RuleBroken, lambda: made.claim(market, grade=Grade.A, experiment_id=trial.pk))
    assert "sample ratio" in told.message


def test_grade_a_promises_nothing_for_sure_where_the_experiment_cannot(market):
    vague = {"control": {"n": 2000, "successes": 200}, "treatment": {"n": 2010, "successes": 205}}
    trial = made.concluded(market, vague)
    wanted = {"grade": Grade.A, "experiment_id": trial.pk}
    assert "low" in refused(RuleBroken, lambda: made.claim(market, **wanted)).errors
    assert made.claim(market, **wanted, low=-5 * UNIT).low == -5 * UNIT


def test_another_models_experiment_proves_nothing_here(market):
    trial = made.concluded(made.Market())
    refused(RuleBroken, lambda: made.claim(market, experiment_id=trial.pk))


def test_an_experiment_proves_what_it_was_about(market):
    """One version's nothing of another; the model's each version; any model's its use case."""
    other = catalog.version(market.model)
    trial, whole = made.experiment(market, version_id=other.pk), made.experiment(market)
    elsewhere = made.experiment(made.Market())
    refused(RuleBroken, lambda: made.claim(market, on_version(market), experiment_id=trial.pk))
    refused(RuleBroken, lambda: made.claim(market, on_use_case(market), experiment_id=elsewhere.pk))
    for subject, proof in (
        (Subject(version_id=other.pk), trial),
        (on_version(market), whole),
        (on_use_case(market), trial),
    ):
        row = made.claim(market, subject, share=Decimal("0.3"), experiment_id=proof.pk)
        assert row.experiment_id == proof.pk


def test_grade_b_says_where_its_comparison_is(market):
    assert "evidence" in refused(RuleBroken, lambda: made.claim(market, grade=Grade.B)).errors
    assert made.claim(market, grade=Grade.B, evidence="RPT-00007").grade == Grade.B


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("point", {"low": 3 * UNIT, "point": UNIT}),
        ("currency", {"currency": "XXX"}),
        ("end", {"end": made.JANUARY}),
        ("share", {"share": Decimal(0)}),
        ("share", {"share": Decimal("0.33333")}),
        ("share", {"share": Decimal("1.0001")}),
        ("benefit", {"benefit": " "}),
        ("method", {"method": ""}),
        ("high", {"high": 10**38}),
    ],
)
def test_what_is_no_claim_is_refused_at_its_field(market, field, changes):
    assert field in refused(RuleBroken, lambda: made.claim(market, **changes)).errors


def test_shares_of_one_benefit_come_to_one_at_most(market):
    made.claim(market, share=Decimal("0.7"))
    told = refused(
        RuleBroken, lambda: made.claim(market, benefit="LESS fraud ", share=Decimal("0.4"))
    )
    assert "0.3 of it is left" in told.message
    assert made.claim(market, benefit="Less Fraud", share=Decimal("0.3")).share == Decimal("0.3")


def test_shares_are_summed_whatever_the_claims_are_on(market):
    made.claim(market, on_use_case(market), share=Decimal("0.5"))
    made.claim(market, on_version(market), share=Decimal("0.3"))
    told = refused(RuleBroken, lambda: made.claim(market, share=Decimal("0.3")))
    assert "0.2 of it is left" in told.message


def test_what_another_team_claims_is_counted_and_not_told(market):
    other = made.Market()
    made.claim(market, share=Decimal("0.7"))
    told = refused(RuleBroken, lambda: made.claim(other, share=Decimal("0.4")))
    assert "more than the whole" in told.message
    assert "0.3" not in str(told.errors)
    assert str(made.JANUARY) not in str(told.errors)
    assert made.claim(other, share=Decimal("0.3")).share == Decimal("0.3")


def test_shares_are_counted_day_by_day(market):
    march, april = dt.date(2026, 3, 1), dt.date(2026, 4, 1)
    made.claim(market, share=Decimal("0.6"))
    made.claim(market, share=Decimal("0.6"), start=march, end=april)
    whole = {"start": made.JANUARY, "end": april}
    assert made.claim(market, share=Decimal("0.4"), **whole).share == Decimal("0.4")
    refused(RuleBroken, lambda: made.claim(market, share=Decimal("0.0001"), **whole))


def test_a_rejected_or_withdrawn_claim_frees_its_share(market):
    row = made.claim(market)
    costs.reject_claim(actor=access.actor(market.finance), claim_id=row.pk, answer="Counted twice.")
    second = made.claim(market)
    costs.withdraw_claim(actor=market.actor, claim_id=second.pk, reason="It was a mistake.")
    assert made.claim(market).state == ClaimState.UNATTESTED


def test_nobody_attests_an_own_claim(market):
    both = access.person(Role.MANAGER, Role.FINANCE_ATTESTER, team=market.model.team)
    row = costs.make_claim(
        actor=access.actor(both),
        subject=Subject(model_id=market.model.pk),
        fields=made.claim_fields(),
    )
    assert refused(NotPermitted, lambda: _attest(both, row)).code == "own-claim"
    told = refused(
        NotPermitted,
        lambda: costs.reject_claim(actor=access.actor(both), claim_id=row.pk, answer="No."),
    )
    assert told.code == "own-claim"


def test_whoever_built_or_owns_the_model_does_not_attest_its_benefit(market):
    team = market.model.team
    maker = access.person(Role.MODEL_OWNER, Role.DEVELOPER, Role.FINANCE_ATTESTER, team=team)
    catalog.version(market.model, access.actor(maker))
    row = made.claim(market)
    assert refused(NotPermitted, lambda: _attest(maker, row)).code == "built-it"


def test_whoever_built_any_version_of_a_use_case_does_not_attest_its_benefit(market):
    everywhere = access.actor(access.person(Role.MODEL_OWNER))
    guest = catalog.model(access.team(), everywhere, use_case=market.model.use_case)
    maker = access.person(Role.MODEL_OWNER, Role.DEVELOPER, Role.FINANCE_ATTESTER)
    row = made.claim(market, on_use_case(market))
    catalog.version(guest, access.actor(maker))
    assert refused(NotPermitted, lambda: _attest(maker, row)).code == "built-it"
    assert _attest(market.finance, row).state == ClaimState.ATTESTED


def test_whoever_sponsors_a_use_case_does_not_attest_its_benefit(market):
    row = made.claim(market, on_use_case(market))
    UseCase.objects.filter(pk=row.use_case_id).update(sponsor=market.finance)
    assert refused(NotPermitted, lambda: _attest(market.finance, row)).code == "built-it"


def test_whoever_built_another_version_does_not_attest_a_versions_benefit(market):
    maker = access.person(Role.DEVELOPER, Role.FINANCE_ATTESTER, team=market.model.team)
    row = made.claim(market, on_version(market))
    catalog.version(market.model, access.actor(maker))
    assert refused(NotPermitted, lambda: _attest(maker, row)).code == "built-it"


def test_attesting_takes_the_password_anew(market):
    row = made.claim(market)
    refused(NotPermitted, lambda: _attest(market.finance, row, proof=None))
    refused(NotPermitted, lambda: _attest(market.finance, row, proof=made.proof(market.manager)))


def test_attesting_takes_a_word_on_what_was_checked(market):
    row = made.claim(market)
    refused(RuleBroken, lambda: _attest(market.finance, row, answer=" "))


def test_only_finance_attests_and_strangers_see_nothing(market):
    row = made.claim(market)
    refused(NotPermitted, lambda: _attest(market.manager, row))
    stranger = access.person(Role.FINANCE_ATTESTER, team=access.team())
    refused(Missing, lambda: _attest(stranger, row))
    refused(
        Missing,
        lambda: costs.withdraw_claim(
            actor=access.actor(stranger), claim_id=row.pk, reason="Because."
        ),
    )


def test_a_decided_claim_is_not_decided_again(market):
    row = made.attested(market)
    refused(Conflict, lambda: _attest(market.finance, row))
    refused(
        Conflict,
        lambda: costs.reject_claim(
            actor=access.actor(market.finance), claim_id=row.pk, answer="After all."
        ),
    )
    costs.withdraw_claim(actor=market.actor, claim_id=row.pk, reason="The model changed.")
    refused(
        Conflict,
        lambda: costs.withdraw_claim(actor=market.actor, claim_id=row.pk, reason="Again."),
    )


@pytest.mark.parametrize("on", [lambda m: Subject(model_id=m.model.pk), on_version, on_use_case])
def test_claiming_needs_the_right_on_what_the_claim_is_on(market, on):
    auditor = access.person(Role.AUDITOR, team=market.model.team)
    stranger = access.person(Role.MANAGER, team=access.team())
    for error, user in ((NotPermitted, auditor), (Missing, stranger)):
        claim = functools.partial(
            costs.make_claim,
            actor=access.actor(user),
            subject=on(market),
            fields=made.claim_fields(),
        )
        refused(error, claim)


@pytest.mark.parametrize("on", [on_version, on_use_case])
def test_what_is_claimed_is_seen_by_its_team_alone(market, on):
    row = made.claim(market, on(market))
    seen = BenefitClaim.objects.visible_to
    assert list(seen(market.actor)) == [row]
    assert not seen(access.actor(access.person(Role.MANAGER, team=access.team()))).exists()


@pytest.mark.django_db(transaction=True)
def test_two_claims_at_once_cannot_both_take_the_whole():
    markets = [made.Market(), made.Market()]
    actors = [one.actor for one in markets]
    gate, results = threading.Barrier(2), []

    def act(at: int) -> None:
        gate.wait()
        try:
            results.append(
                costs.make_claim(
                    actor=actors[at],
                    subject=Subject(model_id=markets[at].model.pk),
                    fields=made.claim_fields(),
                )
            )
        except DomainError as error:
            results.append(error)
        finally:
            close_old_connections()
            connection.close()

    threads = [threading.Thread(target=act, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(type(one).__name__ for one in results) == ["BenefitClaim", "RuleBroken"]
