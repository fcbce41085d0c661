"""Issuers without EffectiveCost are read by what they billed; nobody's money has an owner."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from governance.access.kinds import Role
from governance.costs import commands as costs
from governance.costs import models
from governance.costs.kinds import Basis
from governance.costs.querysets.drill import charges
from governance.costs.querysets.nobody import nobody
from governance.costs.querysets.series import billed_instead
from governance.costs.querysets.settlement import UNFILLED
from governance.costs.querysets.summary import Question, summary
from governance.kernel.actor import system_actor
from governance.kernel.money import to_text
from tests.factories import access, catalog, spend
from tests.factories import costs as bills

JANUARY = spend.JANUARY


@pytest.mark.django_db
@pytest.mark.embedded
def test_what_was_billed_stands_for_an_effect_that_nobody_filled(client: Client) -> None:
    manager = access.person(Role.MANAGER)
    actor, run = access.actor(manager), spend.run(JANUARY, manager.pk)
    team = spend.target("team/lending", "team", access.team("lending"))
    spend.charged(run, team, "10", effective="0", issuer="Bare")
    spend.charged(run, team, "5", effective="4", issuer="Full")
    question = Question((JANUARY,), ("issuer",))
    before = summary(actor, question)
    assert (to_text(before.total), before.by_billed) == ("4", ())
    spend.unfilled("Bare", manager)
    found = summary(actor, question)
    told = {line.labels[0]: to_text(line.total) for line in found.lines}
    assert (told, found.by_billed) == ({"Bare": "10", "Full": "4"}, ("Bare",))
    assert summary(actor, Question((JANUARY,), basis=Basis.BILLED)).by_billed == ()
    only = summary(actor, Question((JANUARY,), filters={"issuer": "Full"}))
    assert only.by_billed == ()
    assert billed_instead(team, "USD", Basis.EFFECTIVE) == ["Bare"]
    assert billed_instead(team, "USD", Basis.BILLED) == []
    body = access.api_client(manager).get("/api/v1/costs/summary/?period=2026-01").json()
    assert body["by_billed"] == ["Bare"]
    access.signed_in(client, manager)
    page = client.get("/costs/explorer/?group=issuer").content.decode()
    assert "Bare leaves EffectiveCost empty" in page


@pytest.mark.django_db
def test_charges_are_listed_by_the_same_money() -> None:
    manager = access.person(Role.MANAGER)
    actor, run = access.actor(manager), spend.run(JANUARY, manager.pk)
    team = spend.target("team/lending", "team", access.team("lending"))
    spend.charge(run, team, "10", manager.pk, effective=0)
    assert [row.amount for row in charges(actor, Question((JANUARY,)))] == [0]
    models.ImportBatch.objects.update(
        facts={"rows": 1},
        findings=[{"code": UNFILLED, "count": 1, "first_line": 0, "message": "Empty."}],
    )
    models.BatchPart.objects.update(accepted_at=timezone.now())
    assert [to_text(row.amount) for row in charges(actor, Question((JANUARY,)))] == ["10"]


@pytest.mark.django_db
def test_what_nobody_got_stands_on_every_page_with_who_answers_for_it(client: Client) -> None:
    world = spend.Company()
    actor = access.actor(world.controller)
    question = Question((JANUARY,), ("unit",), Basis.BILLED)
    found = nobody(actor, question)
    assert found is not None
    assert [to_text(line.total) for line in found.lines] == ["0.000000000000000001"]
    assert found.owners == []
    costs.edit_target(
        actor=actor, target_id=world.nobody.pk, changes={"owner_id": world.controller.pk}
    )
    access.signed_in(client, world.controller)
    january = "?start=2026-01&end=2026-01"
    for path in ("/costs/", f"/costs/explorer/{january}", f"/costs/charges/{january}"):
        page = client.get(path).content.decode()
        assert "Unallocated in these months" in page, path
        assert f"{world.controller.name} answers for it" in page, path
    lender = access.actor(access.person(Role.MANAGER, team=world.lending))
    assert nobody(lender, question) is None


@pytest.mark.django_db
def test_a_page_asks_once_what_its_figures_stand_on(client: Client) -> None:
    world = spend.Company()
    version = catalog.version(catalog.model(world.lending))
    spend.charged(world.february, spend.of_version(version), "3")
    access.signed_in(client, world.controller)
    model = f"models/{version.model_id}/"
    for path in ("", "explorer/?start=2026-01&compare=before", "charges/", "models/", model):
        with CaptureQueriesContext(connection) as seen:
            assert client.get(f"/costs/{path}").status_code == 200
        asked = [query["sql"] for query in seen]
        runs = [sql for sql in asked if 'ORDER BY "costs_allocationrun"."published_at" ASC' in sql]
        marks = [sql for sql in asked if 'FROM "costs_costsource"' in sql and '"findings"' in sql]
        loose = [
            sql
            for sql in asked
            if 'FROM "costs_chargemonth"' in sql and "'unallocated'" in sql and "SUM(" in sql
        ]
        assert (len(runs), len(marks), len(loose)) == (1, 1, 1), path


@pytest.mark.django_db
def test_the_cockpits_unallocated_money_is_the_months_and_its_line_that_of_all_months(
    client: Client,
) -> None:
    world = spend.Company()
    spend.charged(world.january, world.nobody, "8", reason="no_driver")
    spend.charged(world.february, world.nobody, "2", reason="no_rule")
    spend.charged(world.february, world.nobody, "500", currency="JPY", reason="no_rule")
    access.signed_in(client, world.controller)
    page = client.get("/costs/").content.decode()
    line = page.partition("Unallocated in these months")[2].partition("</p>")[0]
    assert "500 JPY" in line
    assert "10.00 USD" in line
    assert "start=2026-01&amp;end=2026-02" in line
    panel = page.partition('id="unallocated"')[2].partition("</section>")[0]
    assert "2.00 USD" in panel
    assert "8.00 USD" not in panel


@pytest.mark.django_db(transaction=True)
def test_money_adjusted_to_nobody_carries_its_reason(manager: object, other: object) -> None:
    costs.ensure_targets(actor=system_actor())
    source = bills.source(manager, kind="manual", delivery="append")
    line = {"x_TargetKey": "unallocated/no_driver", "BilledCost": "-2", "EffectiveCost": "-2"}
    back = {"x_TargetKey": "organisation", "BilledCost": "2", "EffectiveCost": "2"}
    assert bills.imported(manager, source, bills.focus_csv(line, back)).state == "accepted"
    everything = {"priority": 1, "method": "direct", "targets": [{"target": "organisation"}]}
    bills.in_force(manager, other, everything)
    run = bills.allocated(manager)
    told = models.AllocatedCharge.objects.filter(run=run).values_list("target__key", "reason")
    assert set(told) == {("unallocated/no_driver", "no_driver"), ("organisation", "")}
    days = models.ChargeDay.objects.filter(run=run).values_list("target__key", "reason")
    assert set(days) == set(told)
