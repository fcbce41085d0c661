"""One model's way from registration to a verified report, through the doors that clients use."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from governance.portal.demo.client import Api, DemoFailed
from governance.portal.demo.models import Trained

Say = Callable[[str], None]
_RUN_SECONDS, _REPORT_SECONDS, _INSPECT_SECONDS = 600, 240, 120
_DUE = dt.timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is registered; ``files`` are what training left behind."""

    team: str
    use_case: dict[str, Any]
    model: dict[str, Any]
    data: dict[str, Any]
    windows: tuple[dict[str, str], dict[str, str]]  # of the reference and the current data
    files: Trained


@dataclass(frozen=True, slots=True)
class Cast:
    """``developer`` holds a token; the other two are signed in and type their password again."""

    developer: Api
    validator: Api
    validator_password: str
    officer: Api
    officer_password: str
    owner_id: UUID


@dataclass(frozen=True, slots=True)
class Result:
    """``model_id`` and ``public_id`` are how the product calls the model of ``subject``."""

    subject: Subject
    model: str
    model_id: str
    public_id: str
    run: dict[str, Any]
    case: dict[str, Any]
    report: dict[str, Any]
    pdf: Path


def tell(subject: Subject, cast: Cast, folder: Path, say: Say) -> Result:
    """Register, check, approve, report: returns where the PDF lies. Raises ``DemoFailed``."""
    model, version, reference, current = _register(subject, cast.developer, say)
    run = _check(cast.developer, version, reference, current, say)
    case = _approve(cast, version, say)
    report = _report(cast.officer, case)
    pdf = fetched_report(cast.officer, report["id"], folder, say)
    names = (subject.model["name"], model["id"], model["public_id"])
    return Result(subject, *names, run, case, report, pdf)


def _register(subject: Subject, api: Api, say: Say) -> tuple[dict[str, Any], str, str, str]:
    team = {"team": subject.team}
    use_case = api.post("use-cases/", {**team, **subject.use_case})
    model = api.post("models/", {**team, **subject.model, "use_case": use_case["id"]})
    say(f"registered {model['public_id']} {model['name']} for {use_case['public_id']}")
    artifact = api.upload("artifacts/", subject.files.artifact, **team)
    dataset = api.post("datasets/", {**team, **subject.data})
    paths = (subject.files.reference, subject.files.current)
    data = [
        api.upload("dataset-versions/", path, dataset=dataset["id"], **window)
        for path, window in zip(paths, subject.windows, strict=True)
    ]
    for place, thing in (("artifacts", artifact), *(("dataset-versions", d) for d in data)):
        api.wait(f"{place}/{thing['id']}/", _inspected, _INSPECT_SECONDS)
    version = api.post(
        "versions/",
        {
            "model": model["id"],
            "artifact": artifact["id"],
            "training_data": data[0]["id"],
            "change_type": "initial",
            "change_note": "First version.",
            "signature": subject.files.signature,
            "parameters": subject.files.parameters,
            "reported_metrics": subject.files.metrics,
        },
    )
    say(f"uploaded {artifact['format']} model and two tables, version {version['number']}")
    return model, version["id"], data[0]["id"], data[1]["id"]


def _inspected(body: dict[str, Any]) -> bool:
    return body["inspection"] != "waiting"


def _check(api: Api, version: str, reference: str, current: str, say: Say) -> dict[str, Any]:
    asked = {"version": version, "reference": reference, "current": current}
    run = api.post("runs/", asked)
    say(f"{run['public_id']} asked for: tier {run['tier']}")
    told: set[str] = set()

    def seen(body: dict[str, Any]) -> None:
        for check in body["checks"]:
            if check["verdict"] and check["id"] not in told:
                told.add(check["id"])
                say(f"  {check['public_id']} {check['title']}: {check['verdict']}")

    over = {"completed", "failed", "cancelled"}
    return api.wait(f"runs/{run['id']}/", lambda b: b["state"] in over, _RUN_SECONDS, seen)


