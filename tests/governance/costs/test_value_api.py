"""Experiments, claims and exceptions over REST: amounts as text, signatures by people alone."""

import datetime as dt

import pytest
from django.utils import timezone

from governance.access.kinds import Role
from governance.costs import commands as costs
from governance.costs.kinds import HintKind
from governance.costs.models import CostHint
from governance.costs.rules.hints import Hint
from governance.costs.rules.subjects import Subject
from governance.kernel.actor import system_actor
from governance.kernel.money import UNIT
from tests.factories import access, spend
from tests.factories import catalog as things
from tests.factories import value as made

pytestmark = pytest.mark.django_db
URL = "/api/v1/costs/"


@pytest.fixture
def market():
    return made.Market()


@pytest.fixture
def api(market):
    return access.api_client(market.manager)


def post(client, path: str, body: dict, status: int = 201) -> dict:
    answer = client.post(f"{URL}{path}", body, format="json")
    assert answer.status_code == status, answer.content
    return answer.json()


def _plan(market) -> dict:
    return {
        "model": str(market.model.pk),
        "name": "Holdout",
        "hypothesis": "It helps.",
        "started_on": timezone.localdate().isoformat(),
        "design": {
            "measure": "Paid back",
            "kind": "shares",
            "unit": "customers",
            "planned_n": 4000,
            "baseline": "0.1",
        },
    }


@pytest.mark.embedded
def test_an_experiment_is_run_over_rest(api, market):
    row = post(api, "experiments/", _plan(market))
    path = f"experiments/{row['id']}/"
    assert row["design"]["detectable"] > 0
    post(api, f"{path}look/", {"note": "As every week."})
    post(api, f"{path}observe/", {"arms": made.SOUND})
    done = post(api, f"{path}conclude/", {"ended_on": timezone.localdate().isoformat()})
    assert done["result"]["peeked"]
    assert done["result"]["p_corrected"] > done["result"]["p"]
    assert api.get(f"{URL}{path}").json() == done
    listed = api.get(f"{URL}experiments/?state=concluded").json()
    assert [one["id"] for one in listed["items"]] == [row["id"]]
    assert api.get(f"{URL}experiments/?state=running").json()["items"] == []


def test_a_design_that_is_none_is_a_problem_with_its_field(api, market):
    plan = _plan(market)
    plan["design"]["baseline"] = "1.5"
    assert "baseline" in post(api, "experiments/", plan, 422)["errors"]


def _claim(market, **changes) -> dict:
    return {
        "model": str(market.model.pk),
        "benefit": "Less fraud",
        "start": "2026-01-01",
        "end": "2026-02-01",
        "method": "Counted.",
        "currency": "USD",
        "low": "1000",
        "point": "2000.000000000000000001",
        "high": "3000",
        "grade": "c",
    } | changes


def test_a_claim_keeps_every_digit(api, market):
    row = post(api, "claims/", _claim(market))
    assert (row["point"], row["currency"], row["share"]) == ("2000.000000000000000001", "USD", "1")
    assert row["number"].startswith("BEN-")
    assert api.get(f"{URL}claims/?state=unattested").json()["items"][0]["id"] == row["id"]


def test_a_claim_is_on_a_version_or_a_use_case_and_is_found_by_it(api, market):
    version, use_case = str(market.version.pk), str(market.model.use_case_id)
    nothing = {"model": None, "version": None, "use_case": None}
    body = _claim(market, benefit="Of one version", version=version)
    del body["model"]
    one = post(api, "claims/", body)
    assert {name: one[name] for name in nothing} == nothing | {
        "model": str(market.model.pk),
        "version": version,
    }
    del body["version"]
    whole = post(api, "claims/", body | {"benefit": "Of the whole", "use_case": use_case})
    assert {name: whole[name] for name in nothing} == nothing | {"use_case": use_case}
    for query, found in (
        ({"version": version}, [one]),
        ({"model": str(market.model.pk)}, [one]),
        ({"use_case": use_case}, [whole]),
        ({"project": use_case}, [whole, one]),
        ({"team": market.model.team.slug}, [whole, one]),
        ({"q": market.model.use_case.name}, [whole]),
    ):
        assert api.get(f"{URL}claims/", query).json()["items"] == found, query


