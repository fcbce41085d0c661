"""Cases over REST: the journey, and what it refuses."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from governance.access.kinds import Role
from governance.approvals.kinds import CaseState
from governance.approvals.models import ApprovalCase, Decision
from tests.factories import access, runs
from tests.factories import approvals as cases

pytestmark = pytest.mark.django_db


@pytest.fixture
def bench() -> cases.Bench:
    return cases.bench()


def browser(user) -> APIClient:
    client = APIClient()
    access.signed_in(client, user)
    return client


def decide(client, case, password=access.PASSWORD, headers=None, **changes):
    read = client.get(f"/api/v1/cases/{case.pk}/statement/")
    body = {"choice": "favour", "reason": cases.REASON, "password": password}
    body |= {"statement": read.json().get("statement", {})} | changes
    named = {"If-Match": read.headers.get("ETag", '"none"')} if headers is None else headers
    return client.post(f"/api/v1/cases/{case.pk}/decisions/", body, format="json", headers=named)


def test_case_goes_from_request_to_approval(bench):
    builder = access.api_client(bench.version.created_by)
    opened = builder.post(
        "/api/v1/cases/", {"version": bench.version.pk, "request": "For scoring."}, format="json"
    )
    assert opened.status_code == 201, opened.json()
    case = ApprovalCase.objects.get(pk=opened.json()["id"])
    submitted = builder.post(f"/api/v1/cases/{case.pk}/submit/")
    assert submitted.json()["gate_at_submission"]["answer"] == "allow"
    said = decide(browser(bench.validator), case)
    assert said.status_code == 201, said.json()
    assert decide(browser(bench.officer), case).status_code == 201
    read = builder.get(f"/api/v1/cases/{case.pk}/").json()
    assert read["state"] == CaseState.APPROVED
    assert [one["choice"] for one in read["decisions"]] == ["favour", "favour"]
    assert len(read["evidence"]) == bench.run.checks.count()
    listed = builder.get("/api/v1/cases/", {"state": "approved"}).json()
    assert [one["number"] for one in listed["items"]] == [case.public_id]


def test_token_of_a_validator_reads_and_does_not_decide(bench):
    case = cases.submitted(bench)
    client = access.api_client(bench.validator)
    refused = decide(client, case)
    assert refused.status_code == 403
    assert refused.json()["code"] == "person-needed"
    assert not Decision.objects.exists()


def test_wrong_password_signs_nothing(bench):
    case = cases.submitted(bench)
    refused = decide(browser(bench.validator), case, password="wrong")
    assert refused.status_code == 403
    assert refused.json()["code"] == "wrong-password"
    assert not Decision.objects.exists()


def test_guessing_passwords_locks_and_says_so(bench):
    case = cases.submitted(bench)
    client = browser(bench.validator)
    codes = [decide(client, case, password=f"wrong {n}").json()["code"] for n in range(7)]
    assert codes[0] == "wrong-password"
    assert codes[-1] == "locked-out"
    assert decide(client, case).status_code == 429


def test_decision_without_if_match_is_refused(bench):
    case = cases.submitted(bench)
    client = browser(bench.validator)
    assert decide(client, case, headers={}).status_code == 428
    assert decide(client, case, headers={"If-Match": "*"}).status_code == 412
    assert decide(client, case, headers={"If-Match": '"other"'}).status_code == 412
    assert not Decision.objects.exists()


def test_what_moved_is_named(bench):
    case = cases.submitted(bench)
    client = browser(bench.validator)
    read = client.get(f"/api/v1/cases/{case.pk}/statement/")
    bench.run.checks.update(outcome_digest="0" * 64)
    body = {
        "choice": "favour",
        "reason": "Fine.",
        "password": access.PASSWORD,
        "statement": read.json()["statement"],
    }
    moved = client.post(
        f"/api/v1/cases/{case.pk}/decisions/",
        body,
        format="json",
        headers={"If-Match": read.headers["ETag"]},
    )
    assert moved.status_code == 412
    assert "the evidence" in moved.json()["errors"]["statement"]


@pytest.mark.parametrize(
    "statement", [{}, [], "text", {"ledger": {"size": 2**60, "head": "x"}}, {"a": 2**70}]
)
def test_odd_statements_are_refused_in_words(bench, statement):
    case = cases.submitted(bench)
    answer = decide(browser(bench.validator), case, statement=statement)
    assert answer.status_code in {400, 412}
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_repeated_post_with_the_same_key_opens_one_case(bench):
    client = access.api_client(bench.version.created_by)
    body = {"version": str(bench.version.pk), "request": "For scoring."}
    answers = [
        client.post("/api/v1/cases/", body, format="json", headers={"Idempotency-Key": "k1"})
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert ApprovalCase.objects.count() == 1


def test_text_that_the_database_cannot_hold_is_refused(bench):
    client = access.api_client(bench.version.created_by)
    answer = client.post(
        "/api/v1/cases/", {"version": bench.version.pk, "request": "a\x00b"}, format="json"
    )
    assert answer.status_code == 400


def test_withdrawing_and_conditions_over_the_api(bench):
    case = cases.submitted(bench)
    owner = bench.version.created_by
    condition = {
        "text": "Watch the drift.",
        "owner": str(owner.pk),
        "due_on": str(timezone.localdate() + timedelta(days=20)),
    }
    said = decide(browser(bench.validator), case, choice="conditional", conditions=[condition])
    assert said.status_code == 201, said.json()
    assert decide(browser(bench.officer), case, choice="conditional").status_code == 201
    client = browser(bench.officer)
    (due,) = client.get("/api/v1/conditions/", {"state": "open"}).json()["items"]
    met = client.post(f"/api/v1/conditions/{due['id']}/meet/", {"note": "Live."}, format="json")
    assert met.json()["state"] == "met"
    builder = access.api_client(owner)
    refused = builder.post(f"/api/v1/cases/{case.pk}/withdraw/", {"reason": "No."}, format="json")
    assert refused.status_code == 409


def test_another_teams_case_is_not_there(bench):
    case = cases.submitted(bench)
    stranger = browser(access.person(Role.VALIDATOR, team=access.team()))
    for path in ("", "statement/"):
        assert stranger.get(f"/api/v1/cases/{case.pk}/{path}").status_code == 404
    assert decide(stranger, case).status_code == 404
    assert stranger.get("/api/v1/cases/").json()["items"] == []
    gate = stranger.get(f"/api/v1/gates/{case.version_id}/use/")
    assert gate.status_code == 404


# -- Gates -----------------------------------------------------------------------------------------


def ask(user, version, action):
    return access.api_client(user).get(f"/api/v1/gates/{version.pk}/{action}/").json()


def test_gate_of_evidence_names_rule_policy_and_evidence(bench):
    answer = ask(bench.version.created_by, bench.version, "approve-use")
    assert answer["answer"] == "allow"
    assert answer["run"] == bench.run.public_id
    assert answer["policy_version"]
    assert all(reason["rule"] for reason in answer["reasons"])


def test_gate_without_a_run_needs_evidence():
    bench = cases.bench(checked=False)
    answer = ask(bench.version.created_by, bench.version, "approve-use")
    assert answer["answer"] == "needs evidence"


def test_gate_with_a_failed_check_refuses():
    bench = cases.bench(cases.failing("performance.classification"))
    answer = ask(bench.version.created_by, bench.version, "approve-use")
    assert answer["answer"] == "refuse"
    assert not answer["curable"]


def test_gate_of_use_opens_with_an_approval_in_force_only(bench):
    builder = bench.version.created_by
    assert ask(builder, bench.version, "use")["answer"] == "refuse"
    case = cases.decided(bench)
    opened = ask(builder, bench.version, "use")
    assert (opened["answer"], opened["case"]) == ("allow", case.public_id)
    ApprovalCase.objects.filter(pk=case.pk).update(valid_until="2020-01-01")
    assert ask(builder, bench.version, "use")["answer"] == "refuse"


def test_gate_fails_closed_without_a_policy_and_for_unknown_things(bench):
    builder = bench.version.created_by
    policy = bench.run.policy
    type(policy).objects.update(state="superseded")
    assert ask(builder, bench.version, "approve-use")["answer"] == "refuse"
    client = access.api_client(builder)
    assert client.get(f"/api/v1/gates/{bench.version.pk}/fly/").status_code == 404
    assert client.get(f"/api/v1/gates/{uuid.uuid4()}/use/").status_code == 404


def test_list_asks_a_constant_number_of_queries(bench, django_assert_max_num_queries):
    client = access.api_client(bench.version.created_by)
    cases.opened(bench)
    for _ in range(2):
        subject = runs.subject(bench.subject.team)
        cases.opened(cases.Bench(subject, None, bench.validator, bench.officer))
    with django_assert_max_num_queries(4):
        assert len(client.get("/api/v1/cases/").json()["items"]) == 3
