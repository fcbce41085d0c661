"""Usage: taken in bulk, row by row, restated by what comes later, doubled by nothing."""

import datetime as dt
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from governance.access.kinds import Role
from governance.costs import commands as costs
from governance.costs.models import UsageMetric
from governance.costs.rules import usage as rules
from governance.kernel.errors import Invalid, NotPermitted, RuleBroken
from governance.kernel.money import UNIT
from governance.ledger.models import Entry
from tests.factories import access, catalog

pytestmark = pytest.mark.django_db


@pytest.fixture
def version():
    return catalog.version()


@pytest.fixture
def reporter(version):
    return access.actor(access.person(Role.DEVELOPER, team=version.model.team))


def row(of, **changes):
    about = {"version": str(of.pk), "day": "2026-01-15", "unit": "predictions"}
    return {**about, "quantity": "1000", "origin": "gateway", **changes}


def events():
    return Entry.objects.filter(kind="costs.usage.recorded").count()


def test_usage_is_recorded_by_id_or_by_name(version, reporter):
    named = row(version, version=f"{version.model.public_id}/v1", day="2026-01-16")
    done = costs.record_usage(actor=reporter, rows=[row(version), named])
    assert (done.recorded, done.restated, done.unchanged, done.refused) == (2, 0, 0, [])
    assert set(UsageMetric.objects.values_list("version_id", flat=True)) == {version.pk}
    assert events() == 1


def test_the_same_again_changes_nothing(version, reporter):
    costs.record_usage(actor=reporter, rows=[row(version)])
    done = costs.record_usage(actor=reporter, rows=[row(version, quantity="1e3")])
    assert (done.recorded, done.unchanged) == (0, 1)
    assert (UsageMetric.objects.count(), events()) == (1, 1)


def test_another_quantity_restates_and_both_stay_readable(version, reporter):
    costs.record_usage(actor=reporter, rows=[row(version)])
    done = costs.record_usage(actor=reporter, rows=[row(version, quantity="1200")])
    assert (done.recorded, done.restated) == (1, 1)
    assert UsageMetric.objects.get(restated_at=None).quantity == 1200 * UNIT
    assert UsageMetric.objects.exclude(restated_at=None).get().quantity == 1000 * UNIT
    other = costs.record_usage(actor=reporter, rows=[row(version, origin="mesh")])
    assert other.restated == 0


def test_rows_that_cannot_be_true_are_refused_one_by_one(version, reporter):
    tomorrow = timezone.now().date() + dt.timedelta(days=1)
    rows = [
        row(version),
        row(version, day=str(tomorrow)),
        row(version, day="2026-01-17", quantity="-1"),
        row(version, day="2026-01-17", quantity="99999999999999"),
        row(version, day="2026-01-17", quantity="1.5"),
        row(version, day="2026-01-17", unit="calls"),
        row(version, day="1999-01-17"),
        row(version, version="MDL-99999/v1"),
        row(version, origin=""),
        row(version, day="yesterday", quantity="many"),
    ]
    done = costs.record_usage(actor=reporter, rows=rows)
    assert done.recorded == 1
    said = {refused.place: " ".join(refused.why) for refused in done.refused}
    assert list(said) == list(range(2, 11))
    assert "still to come" in said[2]
    assert "negative" in said[3]
    assert "more than" in said[4]
    assert "whole numbers" in said[5]
    assert "unit must be one of" in said[6]
    assert "before 2015" in said[7]
    assert "no version on which you may" in said[8]
    assert said[9] == "origin is missing."
    assert "day must be a date" in said[10]
    assert "plain number" in said[10]


def test_two_rows_about_the_same_are_both_refused(version, reporter):
    by_name = row(version, version=f"mdl-{version.model.number}/v1", quantity="7")
    done = costs.record_usage(
        actor=reporter, rows=[row(version), by_name, row(version, day="2026-01-20")]
    )
    assert (done.recorded, [refused.place for refused in done.refused]) == (1, [1, 2])


def test_nothing_that_can_be_taken_is_an_error_and_writes_nothing(version, reporter):
    with pytest.raises(RuleBroken) as refused:
        costs.record_usage(actor=reporter, rows=[row(version, quantity="-5")])
    assert refused.value.errors == {"rows.1": ["quantity is negative."]}
    with pytest.raises(RuleBroken, match="no row"):
        costs.record_usage(actor=reporter, rows=[])
    with pytest.raises(RuleBroken, match="10,000"):
        costs.record_usage(actor=reporter, rows=[row(version)] * 10_001)
    assert (UsageMetric.objects.count(), events()) == (0, 0)