def test_a_claim_on_two_things_or_none_is_refused_at_its_field(api, market):
    both = _claim(market, use_case=str(market.model.use_case_id))
    assert "model" in post(api, "claims/", both, 422)["errors"]
    neither = {name: said for name, said in both.items() if name not in {"model", "use_case"}}
    assert "model" in post(api, "claims/", neither, 422)["errors"]


def test_a_models_worth_tells_its_use_cases_benefit_apart(api, market):
    things.model(market.model.team, use_case=market.model.use_case)
    made.attested(market, Subject(use_case_id=market.model.use_case_id))
    on = Subject(version_id=market.version.pk)
    made.attested(market, on, benefit="Fewer calls", point=1500 * UNIT)
    days = {"start": "2026-01-01", "end": "2026-02-01"}
    path = f"{URL}models/{market.model.pk}/worth/"
    low_high = {"low": "1000", "high": "3000"}
    (item,) = api.get(path, days).json()["items"]
    assert item["benefit"] == {"c": low_high | {"point": "1500"}}
    assert item["use_case"]["benefit"] == {"c": low_high | {"point": "2000"}}
    assert item["use_case"]["unattested"] == {"low": "0", "point": "0", "high": "0"}


@pytest.mark.parametrize("amount", [2000, 2000.5, "1,000", "0.0000000000000000001", None])
def test_an_amount_that_is_no_plain_text_is_refused(api, market, amount):
    assert "point" in post(api, "claims/", _claim(market, point=amount), 400)["errors"]


def test_no_token_attests_or_rejects(market):
    row = made.claim(market)
    token = access.api_client(market.finance)
    said = {"answer": "Checked.", "password": access.PASSWORD}
    post(token, f"claims/{row.pk}/attest/", said, 403)
    post(token, f"claims/{row.pk}/reject/", {"answer": "No."}, 403)


def test_a_person_signed_in_attests_with_the_password(client, market):
    row = made.claim(market)
    access.signed_in(client, market.finance)
    path = f"{URL}claims/{row.pk}/attest/"
    said = {"answer": "Checked.", "password": "wrong"}
    assert client.post(path, said, content_type="application/json").status_code == 403
    said["password"] = access.PASSWORD
    answer = client.post(path, said, content_type="application/json")
    assert answer.status_code == 201
    assert answer.json()["state"] == "attested"


def test_a_claim_is_withdrawn_over_rest(api, market):
    row = made.claim(market)
    assert post(api, f"claims/{row.pk}/withdraw/", {"reason": "Wrong."})["state"] == "withdrawn"
    post(api, f"claims/{row.pk}/withdraw/", {"reason": "Wrong."}, 409)


def test_exceptions_are_listed_and_answered_over_rest(api, market):
    target = spend.of_version(market.version)
    found = Hint(
        HintKind.IDLE_ENDPOINT,
        target.key,
        "Idle",
        ("A sign",),
        {"USD": UNIT // 2},
        target_key=target.key,
    )
    costs.record_hints(actor=system_actor(), hints=[found], seen_on=dt.date(2026, 3, 1))
    (row,) = api.get(f"{URL}exceptions/?kind=idle_endpoint").json()["items"]
    assert (row["money"], row["currency"], row["target"]) == ("0.5", "USD", target.key)
    assert row["evidence"] == [{"on": "2026-03-01", "signs": ["A sign"], "money": {"USD": "0.5"}}]
    path = f"exceptions/{row['id']}/answer/"
    post(api, path, {"answer": "snoozed", "reason": "Later."}, 422)
    assert post(api, path, {"answer": "accepted", "reason": "Yes."})["state"] == "accepted"
    post(api, path, {"answer": "open", "reason": "Yes."}, 400)


def test_claims_are_narrowed_by_project_and_by_a_month_that_they_touch(api, market):
    start = made.claim(market).start
    for query, count in (
        ({"project": str(market.model.use_case_id)}, 1),
        ({"project": str(market.model.pk)}, 0),
        ({"period": f"{start:%Y-%m}"}, 1),
        ({"period": "2019-01"}, 0),
    ):
        assert len(api.get(f"{URL}claims/", query).json()["items"]) == count, query


def test_strangers_find_nothing(market):
    made.claim(market)
    trial = made.experiment(market)
    stranger = access.api_client(access.person(Role.MANAGER, team=access.team()))
    for path in ("claims/", "experiments/", "exceptions/"):
        assert stranger.get(f"{URL}{path}").json()["items"] == []
    assert stranger.get(f"{URL}experiments/{trial.pk}/").status_code == 404
    assert not CostHint.objects.exists()
