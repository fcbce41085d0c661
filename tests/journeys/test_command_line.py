"""The main job from the shell alone: register, upload, check, approve, report, verify."""

import io
import json
from io import StringIO
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command

from audits.runs import tasks as run_tasks
from governance.access.kinds import Role
from governance.approvals.models import ApprovalCase
from inventory.catalog.models import DatasetVersion, ModelVersion, RegisteredModel, UseCase
from reports.documents import tasks as report_tasks
from tests.factories import access, policies
from tests.factories import catalog as made

pytestmark = pytest.mark.django_db
USE_CASE = {
    "name": "Consumer credit",
    "decision": "Whether a loan is granted.",
    "autonomy": "recommends",
    "exposure": "high",
    "purpose": "customer",
    "reach": "many",
    "personal_data": True,
}
MODEL = {
    "name": "Loan approval",
    "kind": "ml",
    "complexity": "moderate",
    "intended_use": "Scoring applications for consumer loans.",
}


@pytest.fixture
def team():
    policies.default_policy()
    return access.team("lending")


@pytest.fixture
def builder(team):
    return access.person(Role.MODEL_OWNER, Role.DEVELOPER, team=team)


@pytest.fixture
def keep(tmp_path):
    """Write a file of fields (as JSON, which is YAML too) or bytes, and return its path."""

    def _keep(name, content):
        path = tmp_path / name
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        path.write_bytes(data)
        return str(path)

    return _keep


def run(*words):
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def id_in(told, word):
    """The id in the line that begins with ``word``, as ``awk '/^word/ {print $2}'`` gives it."""
    line = next(line for line in told.splitlines() if line.startswith(word))
    return line.split()[1].rstrip(":")


def _built(team, builder, keep):
    said = {"team": team.slug, "use_case": USE_CASE, "model": MODEL}
    by = ("--as", builder.email)
    model = id_in(run("register_model", keep("model.yaml", said), *by), "MDL-")
    file = keep("model.skops", made.skops_bytes())
    artifact = id_in(run("upload_artifact", file, "--team", team.slug, *by), "artifact")
    new = {"team": team.slug, "name": "Applications", "sensitivity": "personal"}
    told = run(
        *("upload_data", keep("before.csv", made.csv_bytes(made.frame(7))), "--role", "reference"),
        *("--new-dataset", keep("data.yaml", new), "--window-start", "2026-01-01", *by),
    )
    now = keep("now.csv", made.csv_bytes(made.frame(8)))
    to = ("--dataset", id_in(told, "DAT-"), "--role", "current")
    current = id_in(run("upload_data", now, *to, *by), "data")
    fields = keep("version.yaml", {"signature": made.signature(), "change_type": "initial"})
    parts = ("--model", model, "--artifact", artifact)
    version = id_in(run("create_version", fields, *parts, *by), "version")
    return version, id_in(told, "data"), current


def _spoken(monkeypatch, case, person, choice):
    shown = run("show_case", case, "--as", person.email, "--statement")
    monkeypatch.setattr("sys.stdin", io.StringIO(access.PASSWORD + "\n"))
    return run(
        *("decide_case", case, "--as", person.email, "--choice", choice),
        *("--statement", id_in(shown, "Statement"), "--reason", "The evidence was read."),
    )


@pytest.mark.django_db(transaction=True)
def test_main_job_is_done_from_the_shell_alone(team, builder, keep, tmp_path, monkeypatch):
    version, reference, current = _built(team, builder, keep)
    by = ("--as", builder.email)
    on = ("--version", version, "--reference", reference, "--current", current)
    run_tasks.execute(id_in(run("run_checks", *on, *by), "RUN-"))
    case = run("open_case", version, "--request", "For scoring.", "--submit", *by).split()[0]
    validator, officer = (
        access.person(role, team=team) for role in (Role.VALIDATOR, Role.RISK_OFFICER)
    )
    _spoken(monkeypatch, case, validator, "against")
    _spoken(monkeypatch, case, officer, "against")
    assert ApprovalCase.objects.get().state == "rejected"
    told = run("request_report", case, "--as", officer.email)
    report_tasks.produce(id_in(told, "RPT-"))
    number, file = told.split()[0], tmp_path / "report.pdf"
    run("download_report", number, "--to", str(file), "--as", officer.email)
    assert "authentic" in run("verify_report", str(file)).lower()
    with pytest.raises(CommandError, match="there already"):
        run("download_report", number, "--to", str(file), "--as", officer.email)


