"""Pages of cases, without a browser: they open, keep what was typed, and say what happened."""

import html
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from governance.access.kinds import Role
from governance.approvals.kinds import CaseState, Choice
from governance.approvals.models import ApprovalCase, Decision
from tests.factories import access, runs
from tests.factories import approvals as cases

pytestmark = pytest.mark.django_db


@pytest.fixture
def bench() -> cases.Bench:
    return cases.bench()


@pytest.fixture
def as_user(client):
    return lambda user: access.signed_in(client, user)


def page(client, name, *args, **query):
    answer = client.get(reverse(f"approvals:{name}", args=args), query)
    return answer, html.unescape(b"".join(answer).decode())


def decision(client, case, **changes):
    """What the form of the case's page would send."""
    _, text = page(client, "case-detail", case.pk)
    raw = re.search(
        r'name="statement" value="([^"]*)"',
        client.get(reverse("approvals:case-detail", args=[case.pk])).content.decode(),
    )
    assert raw is not None, text
    return {
        "statement": html.unescape(raw[1]),
        "choice": "favour",
        "reason": cases.REASON,
        "password": access.PASSWORD,
        "rows": "3",
    } | changes


def send(client, case, body):
    return client.post(reverse("approvals:step-decide", args=[case.pk]), body)


def test_list_puts_what_waits_on_me_first(bench, as_user):
    case = cases.submitted(bench)
    cases.opened()
    _, text = page(as_user(bench.validator), "case-list")
    assert "Waits on you" in text
    assert case.public_id in text
    _, text = page(as_user(bench.officer), "case-list")
    assert "Waits on you" not in text


def test_list_filters_and_exports(bench, as_user):
    case = cases.submitted(bench)
    client = as_user(bench.validator)
    for query, found in (
        ({"state": "submitted"}, True),
        ({"state": "approved"}, False),
        ({"tier": str(case.tier)}, True),
        ({"q": case.public_id}, True),
        ({"q": "no such model"}, False),
        ({"team": bench.subject.team.slug}, True),
        ({"waiting": "on"}, True),
        ({"state": "no such state"}, True),
    ):
        _, text = page(client, "case-list", **query)
        assert (case.public_id in text) is found, query
    answer, text = page(client, "case-list", format="csv")
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert case.public_id in text


def test_case_is_opened_and_submitted_from_its_pages(bench, as_user):
    client = as_user(bench.version.created_by)
    _, text = page(client, "case-open", bench.version.pk)
    assert "The gate today" in text
    address = reverse("approvals:case-open", args=[bench.version.pk])
    refused = client.post(address, {"request": ""})
    assert refused.status_code == 422
    opened = client.post(address, {"request": "For scoring new applications."})
    case = ApprovalCase.objects.get()
    assert opened.headers["Location"] == reverse("approvals:case-detail", args=[case.pk])
    again = client.post(address, {"request": "Once more."})
    assert again.status_code == 422
    assert "Once more." in again.content.decode()
    _, text = page(client, "case-detail", case.pk)
    assert "Submit to reviewers" in text
    client.post(reverse("approvals:case-submit", args=[case.pk]))
    case.refresh_from_db()
    assert case.state == CaseState.SUBMITTED


def test_case_page_shows_statement_gate_evidence_and_people(bench, as_user):
    case = cases.submitted(bench)
    answer, text = page(as_user(bench.validator), "case-detail", case.pk)
    assert answer.status_code == 200
    for said in (
        "The statement to be signed",
        bench.validator.name,
        bench.version.created_by.name,
        "What you say",
        "More rows",
        bench.run.public_id,
        bench.run.checks.first().public_id,
    ):
        assert said in text, said
    _, text = page(as_user(bench.version.created_by), "case-detail", case.pk)
    assert "What you say" not in text


def test_two_people_decide_through_the_pages(bench, as_user):
    case = cases.submitted(bench)
    for person in (bench.validator, bench.officer):
        client = as_user(person)
        answer = send(client, case, decision(client, case))
        assert answer.status_code == 302, answer.content.decode()
    case.refresh_from_db()
    assert case.state == CaseState.APPROVED
    _, text = page(client, "case-detail", case.pk)
    assert cases.REASON in text


def test_an_opinion_against_does_not_wear_the_colours_of_passing(bench, as_user):
    case = cases.submitted(bench)
    cases.say(case, bench.validator, Choice.AGAINST)
    _, text = page(as_user(bench.officer), "case-detail", case.pk)
    voices = text.partition('id="voices"')[2].partition("</ol>")[0]
    assert re.findall(r'a-step" data-tone="(\w+)"', voices) == ["fail", "neutral"]


