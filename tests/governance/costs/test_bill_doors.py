"""The doors of bills: pages, REST and the shell say the same of one batch."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from governance.access.kinds import Role
from governance.access.models import User
from governance.costs import models
from governance.costs.importing import import_batch
from governance.kernel.money import UNIT
from governance.portal.demo.bill import BillPlan, write_bill
from tests.factories import access
from tests.factories import costs as bills

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sender() -> User:
    return access.person("manager")


@pytest.fixture
def source(sender: User) -> models.CostSource:
    return bills.source(sender, name="Cloud")


@pytest.fixture
def pages(client: Client, sender: User) -> Client:
    return access.signed_in(client, sender)


def _file(content: bytes, name: str = "bill.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@pytest.fixture
def pool(sender: User) -> models.Target:
    return models.Target.objects.create(key="pool/gpu", kind="pool", name="GPU")


def test_a_bill_is_sent_read_and_shown(pages: Client, source: models.CostSource) -> None:
    sent = {"source": source.pk, "file": _file(bills.focus_csv({"BilledCost": "12.5"}))}
    answer = pages.post(reverse("costs:batch-upload"), sent)
    batch = models.ImportBatch.objects.get()
    assert answer["Location"] == reverse("costs:batch-detail", args=[batch.pk])
    assert "Waiting for a worker" in pages.get(answer["Location"]).content.decode()
    import_batch(batch.pk)
    shown = pages.get(answer["Location"]).content.decode()
    assert "Cloud 2026-01" in shown
    assert "12.5" in shown
    listed = pages.get(reverse("costs:batch-list")).content.decode()
    assert batch.public_id in listed


def test_the_same_file_again_leads_to_its_batch(pages: Client, source: models.CostSource) -> None:
    content = bills.focus_csv({})
    for _ in range(2):
        sent = {"source": source.pk, "file": _file(content)}
        answer = pages.post(reverse("costs:batch-upload"), sent, follow=True)
    assert "Already imported on" in answer.content.decode()
    assert models.ImportBatch.objects.count() == 1


def test_rows_that_were_not_taken_are_shown_and_downloaded_harmless(
    pages: Client, sender: User, source: models.CostSource
) -> None:
    rows = [{}, {"BilledCost": "12,5", "ResourceId": "=cmd()"}]
    batch = bills.imported(sender, source, bills.focus_csv(*rows))
    page = pages.get(reverse("costs:batch-detail", args=[batch.pk])).content.decode()
    assert "waits for a person" in page
    assert "ambiguous-number" in page
    url = reverse("costs:batch-rejected", args=[batch.pk])
    told = b"".join(pages.get(url, {"format": "csv"}).streaming_content).decode()
    assert "ambiguous-number" in told
    assert pages.get(url).status_code == 200


def test_a_held_bill_is_accepted_by_somebody_else_with_a_reason(
    client: Client, sender: User, source: models.CostSource
) -> None:
    batch = bills.imported(sender, source, bills.focus_csv({}, {"BilledCost": "x"}))
    url = reverse("costs:batch-accept", args=[batch.pk])
    own = access.signed_in(Client(), sender)
    signed = {"reason": "It is small.", "password": access.PASSWORD}
    assert own.post(url, signed).status_code == 422
    other = access.signed_in(client, access.person("finance_attester"))
    assert other.post(url, signed | {"reason": ""}).status_code == 422
    wrong = other.post(url, signed | {"password": "wrong"})
    assert "not your password" in wrong.content.decode()
    assert other.post(url, signed).status_code == 302
    import_batch(batch.pk)
    batch.refresh_from_db()
    assert (batch.state, batch.answer) == ("accepted", "It is small.")


@pytest.mark.embedded
def test_who_makes_a_batch_current_again_sees_what_that_changes(
    pages: Client, sender: User, source: models.CostSource
) -> None:
    first, second = (
        bills.imported(sender, source, bills.focus_csv({"BilledCost": amount}))
        for amount in ("10", "12.5")
    )
    url = f"/api/v1/costs/batches/{first.pk}/"
    told = access.api_client(sender).get(url).json()
    assert told["again"] == [
        {"period": "Cloud 2026-01", "currency": "USD", "before": "12.5", "after": "10"}
    ]
    page = pages.get(reverse("costs:batch-detail", args=[first.pk])).content.decode()
    assert "What making it current again changes" in page
    assert "-2.50 USD" in page
    page = pages.get(reverse("costs:batch-detail", args=[second.pk])).content.decode()
    assert f'It replaced <a href="{reverse("costs:batch-detail", args=[first.pk])}">' in page
    told = access.api_client(sender).get(f"/api/v1/costs/batches/{second.pk}/").json()
    assert (told["replaced"], told["again"]) == (
        [{"id": str(first.pk), "public_id": first.public_id}],
        [],
    )
    models.BillingPeriod.objects.update(state="closed")
    assert access.api_client(sender).get(url).json()["again"] == []


def test_who_sees_only_a_teams_money_sees_no_bill(
    client: Client, sender: User, source: models.CostSource
) -> None:
    batch = bills.imported(sender, source, bills.focus_csv({}))
    owner = access.person("model_owner", team=access.team())
    there = access.signed_in(client, owner)
    assert there.get(reverse("costs:batch-detail", args=[batch.pk])).status_code == 404
    assert batch.public_id not in there.get(reverse("costs:batch-list")).content.decode()


def test_rest_tells_the_whole_story(sender: User) -> None:
    client = access.api_client(sender)
    made = client.post("/api/v1/costs/sources/", {"name": "Cloud", "floor": "2.5"}, format="json")
    assert (made.status_code, made.data["floor"]) == (201, "2.5")
    content = bills.focus_csv({"BilledCost": "2"}, {"BilledCost": "-1"}, {"BilledCost": "?"})
    body = {"source": made.data["id"], "file": _file(content)}
    sent = client.post("/api/v1/costs/batches/", body, format="multipart")
    assert (sent.status_code, sent.data["state"]) == (201, "received")
    import_batch(sent.data["id"])
    url = f"/api/v1/costs/batches/{sent.data['id']}/"
    held = client.get(url).data
    assert (held["state"], held["rows_rejected"]) == ("held", 1)
    refused = client.get(f"{url}rejected/").data["items"]
    assert [row["codes"] for row in refused] == [["unreadable-amount"]]
    signed = {"reason": "Small.", "password": access.PASSWORD}
    other = access.person("manager")
    token = access.api_client(other).post(f"{url}accept/", signed, format="json")
    assert (token.status_code, token.json()["code"]) == (403, "person-needed")
    web = access.signed_in(Client(), other)
    accepted = web.post(f"{url}accept/", signed, content_type="application/json")
    assert accepted.status_code == 201
    import_batch(sent.data["id"])
    told = client.get(url).data
    assert [(t["month"], t["rows"], t["billed"]) for t in told["totals"]] == [("2026-01", 2, "1")]
    lines = client.get(f"{url}lines/", {"limit": 1}).data
    assert (lines["items"][0]["line_no"], lines["items"][0]["billed"]) == (2, "2")
    rest = client.get(f"{url}lines/", {"cursor": lines["next"]}).data
    assert [row["billed"] for row in rest["items"]] == ["-1"]
    again = client.post("/api/v1/costs/batches/", {**body, "file": _file(content)})
    assert (again.status_code, again.data["id"]) == (200, sent.data["id"])


def test_a_sources_terms_are_changed_and_hold_for_the_next_file(
    sender: User, source: models.CostSource
) -> None:
    slashed = bills.focus_csv({"ChargePeriodStart": "1/5/26", "ChargePeriodEnd": "1/6/26"})
    batch = bills.imported(sender, source, slashed)
    assert (batch.state, batch.facts["code"]) == ("held", "date-order-needed")
    client = access.api_client(sender)
    url = f"/api/v1/costs/sources/{source.pk}/"
    fields = {"name": "Cloud", "date_order": "mdy"}
    assert client.put(url, fields, format="json").data["date_order"] == "mdy"
    assert client.post(f"/api/v1/costs/batches/{batch.pk}/reread/").status_code == 201
    import_batch(batch.pk)
    line = models.CostLine.objects.get()
    assert f"{line.charge_start:%Y-%m-%d}" == "2026-01-05"


def test_entries_by_hand_become_a_batch_for_their_target(
    pages: Client, sender: User, pool: models.Target
) -> None:
    client = access.api_client(sender)
    row = {
        "target": pool.key,
        "kind": "labour",
        "start": "2026-01-05",
        "end": "2026-01-09",
        "currency": "EUR",
        "hours": "7.5",
        "rate": "80",
    }
    sent = client.post("/api/v1/costs/entries/", {"rows": [row]}, format="json")
    assert sent.status_code == 201
    import_batch(sent.data["id"])
    line = models.CostLine.objects.select_related("slice").get()
    assert (line.billed, line.quantity) == (600 * UNIT, 15 * UNIT // 2)
    assert (line.slice.target_key, line.slice.service) == ("pool/gpu", "Labour")
    form = {**row, "hours": "", "rate": "", "amount": "12.5"}
    assert pages.post(reverse("costs:entry-create"), form).status_code == 302
    assert models.ImportBatch.objects.count() == 2


def test_a_bad_entry_is_named_and_nothing_is_kept(sender: User, pool: models.Target) -> None:
    good = {"target": pool.key, "start": "2026-01-05", "currency": "EUR", "amount": "1"}
    bad = [
        {**good, "amount": "1,5"},
        {**good, "currency": "XXX"},
        {**good, "end": "2026-01-01"},
        {**good, "target": "pool/none"},
    ]
    client = access.api_client(sender)
    for row in bad:
        sent = client.post("/api/v1/costs/entries/", {"rows": [good, row]}, format="json")
        assert sent.status_code == 422
    assert models.ImportBatch.objects.count() == 0


def test_an_entry_of_a_closed_month_is_refused(sender: User, pool: models.Target) -> None:
    models.BillingPeriod.objects.create(
        issuer="Entered by hand", start=bills.JANUARY, end=bills.FEBRUARY, state="closed"
    )
    row = {"target": pool.key, "start": "2026-01-05", "currency": "EUR", "amount": "1"}
    sent = access.api_client(sender).post("/api/v1/costs/entries/", {"rows": [row]}, format="json")
    assert (sent.status_code, sent.data["code"]) == (409, "period-closed")


def test_a_better_rate_is_a_new_row_and_the_same_one_none(pages: Client, sender: User) -> None:
    client = access.api_client(sender)
    rate = {"day": "2026-01-05", "base": "EUR", "target": "USD", "rate": "1.0832", "origin": "ECB"}
    codes = [
        client.post("/api/v1/costs/rates/", {"rates": [one]}, format="json").status_code
        for one in (rate, rate, {**rate, "rate": "1.084"}, {**rate, "rate": "-1"})
    ]
    assert codes == [201, 200, 201, 422]
    listed = client.get("/api/v1/costs/rates/", {"base": "EUR"}).data["items"]
    assert [row["rate"] for row in listed] == ["1.084", "1.0832"]
    assert "1.0832" in pages.get(reverse("costs:rate-list")).content.decode()
    of_one_team = access.api_client(access.person(Role.MANAGER, team=access.team("cards")))
    assert (
        of_one_team.get("/api/v1/costs/rates/").data["items"]
        == client.get("/api/v1/costs/rates/").data["items"]
    )
    form = {**rate, "day": "2026-01-06"}
    assert pages.post(reverse("costs:rate-record"), form).status_code == 302


def test_the_shell_imports_and_its_sums_reconcile(sender: User, tmp_path: Path) -> None:
    bill = write_bill(BillPlan(rows=400, broken=1), tmp_path / "bill.csv")
    with pytest.raises(CommandError, match="--create-source"):
        _import(bill.path, sender)
    out, code = _import(bill.path, sender, "--create-source")
    assert code == 0
    assert "401 rows read = 400 accepted + 1 rejected" in out
    assert "note symbol-in-amount" in out
    out, code = _import(bill.path, sender)
    assert code == 0
    assert "already imported on" in out


def test_the_shell_says_when_a_bill_waits_and_when_it_is_none(sender: User, tmp_path: Path) -> None:
    bill = write_bill(BillPlan(rows=100, broken=5), tmp_path / "bill.csv")
    out, code = _import(bill.path, sender, "--create-source")
    assert (code, "held for a person" in out) == (2, True)
    (tmp_path / "none.csv").write_text("a,b\n1,2\n")
    with pytest.raises(CommandError, match="Not everything"):
        _import(tmp_path / "none.csv", sender)


def test_the_shell_imports_what_lies_in_the_storage(sender: User) -> None:
    for month in ("01", "02"):
        when = {
            "BillingPeriodStart": f"2026-{month}-01T00:00:00Z",
            "BillingPeriodEnd": f"2026-{month}-28T00:00:00Z",
        }
        default_storage.save(f"cloud/2026/{month}.csv", ContentFile(bills.focus_csv(when)))
    out = StringIO()
    args = ["--prefix", "cloud/", "--source", "Cloud", "--as", sender.email, "--create-source"]
    with pytest.raises(SystemExit) as ended:
        call_command("import_costs", *args, stdout=out)
    assert ended.value.code == 0
    assert models.BatchPart.objects.current().count() == 2


def _import(path: Path, person: User, *more: str) -> tuple[str, int | str | None]:
    out = StringIO()
    args = [str(path), "--source", "Cloud", "--as", person.email, *more]
    with pytest.raises(SystemExit) as ended:
        call_command("import_costs", *args, stdout=out)
    return out.getvalue(), ended.value.code
