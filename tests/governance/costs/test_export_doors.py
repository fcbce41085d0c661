"""A run's FOCUS file: asked for once, written by one worker, kept, and taken by who may."""

import datetime as dt
import hashlib
import threading
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from governance.access.models import User
from governance.costs import commands as costs
from governance.costs import filing, models
from governance.costs.kinds import ExportState
from governance.kernel.actor import system_actor
from governance.kernel.errors import Missing, NotPermitted, RuleBroken
from governance.ledger.models import Entry
from inventory.catalog import storage
from tests.factories import access
from tests.factories import costs as bills

pytestmark = pytest.mark.django_db(transaction=True)
API = "/api/v1/costs/export/focus-1.3/"


@pytest.fixture
def run(manager: User, rules: models.RuleSet, bill: models.ImportBatch) -> models.AllocationRun:
    found = bills.allocated(manager)
    return costs.publish_run(actor=access.actor(manager), run_id=found.pk)


@pytest.fixture
def web(manager: User) -> Client:
    client = Client()
    client.force_login(manager)
    return client


def asked(manager: User, run: models.AllocationRun) -> models.FocusExport:
    return costs.request_export(actor=access.actor(manager), run_id=run.pk)


def written(manager: User, run: models.AllocationRun) -> models.FocusExport:
    found = filing.write_export(asked(manager, run).pk)
    assert found is not None
    return found


def kinds() -> list[str]:
    rows = Entry.objects.filter(kind__startswith="costs.export.").order_by("seq")
    return [kind.removeprefix("costs.export.") for kind in rows.values_list("kind", flat=True)]


def post(client: Client, period: str) -> Any:
    return client.post(API, {"period": period}, content_type="application/json")


@pytest.mark.embedded
def test_the_api_queues_the_file_tells_how_far_it_is_and_hands_it_out(
    web: Client, run: models.AllocationRun
) -> None:
    answer = post(web, "2026-01")
    assert (answer.status_code, answer.json()["state"]) == (202, "queued")
    path = answer["Location"]
    assert path == f"{API}{answer.json()['id']}/"
    early = web.get(f"{path}file/")
    assert (early.status_code, early.json()["code"]) == (404, "export-not-ready")
    filing.write_export(models.FocusExport.objects.get().pk)
    state = web.get(path).json()
    assert (state["state"], state["rows"], state["period"]) == ("ready", 8, "2026-01")
    sums = {one["currency"]: (one["billed"], one["imported_billed"]) for one in state["sums"]}
    assert sums["USD"] == ("14.999999999999999999",) * 2
    file = web.get(f"{path}file/")
    body = b"".join(file.streaming_content)
    assert (file["Content-Type"], int(file["Content-Length"])) == ("text/csv", len(body))
    assert hashlib.sha256(body).hexdigest() == state["digest"]
    assert "SkuId" in file["X-Columns-Not-Held"]
    assert body.count(b"\n") == 9
    assert kinds() == ["requested", "written", "taken"]
    again = post(web, "2026-01")
    assert (again.status_code, again["Location"]) == (200, path)
    assert [one["id"] for one in web.get(API, {"period": "2026-01"}).json()["items"]] == [
        state["id"]
    ]
    assert web.get(API, {"period": "2026-02"}).json()["items"] == []


def test_what_is_not_published_is_not_exported(
    web: Client, manager: User, rules: models.RuleSet, bill: models.ImportBatch
) -> None:
    run, before = bills.allocated(manager), Entry.objects.count()
    assert (post(web, "2026-01").status_code, post(web, "January").status_code) == (404, 400)
    with pytest.raises(RuleBroken, match="only a published run"):
        asked(manager, run)
    assert not models.FocusExport.objects.exists()
    assert Entry.objects.count() == before


def test_only_who_sees_all_costs_has_exports(manager: User, run: models.AllocationRun) -> None:
    export = written(manager, run)
    person = access.person("manager", team=access.team())
    client = Client()
    client.force_login(person)
    before = Entry.objects.count()
    with pytest.raises(Missing):
        costs.request_export(actor=access.actor(person), run_id=run.pk)
    with pytest.raises(Missing):
        costs.take_export(actor=access.actor(person), export_id=export.pk)
    assert post(client, "2026-01").status_code == 404
    assert client.get(API).json()["items"] == []
    for path in (f"{API}{export.pk}/", f"{API}{export.pk}/file/"):
        assert client.get(path).status_code == 404
    for path in ("", "file/"):
        assert client.get(f"/costs/runs/{run.pk}/export/{path}").status_code == 404
    assert client.post(f"/costs/runs/{run.pk}/export/request/").status_code == 404
    assert Entry.objects.count() == before


def test_nobody_types_in_what_workers_write(manager: User, run: models.AllocationRun) -> None:
    asked(manager, run)
    export = costs.claim_export(models.FocusExport.objects.get().pk)
    assert export is not None
    with pytest.raises(NotPermitted):
        costs.fail_export(actor=access.actor(manager), export=export, reason="No")
    found = costs.Written(digest="0" * 64, size=1, rows=1, sums=[], not_held={})
    with pytest.raises(NotPermitted):
        costs.record_export(actor=access.actor(manager), export=export, found=found)
    with pytest.raises(NotPermitted):
        costs.sweep_exports(actor=access.actor(manager))
    assert kinds() == ["requested"]