def test_wrong_password_keeps_what_was_typed(bench, as_user):
    case = cases.submitted(bench)
    client = as_user(bench.validator)
    answer = send(client, case, decision(client, case, password="wrong", reason="Typed with care."))
    assert answer.status_code == 403
    assert "Typed with care." in answer.content.decode()
    assert "not your password" in answer.content.decode()
    assert "wrong" not in re.findall(r'name="password"[^>]*', answer.content.decode())[0]
    assert not Decision.objects.exists()


def test_page_names_what_moved_and_keeps_what_was_typed(bench, as_user):
    case = cases.submitted(bench)
    client = as_user(bench.validator)
    body = decision(client, case, reason="Typed with care.")
    bench.run.checks.filter(position=0).update(outcome_digest="0" * 64)
    answer = send(client, case, body)
    text = html.unescape(answer.content.decode())
    assert answer.status_code == 412
    assert "This changed since you read it" in text
    assert "The evidence" in text
    assert "Typed with care." in text
    assert not Decision.objects.exists()


def test_conditions_are_read_from_rows_and_more_rows_keep_the_typed_ones(bench, as_user):
    case = cases.submitted(bench)
    client = as_user(bench.validator)
    row = {
        "condition-1-text": "Watch the drift.",
        "condition-1-owner": str(bench.version.created_by_id),
        "condition-1-due_on": str(timezone.localdate() + timedelta(days=9)),
    }
    body = decision(client, case, choice="conditional", **row)
    more = send(client, case, body | {"more": "yes"})
    assert more.status_code == 200
    assert 'name="condition-5-text"' in more.content.decode()
    assert "Watch the drift." in more.content.decode()
    half = send(client, case, body | {"condition-1-owner": ""})
    assert half.status_code == 422
    assert "whole row" in half.content.decode()
    assert send(client, case, body).status_code == 302
    assert case.conditions.get().text == "Watch the drift."


def test_statement_that_was_tampered_with_signs_nothing(bench, as_user):
    case = cases.submitted(bench)
    client = as_user(bench.validator)
    for statement in ("", "[]", "{", '{"ledger": 1}'):
        answer = send(client, case, decision(client, case, statement=statement))
        assert answer.status_code in {400, 412}
    assert not Decision.objects.exists()


def test_withdrawing_says_what_it_does_and_takes_a_reason(bench, as_user):
    case = cases.submitted(bench)
    client = as_user(bench.version.created_by)
    _, text = page(client, "case-withdraw", case.pk)
    assert "ends without a decision" in text
    address = reverse("approvals:case-withdraw", args=[case.pk])
    assert client.post(address, {"reason": ""}).status_code == 422
    assert client.post(address, {"reason": "A newer version follows."}).status_code == 302
    case.refresh_from_db()
    assert case.state == CaseState.WITHDRAWN


def test_condition_is_closed_on_its_page(bench, as_user):
    owner = bench.version.created_by
    case = cases.decided(bench, "conditional", conditions=(cases.condition(owner),))
    client = as_user(bench.officer)
    _, text = page(client, "case-detail", case.pk)
    assert "Declare it met" in text
    address = reverse("approvals:condition-meet", args=[case.conditions.get().pk])
    assert client.get(address).status_code == 200
    assert client.post(address, {"note": "The monitor is live."}).status_code == 302
    assert case.conditions.get().state == "met"


def test_version_fragment_and_page(bench, as_user):
    case = cases.decided(bench)
    client = as_user(bench.version.created_by)
    _, text = page(client, "version-cases", bench.version.pk)
    assert "<html" in text
    part = client.get(
        reverse("approvals:version-cases", args=[bench.version.pk]), headers={"HX-Request": "true"}
    ).content.decode()
    assert "<html" not in part
    assert case.public_id in part


def test_badges_name_the_derived_state_of_what_the_reader_sees(bench, as_user):
    cases.decided(bench)
    other = runs.subject()
    client = as_user(bench.version.created_by)
    keys = [bench.version.model_id, other.version.model_id]
    address = reverse("approvals:status-badges")
    text = client.get(address, {"models": ",".join(map(str, keys)), "ids": "rubbish,"})
    assert f'id="status-{keys[0]}"' in text.content.decode()
    assert "Approved" in text.content.decode()
    assert str(keys[1]) not in text.content.decode()
    text = client.get(address, {"ids": str(bench.version.pk)}).content.decode()
    assert f'id="status-{bench.version.pk}"' in text


def test_strangers_find_nothing(bench, as_user):
    case = cases.submitted(bench)
    client = as_user(access.person(Role.VALIDATOR, team=access.team()))
    for name, key in (
        ("case-detail", case.pk),
        ("step-decide", case.pk),
        ("version-cases", bench.version.pk),
    ):
        assert client.get(reverse(f"approvals:{name}", args=[key])).status_code == 404
    _, text = page(client, "case-list")
    assert case.public_id not in text
