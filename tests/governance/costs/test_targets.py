"""Targets follow the inventory; pools are made by hand; one tag names one target."""

import datetime as dt
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse

from governance.access.kinds import Role
from governance.costs import commands as costs
from governance.costs.kinds import TargetKind
from governance.costs.models import Target
from governance.flows import commands as flows
from governance.flows.reactions import REACTIONS
from governance.kernel.actor import system_actor
from governance.kernel.errors import Conflict, Missing, NotPermitted, RuleBroken
from governance.ledger.models import Entry
from inventory.catalog import commands as catalog_commands
from tests.factories import access, catalog

pytestmark = pytest.mark.django_db


@pytest.fixture
def purse():
    return access.actor(access.person(Role.MANAGER))


def events(kind="costs.target"):
    rows = Entry.objects.filter(kind__startswith=kind).order_by("seq")
    return list(rows.values_list("kind", flat=True))


def keys(**facets):
    return set(Target.objects.filter(**facets).values_list("key", flat=True))


def test_sync_makes_a_target_for_all_of_the_inventory_and_again_makes_none():
    version = catalog.version()
    model = version.model
    out = StringIO()
    call_command("sync_cost_targets", stdout=out)
    phases = {"experiment", "train", "validate", "serve", "monitor"}
    assert keys(version=version) == {f"{model.public_id}/v1/{phase}" for phase in phases}
    assert keys(kind=TargetKind.MODEL) == {model.public_id}
    assert keys(kind=TargetKind.PROJECT) == {model.use_case.public_id}
    assert f"team/{model.team.slug}" in keys(kind=TargetKind.TEAM)
    assert "organisation" in keys()
    assert {"unallocated/no_rule", "unallocated/target_retired"} <= keys()
    assert costs.ensure_targets(actor=system_actor()) == 0
    assert events() == ["costs.target.created"]


def test_new_versions_and_new_names_reach_the_targets_by_themselves():
    version = catalog.version()
    reaction = [r for r in REACTIONS if r.name == "ensure-cost-targets"]
    flows.advance(reaction)
    assert Target.objects.filter(version=version).count() == 5
    assert {"organisation", "unallocated/no_rule"} <= keys()
    actor = catalog.builder(version.model.team)
    catalog_commands.edit_model(
        actor=actor, model_id=version.model_id, changes={"name": "Renamed model"}
    )
    flows.advance(reaction)
    row = Target.objects.get(key=f"{version.model.public_id}/v1/serve")
    assert row.name == "Renamed model v1, serve"
    assert row.team_id == version.model.team_id
    assert "costs.target.changed" in events()


def test_nobody_types_in_targets_of_the_inventory(purse):
    with pytest.raises(NotPermitted):
        costs.ensure_targets(actor=purse)
    assert not Target.objects.exists()


def test_pool_is_made_by_hand_and_has_an_owner(purse):
    row = costs.create_pool(actor=purse, slug="gpu", name=" GPU cluster ")
    assert (row.key, row.name, row.owner_id) == ("pool/gpu", "GPU cluster", purse.id)
    assert events() == ["costs.target.created"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"slug": "GPU pool"}, "bad-key"),
        ({"slug": "-gpu"}, "bad-key"),
        ({"name": "  "}, "name-needed"),
    ],
)
def test_pool_that_cannot_be_named_is_refused_and_nothing_is_written(purse, changes, code):
    with pytest.raises(RuleBroken) as refused:
        costs.create_pool(actor=purse, **{"slug": "gpu", "name": "GPU"} | changes)
    assert refused.value.code == code
    assert not Target.objects.exists()
    assert events() == []


def test_second_pool_of_the_same_key_is_refused(purse):
    costs.create_pool(actor=purse, slug="gpu", name="GPU")
    with pytest.raises(Conflict):
        costs.create_pool(actor=purse, slug="gpu", name="Another")
    assert events() == ["costs.target.created"]


@pytest.mark.parametrize("role", [Role.DEVELOPER, Role.AUDITOR])
def test_who_edits_no_rules_makes_no_pool(role):
    with pytest.raises(NotPermitted):
        costs.create_pool(actor=access.actor(access.person(role)), slug="gpu", name="GPU")
    assert not Target.objects.exists()


def test_right_in_one_team_makes_no_pool_for_all():
    one_team = access.actor(access.person(Role.MANAGER, team=access.team()))
    with pytest.raises(NotPermitted, match="single teams"):
        costs.create_pool(actor=one_team, slug="gpu", name="GPU")


def test_alias_that_another_target_has_is_refused_whatever_its_case(purse):
    first = costs.create_pool(actor=purse, slug="gpu", name="GPU")
    second = costs.create_pool(actor=purse, slug="cpu", name="CPU")
    costs.edit_target(actor=purse, target_id=first.pk, changes={"aliases": ["Fraud", " score "]})
    first.refresh_from_db()
    assert first.aliases == ["Fraud", "score"]
    before = events()
    for alias in ("fraud ", "POOL/GPU"):
        with pytest.raises(Conflict) as refused:
            costs.edit_target(actor=purse, target_id=second.pk, changes={"aliases": [alias]})
        assert "pool/gpu" in refused.value.message
    with pytest.raises(RuleBroken, match="twice"):
        costs.edit_target(actor=purse, target_id=second.pk, changes={"aliases": ["a", "A"]})
    second.refresh_from_db()
    assert second.aliases == []
    assert events() == before