def _approve(cast: Cast, version: str, say: Say) -> dict[str, Any]:
    request = "Use in daily operation, on the evidence of the run attached."
    case = cast.developer.post("cases/", {"version": version, "request": request})
    cast.developer.post(f"cases/{case['id']}/submit/")
    gate = cast.validator.read(f"gates/{version}/approve-use/")
    say(f"{case['number']} submitted; the gate says: {gate['answer']}")
    lines = [reason["text"] for reason in gate["reasons"] if reason["answer"] != "allow"]
    for line in lines:
        say(f"  {line}")
    choice = _choice(gate)
    for api, password, who, conditions in (
        (cast.validator, cast.validator_password, "validator", lines),
        (cast.officer, cast.officer_password, "risk officer", []),  # the validator's hold
    ):
        _speak(api, case["id"], password, choice, (lines, conditions), cast.owner_id)
        say(f"{who}: {choice}")
    return cast.officer.read(f"cases/{case['id']}/")


def _choice(gate: dict[str, Any]) -> str:
    """What careful people say: in favour, with conditions where they can cure, else against."""
    if gate["answer"] == "allow":
        return "favour"
    return "conditional" if gate["curable"] else "against"


def _speak(
    api: Api,
    case: str,
    password: str,
    choice: str,
    words: tuple[list[str], list[str]],
    owner: UUID,
) -> dict[str, Any]:
    """Say ``choice`` for the reasons in ``words[0]``, on the conditions in ``words[1]``."""
    lines, conditions = words
    presented = api.read(f"cases/{case}/statement/")
    body: dict[str, Any] = {
        "choice": choice,
        "reason": _reason(choice, lines),
        "statement": presented["statement"],
        "password": password,
    }
    if choice == "conditional":
        due = (dt.datetime.now(dt.UTC).date() + _DUE).isoformat()
        body["conditions"] = [
            {"text": _condition(line), "owner": str(owner), "due_on": due} for line in conditions
        ]
    return api.post(f"cases/{case}/decisions/", body, If_Match=f'"{presented["digest"]}"')


def _reason(choice: str, lines: list[str]) -> str:
    if choice == "favour":
        return "Every check that the policy asks for passed, on the data of the case."
    failed = [_subject(line) for line in lines if _FAILED in line]
    open_ = [_subject(line) for line in lines if _FAILED not in line]
    found = []
    if failed:
        found.append(f"These checks failed: {_listed(failed)}.")
    if open_:
        found.append(f"The data leave these open: {_listed(open_)}.")
    if choice == "conditional":
        return " ".join(("May be used while the conditions are met.", *found))
    return " ".join((*found, "Not to be used until they are put right and checked again."))


_FAILED = ": failed"


def _subject(line: str) -> str:
    """Return which check a reason of the gate is about, as it stands in the middle of a text."""
    name = line.partition(":")[0]
    return f"{name[:1].lower()}{name[1:]}"


def _listed(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def _condition(line: str) -> str:
    if _FAILED in line:
        return f"Put right and check again: {_subject(line)}."
    return f"Collect more data and check again: {_subject(line)}."


def _report(api: Api, case: dict[str, Any]) -> dict[str, Any]:
    """Return the report that the decision on the case asked for by itself."""

    def mine(body: dict[str, Any]) -> list[dict[str, Any]]:
        return [report for report in body["items"] if report["case"] == case["id"]]

    body = api.wait("reports/?limit=20", lambda body: bool(mine(body)), _REPORT_SECONDS)
    return mine(body)[0]


def fetched_report(api: Api, key: str, folder: Path, say: Say) -> Path:
    """Wait until a report is made and put its file into ``folder``. Raises ``DemoFailed``."""
    under_way = {"requested", "frozen"}
    place = f"reports/{key}/"
    report = api.wait(place, lambda body: body["state"] not in under_way, _REPORT_SECONDS)
    if report["state"] != "signed":
        raise DemoFailed(f"{report['public_id']} could not be made: {report['failure']}")
    pdf = folder / f"{report['public_id']}.pdf"
    pdf.write_bytes(api.get(f"{place}file/").content)
    say(f"{report['public_id']} {report['state']}: {report['pages']} pages")
    return pdf