def test_asked_for_by_two_at_once_it_is_written_once(
    manager: User, run: models.AllocationRun
) -> None:
    found: list[Any] = []

    def ask() -> None:
        try:
            found.append(asked(manager, run).pk)
        finally:
            connection.close()

    both = [threading.Thread(target=ask) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert len(found) == 2
    assert len({*found}) == models.FocusExport.objects.count() == 1
    held = costs.claim_export(found[0])
    assert held is not None
    assert filing.write_export(found[0]) is None
    silent = timezone.now() - dt.timedelta(seconds=1)
    models.FocusExport.objects.update(lease_until=silent)
    export = filing.write_export(found[0])
    assert export.state == ExportState.READY
    with pytest.raises(costs.LostExport):
        costs.tell_export(held, "still here")
    assert filing.write_export(found[0]) is None
    assert kinds() == ["requested", "written"]


def test_a_later_run_makes_a_file_of_its_own_and_leaves_the_former(
    web: Client, manager: User, rules: models.RuleSet
) -> None:
    source, exports = bills.source(manager), []
    for cluster in ("10.00", "11.00"):
        bills.cluster_bill(manager, cluster, source)
        run = bills.allocated(manager)
        costs.publish_run(actor=access.actor(manager), run_id=run.pk)
        exports.append(written(manager, run))
    former, latter = exports
    assert former.digest != latter.digest
    page = web.get(f"/costs/runs/{former.run_id}/").content.decode()
    assert f"/costs/runs/{former.run_id}/export/file/" in page
    with storage.open_blob(former.digest) as file:
        assert hashlib.sha256(file.read()).hexdigest() == former.digest


def test_shares_that_do_not_sum_fail_the_export_with_the_reason_and_may_be_asked_for_again(
    web: Client, manager: User, run: models.AllocationRun
) -> None:
    charge = models.AllocatedCharge.objects.filter(run=run, target__key="pool/b").first()
    rows = models.AllocatedCharge.objects.filter(pk=charge.pk)
    rows.update(billed=charge.billed + 1)
    export = written(manager, run)
    assert (export.state, export.digest) == (ExportState.FAILED, "")
    page = web.get(f"/costs/runs/{run.pk}/").content.decode()
    assert "not the sum of their lines" in page
    assert "Write it again" in page
    rows.update(billed=charge.billed)
    assert web.post(f"/costs/runs/{run.pk}/export/request/").status_code == 302
    assert filing.write_export(export.pk).state == ExportState.READY
    assert kinds() == ["requested", "failed", "requested", "written"]


def test_a_file_that_does_not_sum_to_the_import_is_not_kept(
    manager: User, run: models.AllocationRun
) -> None:
    run.invariants[0]["rows"][0]["imported"] = "1"
    models.AllocationRun.objects.filter(pk=run.pk).update(invariants=run.invariants)
    export = written(manager, run)
    assert (export.state, export.digest) == (ExportState.FAILED, "")
    assert "does not sum to what was imported" in export.failure


def test_a_landing_that_is_gone_fails_the_export(manager: User, run: models.AllocationRun) -> None:
    models.ImportBatch.objects.update(landing_digest="0" * 64)
    export = written(manager, run)
    assert export.state == ExportState.FAILED
    assert "0000" in export.failure


def test_what_was_lost_is_sent_again_and_ends_after_three_attempts(
    manager: User, run: models.AllocationRun
) -> None:
    export = asked(manager, run)
    rows = models.FocusExport.objects.filter(pk=export.pk)
    rows.update(requested_at=timezone.now() - dt.timedelta(minutes=1))
    assert costs.sweep_exports(actor=system_actor()) == 1
    silent = timezone.now() - dt.timedelta(seconds=1)
    rows.update(state=ExportState.RUNNING, attempt=3, lease_until=silent)
    assert costs.sweep_exports(actor=system_actor()) == 0
    assert "three times" in rows.get().failure
    assert kinds() == ["requested", "failed"]


def test_a_page_asks_follows_and_hands_out_the_file(web: Client, run: models.AllocationRun) -> None:
    page = f"/costs/runs/{run.pk}/"
    assert "Write the FOCUS 1.3 file" in web.get(page).content.decode()
    assert web.get(f"{page}export/file/").status_code == 404
    answer = web.post(f"{page}export/request/")
    assert answer["Location"] == f"{page}#export"
    assert "Waiting for a worker" in web.get(page).content.decode()
    export = costs.claim_export(models.FocusExport.objects.get().pk)
    costs.tell_export(export, "Reading charges")
    told = web.get(f"{page}export/").content.decode()
    assert "Reading charges" in told
    assert "hx-get" in told
    costs.release_export(export, "Again")
    filing.write_export(export.pk)
    ready = web.get(f"{page}export/").content.decode()
    assert "hx-get" not in ready
    assert "14.999999999999999999 billed" in ready
    file = web.get(f"{page}export/file/")
    assert file["Content-Disposition"] == f'attachment; filename="{run.public_id}-focus-1.3.csv"'
    assert b"".join(file.streaming_content).startswith(b"Allocated")
    assert kinds()[-1] == "taken"
    period = models.BillingPeriod.objects.get()
    assert f"{page}#export" in web.get(f"/costs/periods/{period.pk}/").content.decode()


def test_a_run_without_publication_offers_no_file(
    web: Client, manager: User, rules: models.RuleSet, bill: models.ImportBatch
) -> None:
    run = bills.allocated(manager)
    assert "For other systems" not in web.get(f"/costs/runs/{run.pk}/").content.decode()
