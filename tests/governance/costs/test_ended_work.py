"""Work that ends before it is of use: what is on record, what it cost, what was learnt."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from governance.access.kinds import Role
from governance.approvals.kinds import Choice
from governance.costs import commands as costs
from governance.costs.kinds import Ending, Kind
from governance.costs.models import AllocationRun, WorkEnding
from governance.costs.querysets.failed import failed_work, one_failure
from governance.costs.querysets.worth import model_worth
from governance.costs.rules.endings import Charged, Ended, Endings, first_end
from governance.costs.rules.subjects import Subject
from governance.flows import commands as flows
from governance.kernel.actor import system_actor
from governance.kernel.errors import Conflict, DomainError, Missing, NotPermitted, RuleBroken
from governance.kernel.ids import new_id
from governance.kernel.money import UNIT
from governance.ledger import reading
from governance.ledger.proofs import head_position
from inventory.catalog import commands as catalog_commands
from inventory.catalog.models import ModelVersion, RegisteredModel
from inventory.catalog.rules.fields import DeploymentFields
from tests.factories import access, spend
from tests.factories import approvals as cases
from tests.factories import catalog as things
from tests.factories import value as made

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def market():
    return made.Market()


@pytest.fixture
def today() -> dt.date:
    return timezone.localdate()


def stop(market, user=None, reason="The data never came.", **more):
    subject = more.pop("subject", Subject(version_id=market.version.pk))
    actor = access.actor(user or market.manager)
    return costs.stop_work(actor=actor, subject=subject, reason=reason, **more)


def rejected(market, decision: str = "APR-00007") -> Ended:
    return Ended(
        ending=Ending.REJECTED,
        subject=Subject(version_id=market.version.pk),
        decision=decision,
        decision_key=new_id(),
        deciders=(market.finance.pk,),
        reason="It favours those who ask at night.",
        ended_at=timezone.now(),
    )


def record(ended: Ended):
    return costs.record_ending(actor=system_actor(), ended=ended)


def deployed(market) -> None:
    catalog_commands.record_deployment(
        actor=things.builder(market.model.team),
        version_id=market.version.pk,
        fields=DeploymentFields(target="counter", valid_from=timezone.now()),
    )


def listed(market, today, user=None):
    actor = access.actor(user or market.manager)
    return failed_work(actor, today - 30 * DAY, today + DAY)


def _stand():
    return head_position(), list(WorkEnding.objects.order_by("pk").values())


def refused(error: type[DomainError], act) -> None:
    before = _stand()
    with pytest.raises(error):
        act()
    assert _stand() == before


def test_the_first_end_ends_work_and_never_before_it_began():
    early, late = (dt.datetime(2026, 1, day, tzinfo=dt.UTC) for day in (2, 9))
    assert first_end(early, [late, early]) == early
    assert first_end(late, [early]) == late
    assert first_end(early, []) is None


def test_a_charge_belongs_to_the_nearest_ending_alone():
    version, model, use, other = (new_id() for _ in range(4))
    endings = Endings({version: "v"}, {model: "m"}, {use: "u"})
    assert endings.of(Charged(use, model, version)) == "v"
    assert endings.of(Charged(use, model, other)) == "m"
    assert endings.of(Charged(use, other, other)) == "u"
    assert endings.of(Charged(None, other, None)) is None


@pytest.mark.embedded
def test_a_rejection_is_written_down_once(market):
    ended = rejected(market)
    row = record(ended)
    (event,) = reading.history([row.pk])
    assert (event.kind, event.body["decision"]) == (Kind.WORK_ENDED, "APR-00007")
    assert "night" not in str(event.body)
    before = _stand()
    assert record(ended).pk == row.pk
    assert _stand() == before
    assert (row.team_id, row.model_id) == (market.model.team_id, market.model.pk)


def test_only_the_service_writes_decisions_down_and_of_known_work_alone(market):
    ended = rejected(market)
    refused(NotPermitted, lambda: costs.record_ending(actor=market.actor, ended=ended))
    gone = Ended(**{**_fields(ended), "subject": Subject(version_id=new_id())})
    before = _stand()
    assert record(gone) is None
    assert _stand() == before


def _fields(ended: Ended):
    return {name: getattr(ended, name) for name in Ended.__slots__}


def test_a_new_case_takes_the_work_up_again_and_once(market):
    row = record(rejected(market))
    again = costs.record_resumption(actor=system_actor(), version_id=market.version.pk)
    assert (again.pk, again.stood_until is None) == (row.pk, False)
    before = _stand()
    assert costs.record_resumption(actor=system_actor(), version_id=market.version.pk) is None
    assert _stand() == before
    refused(
        NotPermitted,
        lambda: costs.record_resumption(actor=market.actor, version_id=market.version.pk),
    )


def test_work_is_stopped_with_a_reason_and_once(market):
    row = stop(market, learnt="Ask for the data first.")
    assert (row.ending, row.deciders) == (Ending.STOPPED, [str(market.manager.pk)])
    assert (row.learnt, row.learnt_by_id) == ("Ask for the data first.", market.manager.pk)
    refused(Conflict, lambda: stop(market))


@pytest.mark.parametrize(
    "subject",
    [
        lambda _: Subject(),
        lambda m: Subject(use_case_id=m.model.use_case_id, version_id=m.version.pk),
        lambda m: Subject(model_id=m.model.pk),
    ],
)
def test_what_is_stopped_is_one_use_case_or_one_version(market, subject):
    refused(RuleBroken, lambda: stop(market, subject=subject(market)))
    refused(RuleBroken, lambda: stop(market, reason=" "))


def test_who_may_not_stop_work_does_not_and_strangers_see_nothing(market):
    refused(NotPermitted, lambda: stop(market, market.finance))
    stranger = access.person(Role.MANAGER, team=access.team())
    refused(Missing, lambda: stop(market, stranger))
    refused(Missing, lambda: stop(market, subject=Subject(version_id=new_id())))


def test_stopped_work_goes_on_and_rejected_work_does_not_by_a_word(market):
    row = stop(market)
    go_on = {"actor": market.actor, "ending_id": row.pk, "reason": "The data came."}
    refused(NotPermitted, lambda: costs.resume_work(**go_on | {"actor": _actor(market.finance)}))
    refused(RuleBroken, lambda: costs.resume_work(**go_on | {"reason": ""}))
    assert costs.resume_work(**go_on).stood_until is not None
    refused(Conflict, lambda: costs.resume_work(**go_on))
    other = record(rejected(market))
    refused(Conflict, lambda: costs.resume_work(**go_on | {"ending_id": other.pk}))


def _actor(user):
    return access.actor(user)


def test_what_was_learnt_is_kept_replaced_and_told_by_its_digest(market):
    row = record(rejected(market))
    learn = {"actor": market.actor, "ending_id": row.pk}
    costs.record_lesson(**learn, learnt="Watch the hours.")
    before = _stand()
    costs.record_lesson(**learn, learnt="Watch the hours. ")
    assert _stand() == before
    costs.record_lesson(**learn, learnt="Watch the hours and the days.")
    events = [e for e in reading.history([row.pk]) if e.kind == Kind.LESSON_RECORDED]
    assert [bool(event.body["was_digest"]) for event in events] == [True, False]
    assert "hours" not in str([event.body for event in events])
    refused(RuleBroken, lambda: costs.record_lesson(**learn, learnt=" "))
    refused(
        NotPermitted,
        lambda: costs.record_lesson(**learn | {"actor": _actor(market.finance)}, learnt="No."),
    )
    stranger = _actor(access.person(Role.DEVELOPER, team=access.team()))
    refused(Missing, lambda: costs.record_lesson(**learn | {"actor": stranger}, learnt="No."))


def test_money_counts_once_at_the_nearest_ending(market, today):
    run = spend.run(today.replace(day=1), market.manager.pk)
    second = things.version(market.model)
    use_case = market.model.use_case
    project = spend.target("UC", "project", market.model.team, use_case=use_case)
    for target, amount in (
        (spend.of_version(market.version, "train"), "70"),
        (spend.of_version(market.version, "validate"), "3"),
        (spend.of_version(second, "train"), "20"),
        (project, "5"),
    ):
        spend.charged(run, target, amount, day=today)
    assert listed(market, today) == []
    record(rejected(market))
    stop(market, subject=Subject(use_case_id=use_case.pk))
    first, rest = listed(market, today)
    assert first.by_phase == {"train": 70 * UNIT, "validate": 3 * UNIT}
    assert first.deciders == [market.finance.name]
    assert (str(rest.ending), rest.by_phase) == (str(use_case), {"train": 20 * UNIT, "": 5 * UNIT})
    (alone,) = one_failure(market.actor, rest.ending.pk)
    assert alone.by_phase == rest.by_phase
    stranger = access.person(Role.MANAGER, team=access.team())
    assert listed(market, today, stranger) == []


def test_what_was_ever_deployed_is_no_failed_work(market, today):
    record(rejected(market))
    assert len(listed(market, today)) == 1  # listed although it cost nothing
    deployed(market)
    assert listed(market, today) == []


def test_what_was_taken_up_again_is_no_failed_work(market, today):
    record(rejected(market))
    costs.record_resumption(actor=system_actor(), version_id=market.version.pk)
    assert listed(market, today) == []


def test_parts_that_were_used_since_are_named_and_others_are_not(market, today):
    earlier = things.version(market.model)
    record(rejected(market))
    builder = things.builder(market.model.team)
    later = things.version(
        market.model,
        builder,
        artifact_id=market.version.artifact_id,
        predecessor_id=market.version.pk,
    )
    (found,) = listed(market, today)
    assert earlier.pk not in {use.version.pk for use in found.reused}
    (use,) = [use for use in found.reused if use.version.pk == later.pk]
    assert {"Follows it", "Model file"} <= set(use.parts)


def test_more_endings_take_no_more_queries(market, today):
    def count() -> int:
        with CaptureQueriesContext(connection) as told:
            listed(market, today)
        return len(told)

    record(rejected(market))
    run = spend.run(today.replace(day=1), market.manager.pk)
    spend.charged(run, spend.of_version(market.version, "train"), "70", day=today)
    before = count()
    for _ in range(3):
        stop(market, subject=Subject(version_id=things.version(market.model).pk))
    assert count() == before


def test_training_of_a_rejected_version_is_written_off_on_that_day(market, today):
    run = spend.run(today.replace(day=1), market.manager.pk)
    spend.charged(run, spend.of_version(market.version, "train"), "730", day=today)
    record(rejected(market))
    born = market.version.created_at.date()
    (found,) = model_worth(market.actor, market.model, born, today + DAY)
    assert found.loaded.written_off + found.loaded.training == 730 * UNIT
    assert found.loaded.written_off > 0


BORN, ENDED = dt.date(2026, 1, 1), dt.date(2026, 4, 11)  # 100 days of an assumed life of 730


def _noon(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(12), dt.UTC)


def trained(market, version) -> None:
    """Give a version 730 USD of training on its first day, one for each day of its life."""
    ModelVersion.objects.filter(pk=version.pk).update(created_at=_noon(BORN))
    run = AllocationRun.objects.filter(month=BORN).first() or spend.run(BORN, market.manager.pk)
    spend.charged(run, spend.of_version(version, "train"), "730")


def date_end(on: dt.date = ENDED, **which) -> None:
    WorkEnding.objects.filter(**which).update(ended_at=_noon(on))


def written_off(market, model=None, on: dt.date = ENDED, user=None) -> int:
    """Return what a reader is told was written off on a day, in USD."""
    reader = access.actor(user or market.manager)
    (found,) = model_worth(reader, model or market.model, on, on + DAY)
    return found.loaded.written_off // UNIT


def whole(market) -> Subject:
    return Subject(use_case_id=market.model.use_case_id)


def test_training_is_written_off_when_the_whole_use_case_is_stopped(market):
    trained(market, market.version)
    assert written_off(market) == 0
    row = stop(market, subject=whole(market))
    date_end()
    assert written_off(market) == 630
    assert written_off(market, on=ENDED - DAY) == 0
    (later,) = model_worth(market.actor, market.model, ENDED + DAY, ENDED + 30 * DAY)
    assert (later.loaded.training, later.versions[0].left) == (0, 0)
    costs.resume_work(actor=market.actor, ending_id=row.pk, reason="The data came.")
    assert written_off(market) == 0


def test_a_stopped_use_case_writes_off_what_was_never_deployed_of_it_alone(market):
    trained(market, market.version)
    unused = things.version(things.model(market.model.team, use_case=market.model.use_case))
    trained(market, unused)
    deployed(market)
    stop(market, subject=whole(market))
    date_end()
    assert written_off(market) == 0
    assert written_off(market, unused.model) == 630


def test_a_stopped_use_case_writes_off_a_guests_training_whoever_reads(market):
    everywhere = access.person(Role.MODEL_OWNER, Role.DEVELOPER, Role.MANAGER)
    guests = access.team()
    model = things.model(guests, access.actor(everywhere), use_case=market.model.use_case)
    trained(market, things.version(model))
    stop(market, subject=whole(market))
    date_end()
    guest = access.person(Role.MANAGER, team=guests)
    assert [written_off(market, model, user=user) for user in (guest, everywhere)] == [630, 630]


def test_what_ended_first_ended_it_and_nothing_ends_before_it_began(market):
    trained(market, market.version)
    stop(market)
    stop(market, subject=whole(market))
    date_end(version=market.version)
    date_end(ENDED + 9 * DAY, version=None)
    assert [written_off(market, on=day) for day in (ENDED, ENDED + 9 * DAY)] == [630, 0]
    date_end(ENDED - 9 * DAY, version=None)
    assert [written_off(market, on=day) for day in (ENDED - 9 * DAY, ENDED)] == [639, 0]
    date_end(BORN - DAY, version=None)
    assert written_off(market, on=BORN) == 730


def test_a_retired_model_writes_off_what_its_stopped_use_case_had_not(market):
    trained(market, market.version)
    retired = {"retired_at": _noon(ENDED)}
    RegisteredModel.objects.filter(pk=market.model.pk).update(**retired)
    market.model.refresh_from_db()
    stop(market, subject=whole(market))
    date_end(ENDED + 9 * DAY)
    assert [written_off(market, on=day) for day in (ENDED, ENDED + 9 * DAY)] == [630, 0]


# -- What cases and models say, by the reaction ----------------------------------------------------


def test_a_rejected_case_becomes_an_ending_with_who_decided_and_why():
    bench = cases.bench()
    case = cases.decided(bench, Choice.AGAINST)
    flows.advance()
    row = WorkEnding.objects.get()
    assert (row.ending, row.decision, row.version_id) == (
        Ending.REJECTED,
        case.public_id,
        bench.version.pk,
    )
    assert row.deciders == [str(bench.officer.pk)]
    assert (row.reason, row.decision_key) == (case.outcome_note, case.pk)
    before = _stand()
    flows.advance()
    assert _stand() == before


def test_a_withdrawn_case_stops_the_version_until_it_is_asked_about_anew():
    from governance.approvals import commands as approvals

    bench = cases.bench()
    case = cases.opened(bench)
    approvals.withdraw_case(actor=bench.builder, case_id=case.pk, reason="No sponsor any more.")
    flows.advance()
    row = WorkEnding.objects.get()
    assert (row.ending, row.reason) == (Ending.STOPPED, "No sponsor any more.")
    cases.opened(bench)
    flows.advance()
    row.refresh_from_db()
    assert row.stood_until is not None


def test_an_approval_in_force_outlives_a_case_that_is_taken_back():
    from governance.approvals import commands as approvals

    bench = cases.bench()
    cases.decided(bench)
    again = cases.opened(bench)
    approvals.withdraw_case(actor=bench.builder, case_id=again.pk, reason="Too early.")
    flows.advance()
    assert not WorkEnding.objects.exists()


def test_a_retired_model_becomes_an_ending(market, today):
    owner = access.person(Role.MODEL_OWNER, team=market.model.team)
    catalog_commands.retire_model(
        actor=access.actor(owner), model_id=market.model.pk, reason="Nobody asked for it."
    )
    flows.advance()
    (found,) = listed(market, today)
    assert (found.ending.ending, found.ending.reason) == (Ending.RETIRED, "Nobody asked for it.")
    assert (found.ending.version_id, found.deciders) == (None, [owner.name])


# -- Pages and the API -----------------------------------------------------------------------------


def test_the_page_says_what_it_cost_who_decided_and_what_was_learnt(client, market, today):
    access.signed_in(client, market.manager)
    run = spend.run(today.replace(day=1), market.manager.pk)
    spend.charged(run, spend.of_version(market.version, "train"), "70", day=today)
    url = reverse("costs:failed-list")
    assert "No failed work in these days" in client.get(url).content.decode()
    record(rejected(market))
    text = client.get(url).content.decode()
    for told in ("70.00", "APR-00007", market.finance.name, "at night", "Nobody wrote it down"):
        assert told in text
    assert "No failed work is like this" in client.get(url, {"ending": "retired"}).content.decode()
    rows = b"".join(client.get(url, {"format": "csv"}).streaming_content).decode()
    assert ",USD,0,70,0,0,0,0,70" in rows
    assert "Failed work" in client.get(reverse("costs:overview")).content.decode()


def test_work_is_stopped_learnt_from_and_taken_up_on_its_pages(client, market):
    access.signed_in(client, market.manager)
    sent = {"version": str(market.version.pk), "reason": "The data never came."}
    assert client.post(reverse("costs:work-stop"), {"reason": "No."}).status_code == 422
    answer = client.post(reverse("costs:work-stop"), sent)
    row = WorkEnding.objects.get()
    assert answer["Location"] == reverse("costs:ending-detail", args=[row.pk])
    lesson = reverse("costs:ending-lesson", args=[row.pk])
    assert client.post(lesson, {"learnt": ""}).status_code == 422
    assert client.post(lesson, {"learnt": "Ask for the data first."}).status_code == 302
    shown = client.get(reverse("costs:ending-detail", args=[row.pk])).content.decode()
    assert "Ask for the data first." in shown
    resume = reverse("costs:ending-resume", args=[row.pk])
    assert client.post(resume, {"reason": "It came."}).status_code == 302
    shown = client.get(reverse("costs:ending-detail", args=[row.pk])).content.decode()
    assert "Taken up again" in shown


def test_failed_work_over_rest(market, today):
    api = access.api_client(market.manager)
    url = "/api/v1/costs/"
    body = {"version": str(market.version.pk), "reason": "The data never came."}
    made_one = api.post(f"{url}endings/", body, format="json")
    assert made_one.status_code == 201, made_one.content
    key = made_one.json()["id"]
    assert api.post(f"{url}endings/", body, format="json").status_code == 409
    learnt = api.post(f"{url}endings/{key}/lesson/", {"learnt": "Ask first."}, format="json")
    assert learnt.json()["learnt"] == "Ask first."
    run = spend.run(today.replace(day=1), market.manager.pk)
    spend.charged(run, spend.of_version(market.version, "train"), "70", day=today)
    days = {"start": str(today), "end": str(today + DAY)}
    (item,) = api.get(f"{url}failed/", days).json()["items"]
    assert (item["phases"], item["learnt"]) == ({"train": "70"}, "Ask first.")
    assert api.get(f"{url}failed/", {**days, "lesson": "missing"}).json()["items"] == []
    assert len(api.get(f"{url}endings/", {"lesson": "written"}).json()["items"]) == 1
    gone_on = api.post(f"{url}endings/{key}/resume/", {"reason": "It came."}, format="json")
    assert gone_on.json()["stood_until"] is not None
    assert api.get(f"{url}failed/", days).json()["items"] == []
    stranger = access.api_client(access.person(Role.MANAGER, team=access.team()))
    assert stranger.get(f"{url}endings/{key}/").status_code == 404
