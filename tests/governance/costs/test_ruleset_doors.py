"""Rule sets through their pages and the API."""

import datetime as dt
import html

import pytest
from django.urls import reverse

from governance.access.kinds import Role
from governance.costs import commands as costs
from governance.costs.models import RuleSet
from governance.kernel.actor import system_actor
from tests.factories import access

pytestmark = pytest.mark.django_db
RULE = {"priority": 10, "phase": "direct", "name": "All", "matcher": {"all": []}}
RULE |= {"method": "direct", "targets": [{"target": "organisation"}]}


@pytest.fixture
def people():
    costs.ensure_targets(actor=system_actor())
    return access.person(Role.MANAGER), access.person(Role.FINANCE_ATTESTER)


def row(number, **values):
    usual = {"phase": "direct", "method": "direct", "usage_phase": "serve"}
    return {f"rule-{number}-{name}": value for name, value in {**usual, **values}.items()}


def page(client, name, *args):
    answer = client.get(reverse(f"costs:{name}", args=args))
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def test_rules_are_written_as_a_form_submitted_and_approved_by_another(client, people):
    author, other = people
    access.signed_in(client, author)
    assert "Write the first set" in page(client, "ruleset-list")
    body = {"effective_from": "2026-01-01", "note": "First", "rows": "2"}
    body |= row(0, priority="10", name="Endpoints", conditions="service is X")
    body |= row(1)
    refused = client.post(reverse("costs:ruleset-create"), body)
    assert refused.status_code == 422
    assert "direct needs exactly one target" in refused.content.decode()
    more = client.post(reverse("costs:ruleset-create"), body | {"more": "yes"})
    assert 'name="rule-3-name"' in more.content.decode()
    assert (
        client.post(
            reverse("costs:ruleset-create"), body | {"rule-0-targets": "organisation"}
        ).status_code
        == 302
    )
    row_ = RuleSet.objects.get()
    text = page(client, "ruleset-detail", row_.pk)
    assert "Lines where service is “X” go to organisation." in text
    edited = page(client, "ruleset-edit", row_.pk)
    assert "service is X" in edited
    assert 'value="2026-01-01"' in edited
    client.post(reverse("costs:ruleset-submit", args=[row_.pk]))
    assert "Put in force" not in page(client, "ruleset-detail", row_.pk)

    access.signed_in(client, other)
    assert "Put in force" in page(client, "ruleset-detail", row_.pk)
    approve = reverse("costs:ruleset-approve", args=[row_.pk])
    wrong = client.post(approve, {"digest": row_.digest, "password": "wrong"})
    assert wrong.status_code == 422
    assert "not your password" in wrong.content.decode()
    signed = client.post(approve, {"digest": row_.digest, "password": access.PASSWORD})
    assert signed.status_code == 302
    assert "In force this month" in page(client, "ruleset-list")


def test_author_who_posts_an_approval_is_refused(client, people):
    author, _ = people
    actor = access.actor(author)
    row_ = _draft(actor)
    costs.submit_ruleset(actor=actor, ruleset_id=row_.pk)
    access.signed_in(client, author)
    approve = reverse("costs:ruleset-approve", args=[row_.pk])
    answer = client.post(approve, {"digest": row_.digest, "password": access.PASSWORD})
    assert answer.status_code == 403
    assert "You wrote these rules" in html.unescape(answer.content.decode())


def _draft(actor):
    return costs.draft_ruleset(actor=actor, effective_from=dt.date(2026, 1, 1), raws=[RULE])


def test_rules_are_written_as_text_and_compared_with_those_in_force(client, people):
    author, other = people
    access.signed_in(client, author)
    address = reverse("costs:ruleset-create") + "?as=text"
    text = (
        "- {priority: 1, phase: direct, name: All, matcher: {all: []}, method: fixed,\n"
        "   targets: [{target: organisation, weight: 60}, {target: pool/gpu, weight: 30.5}]}\n"
    )
    costs.create_pool(actor=access.actor(author), slug="gpu", name="GPU")
    body = {"effective_from": "2026-01-01", "note": "", "as": "text", "rules": text}
    refused = client.post(address, body)
    assert refused.status_code == 422
    assert "the percentages sum to 90.5, not 100" in refused.content.decode()
    assert client.post(address, body | {"rules": text.replace("30.5", "40")}).status_code == 302
    row_ = RuleSet.objects.get()
    costs.submit_ruleset(actor=access.actor(author), ruleset_id=row_.pk)
    access.signed_in(client, other)
    reason = {"reason": "Pools first.", "password": access.PASSWORD}
    returned = client.post(reverse("costs:ruleset-return", args=[row_.pk]), reason)
    assert returned.status_code == 302
    assert "Pools first." in page(client, "ruleset-detail", row_.pk)
    export = client.get(reverse("costs:ruleset-text", args=[row_.pk]))
    assert "weight: '40'" in export.content.decode()


def test_api_takes_json_and_yaml_and_never_an_approval_by_token(people):
    author, other = people
    api, url = access.api_client(author), "/api/v1/costs/rulesets/"
    made = api.post(url, {"effective_from": "2026-01-01", "rules": [RULE]}, format="json")
    assert made.status_code == 201, made.json()
    one = f"{url}{made.json()['id']}/"
    assert made.json()["in_words"] == ["Every line that is left goes to organisation."]
    yaml = "- {priority: 2, phase: direct, name: B, matcher: {all: []}, method: direct, "
    yaml += "targets: [{target: organisation}]}"
    changed = api.patch(one, {"rules": yaml}, format="json", headers={"If-Match": made["ETag"]})
    assert (changed.status_code, changed.json()["rules"][0]["name"]) == (200, "B")
    stale = api.patch(one, {"rules": yaml}, format="json", headers={"If-Match": made["ETag"]})
    assert stale.status_code == 412
    bad = api.patch(one, {"rules": [{"name": "x"}]}, format="json")
    assert (bad.status_code, list(bad.json()["errors"])) == (422, ["rules.1"])
    assert api.post(f"{one}submit/").status_code == 201
    listed = api.get(url, {"state": "submitted"}).json()["items"]
    assert [row["id"] for row in listed] == [made.json()["id"]]
    body = {"digest": changed.json()["digest"], "password": access.PASSWORD}
    signed = access.api_client(other).post(f"{one}approve/", body, format="json")
    assert signed.status_code == 403
    reason = {"reason": "no", "password": access.PASSWORD}
    assert access.api_client(other).post(f"{one}return/", reason, format="json").status_code == 403


def test_person_signed_in_approves_over_the_api(client, people):
    author, other = people
    row_ = _draft(access.actor(author))
    costs.submit_ruleset(actor=access.actor(author), ruleset_id=row_.pk)
    access.signed_in(client, other)
    answer = client.post(
        f"/api/v1/costs/rulesets/{row_.pk}/approve/",
        {"digest": row_.digest, "password": access.PASSWORD},
        content_type="application/json",
    )
    assert (answer.status_code, answer.json()["state"]) == (201, "approved")