def test_saving_the_same_again_changes_nothing(purse):
    row = costs.create_pool(actor=purse, slug="gpu", name="GPU")
    changes = {"aliases": ["g"], "name": "GPU", "owner_id": purse.id}
    costs.edit_target(actor=purse, target_id=row.pk, changes=changes)
    costs.edit_target(actor=purse, target_id=row.pk, changes=changes)
    assert events() == ["costs.target.created", "costs.target.changed"]


def test_name_of_a_model_is_not_changed_here(purse):
    catalog.model()
    costs.ensure_targets(actor=system_actor())
    row = Target.objects.get(kind=TargetKind.MODEL)
    with pytest.raises(RuleBroken, match="inventory"):
        costs.edit_target(actor=purse, target_id=row.pk, changes={"name": "Mine"})


def test_retired_target_hands_over_to_its_successor_and_cannot_be_retired_twice(purse):
    old = costs.create_pool(actor=purse, slug="old", name="Old")
    new = costs.create_pool(actor=purse, slug="new", name="New")
    day = dt.date(2026, 3, 15)
    costs.retire_target(actor=purse, target_id=old.pk, on=day, successor="pool/new")
    old.refresh_from_db()
    assert (old.retired_on, old.successor_id) == (day, new.pk)
    with pytest.raises(Conflict, match="was retired"):
        costs.retire_target(actor=purse, target_id=old.pk, on=day)
    with pytest.raises(RuleBroken, match="pool/old"):
        costs.retire_target(actor=purse, target_id=new.pk, on=day, successor="pool/old")
    assert events().count("costs.target.retired") == 1


def test_unallocated_and_the_organisation_stay(purse):
    costs.ensure_targets(actor=system_actor())
    for key in ("organisation", "unallocated/no_rule"):
        row = Target.objects.get(key=key)
        with pytest.raises(RuleBroken, match="stays"):
            costs.retire_target(actor=purse, target_id=row.pk, on=dt.date(2026, 1, 1))


def test_retiring_what_is_not_there_or_without_the_right_is_refused(purse):
    with pytest.raises(Missing):
        costs.retire_target(actor=purse, target_id=access.team().pk, on=dt.date(2026, 1, 1))
    row = costs.create_pool(actor=purse, slug="gpu", name="GPU")
    developer = access.actor(access.person(Role.DEVELOPER))
    with pytest.raises(NotPermitted):
        costs.retire_target(actor=developer, target_id=row.pk, on=dt.date(2026, 1, 1))


def test_member_of_a_team_sees_own_targets_alone():
    mine, other = catalog.version(), catalog.version()
    costs.ensure_targets(actor=system_actor())
    actor = access.actor(access.person(Role.DEVELOPER, team=mine.model.team))
    seen = set(Target.objects.visible_to(actor).values_list("key", flat=True))
    assert f"{mine.model.public_id}/v1/serve" in seen
    assert not {key for key in seen if key.startswith(other.model.public_id)}
    assert "unallocated/no_rule" not in seen


def test_pages_list_filter_export_and_change(client):
    catalog.version()
    costs.ensure_targets(actor=system_actor())
    access.signed_in(client, access.person(Role.MANAGER))
    page = client.get(reverse("costs:target-list"), {"kind": "version", "phase": "serve"})
    assert page.status_code == 200
    assert page.content.decode().count("/v1/serve</span>") == 1
    export = client.get(reverse("costs:target-list"), {"format": "csv"})
    assert b"unallocated/no_rule" in b"".join(export)
    body = {"name": "GPU", "slug": "gpu", "owner": ""}
    refused = client.post(reverse("costs:target-create"), body)
    assert refused.status_code == 422
    owner = access.person(Role.FINANCE_ATTESTER)
    made = client.post(reverse("costs:target-create"), body | {"owner": str(owner.pk)})
    assert made.status_code == 302
    row = Target.objects.get(key="pool/gpu")
    client.post(
        reverse("costs:target-edit", args=[row.pk]),
        {"name": "GPU farm", "owner": str(owner.pk), "called": "gpu, farm"},
    )
    row.refresh_from_db()
    assert (row.name, row.aliases) == ("GPU farm", ["gpu", "farm"])
    twice = client.post(
        reverse("costs:target-edit", args=[row.pk]), {"name": "GPU", "called": "x, X"}
    )
    assert twice.status_code == 422
    assert "twice" in twice.content.decode()
    retired = client.post(
        reverse("costs:target-retire", args=[row.pk]), {"on": "2026-02-01", "successor": ""}
    )
    assert retired.status_code == 302
    assert "Retired" in client.get(reverse("costs:target-edit", args=[row.pk])).content.decode()


def test_api_makes_lists_changes_and_retires():
    api = access.api_client(access.person(Role.MANAGER))
    made = api.post("/api/v1/costs/targets/", {"slug": "gpu", "name": "GPU"}, format="json")
    assert made.status_code == 201
    url = f"/api/v1/costs/targets/{made.json()['id']}/"
    changed = api.patch(url, {"aliases": ["g"]}, format="json")
    assert (changed.status_code, changed.json()["aliases"]) == (200, ["g"])
    listed = api.get("/api/v1/costs/targets/", {"kind": "pool"}).json()["items"]
    assert [row["key"] for row in listed] == ["pool/gpu"]
    ended = api.post(f"{url}retire/", {"on": "2026-01-31"}, format="json")
    assert (ended.status_code, ended.json()["retired_on"]) == (201, "2026-01-31")
    again = api.post(f"{url}retire/", {"on": "2026-01-31"}, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "retired-already")