def test_use_case_is_named_or_made_once(team, builder, keep):
    by = ("--as", builder.email)
    for number, use_case in enumerate((USE_CASE, USE_CASE, "UC-00001", "Consumer credit")):
        said = {"team": team.slug, "use_case": use_case, "model": MODEL | {"name": f"M{number}"}}
        run("register_model", keep("model.json", said), *by)
    assert UseCase.objects.count() == 1
    assert RegisteredModel.objects.count() == 4


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"team": "nobody"}, "no team 'nobody'"),
        ({"use_case": "Gone"}, "No use case 'Gone'"),
        ({"model": MODEL | {"kind": "wild"}}, "kind: .*not a valid choice"),
        ({"model": MODEL | {"kimd": "ml"}}, "no such fields: kimd"),
        ({"model": "Loan approval"}, "must hold team, use_case and model"),
        ({"more": 1}, "must hold team, use_case and model"),
    ],
)
def test_registration_says_what_is_wrong_in_the_file(team, builder, keep, change, why):
    said = {"team": team.slug, "use_case": USE_CASE, "model": MODEL} | change
    with pytest.raises(CommandError, match=why):
        run("register_model", keep("model.yaml", said), "--as", builder.email)
    assert not RegisteredModel.objects.exists()


def test_files_that_cannot_be_read_are_told_of(team, builder, keep, tmp_path):
    by = ("--as", builder.email)
    with pytest.raises(CommandError, match="No such file"):
        run("register_model", str(tmp_path / "none.yaml"), *by)
    with pytest.raises(CommandError, match="neither YAML nor JSON"):
        run("register_model", keep("bad.yaml", b"a: [\xff"), *by)
    with pytest.raises(CommandError, match="must hold fields"):
        run("register_model", keep("list.yaml", b"- a"), *by)
    with pytest.raises(CommandError, match="No such file"):
        run("upload_artifact", str(tmp_path / "none.skops"), "--team", team.slug, *by)


def test_commands_refuse_as_the_pages_do(team, builder, keep, settings):
    stranger = access.person(Role.DEVELOPER, team=access.team())
    file = keep("model.skops", made.skops_bytes())
    with pytest.raises(CommandError, match=r"may not|role"):
        run("upload_artifact", file, "--team", team.slug, "--as", stranger.email)
    with pytest.raises(CommandError, match="nothing was kept"):
        run(
            *("upload_artifact", file, "--team", team.slug, "--as", builder.email),
            *("--sha256", "0" * 64),
        )
    settings.ASSAY_MAX_UPLOAD_BYTES = 10
    with pytest.raises(CommandError, match="at most"):
        run("upload_artifact", file, "--team", team.slug, "--as", builder.email)
    settings.ASSAY_MAX_UPLOAD_BYTES = 10**6
    bad = keep("data.bin", b"\x80\x04\x95.")
    new = {"team": team.slug, "name": "Applications", "sensitivity": "personal"}
    with pytest.raises(CommandError, match="file: "):
        run(
            *("upload_data", bad, "--new-dataset", keep("d.yaml", new)),
            *("--role", "train", "--as", builder.email),
        )
    assert not DatasetVersion.objects.exists()


def test_version_names_what_is_missing(team, builder, keep):
    fields = keep("version.yaml", {"change_type": "initial", "model": str(UUID(int=1))})
    with pytest.raises(CommandError, match="No model"):
        run("create_version", fields, "--as", builder.email)
    fields = keep("version.yaml", {"change_type": "initial"})
    with pytest.raises(CommandError, match=r"model: .*required"):
        run("create_version", fields, "--as", builder.email)
    assert not ModelVersion.objects.exists()