def test_usage_of_another_teams_version_is_not_taken(version):
    stranger = access.actor(access.person(Role.DEVELOPER, team=access.team()))
    with pytest.raises(RuleBroken, match="No row"):
        costs.record_usage(actor=stranger, rows=[row(version)])
    auditor = access.actor(access.person(Role.AUDITOR))
    with pytest.raises(NotPermitted):
        costs.record_usage(actor=auditor, rows=[row(version)])
    assert not UsageMetric.objects.exists()


def test_fractions_of_a_second_are_kept_exactly(version, reporter):
    exact = "86399.123456789012345678"
    costs.record_usage(actor=reporter, rows=[row(version, unit="gpu_seconds", quantity=exact)])
    assert UsageMetric.objects.get().quantity == 86399123456789012345678
    with pytest.raises(RuleBroken):
        costs.record_usage(
            actor=reporter,
            rows=[row(version, unit="gpu_seconds", quantity="0.1234567890123456789")],
        )


def test_file_without_the_columns_or_in_another_encoding_is_refused():
    with pytest.raises(Invalid, match="quantity, origin"):
        rules.read_csv(b"version,day,unit\n")
    with pytest.raises(Invalid, match="UTF-8"):
        rules.read_csv("version,day,unit,quantity,origin\n".encode("utf-16"))


def test_file_is_recorded_from_the_shell(version, tmp_path):
    person = access.person(Role.DEVELOPER, team=version.model.team)
    path = tmp_path / "usage.csv"
    path.write_text(
        "\ufeffversion,day,unit,quantity,origin,note\n"
        f"{version.pk},2026-01-15,predictions,12,gateway,x\n"
        f"{version.pk},2026-01-16,predictions,-12,gateway,x\n"
    )
    out, err = StringIO(), StringIO()
    call_command("record_usage", str(path), "--as", person.email, stdout=out, stderr=err)
    assert "1 rows recorded" in out.getvalue()
    assert "row 2: quantity is negative." in err.getvalue()
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("record_usage", str(tmp_path / "none.csv"), "--as", person.email)
    path.write_text("version\n")
    with pytest.raises(CommandError, match="no column"):
        call_command("record_usage", str(path), "--as", person.email)


def test_page_takes_a_file_and_shows_what_was_not_taken(client, version):
    access.signed_in(client, access.person(Role.DEVELOPER, team=version.model.team))
    head = "version,day,unit,quantity,origin\n"
    good = f"{version.pk},2026-01-15,predictions,12,gateway\n"

    def send(text):
        upload = SimpleUploadedFile("usage.csv", text.encode())
        return client.post(reverse("costs:usage-upload"), {"file": upload})

    partly = send(head + good + good.replace("12", "-3").replace("15", "16"))
    assert partly.status_code == 200
    assert "quantity is negative" in partly.content.decode()
    assert send(head + good).status_code == 302
    assert send(head).status_code == 422
    listed = client.get(reverse("costs:usage-list"), {"unit": "predictions"}).content.decode()
    assert listed.count("gateway</td>") == 1
    export = b"".join(client.get(reverse("costs:usage-list"), {"format": "csv"}))
    assert b"2026-01-15,predictions,12,gateway" in export


def test_api_records_restates_and_reads(version):
    api = access.api_client(access.person(Role.DEVELOPER, team=version.model.team))
    url = "/api/v1/costs/usage/"
    first = api.post(url, {"rows": [row(version)]}, format="json")
    assert (first.status_code, first.json()["recorded"]) == (201, 1)
    again = api.post(url, {"rows": [row(version)]}, format="json")
    assert (again.status_code, again.json()["unchanged"]) == (200, 1)
    api.post(url, {"rows": [row(version, quantity=3)]}, format="json")
    speaking = api.get(url, {"version": str(version.pk)}).json()["items"]
    assert [one["quantity"] for one in speaking] == ["3"]
    assert len(api.get(url, {"all": "true"}).json()["items"]) == 2
    refused = api.post(url, {"rows": [row(version, day="2099-01-01")]}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (422, "nothing-taken")
