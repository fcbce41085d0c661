"""Models with ten versions each in a database of their own, and two people who may read them.

    DATABASE_URL=postgres://… python benchmarks/pages_world.py --models 10000

Rows are written in bulk, past the commands (which would take a quarter of an hour), into an empty
database. Prints one line of JSON: how the product serves, which requests to send (an officer sees
every team's models, a developer those of one team in twenty), and their queries.
"""

import argparse
import json
import logging
import os
import sys
from hashlib import sha256
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.urls import reverse  # noqa: E402

from governance.access import commands as access  # noqa: E402
from governance.access.actors import actor_for_user  # noqa: E402
from governance.access.kinds import Role  # noqa: E402
from governance.access.models import Team, User  # noqa: E402
from governance.kernel.actor import Via, system_actor  # noqa: E402
from governance.portal.management.commands.serve import _web  # noqa: E402
from inventory.catalog import models as catalog  # noqa: E402

OFFICER, DEVELOPER = "officer@example.org", "developer@example.org"
TEAMS, USE_CASES, VERSIONS = 20, 200, 10
PASSWORD = "correct horse battery staple"  # noqa: S105 - the accounts live as long as the benchmark
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
KINDS = ("rule", "statistical", "ml", "vendor", "generative", "agent")


def _in_bulk(model, rows) -> list:
    made, left = [], iter(rows)
    while part := list(islice(left, 2000)):
        made += model.objects.bulk_create(part)
    return made


def _person(email: str, role: Role, team: Team | None):
    user = access.create_user(
        actor=system_actor(Via.COMMAND), email=email, name=email.title(), password=PASSWORD
    )
    access.grant_role(
        actor=system_actor(Via.COMMAND),
        user_id=user.pk,
        role=role,
        team_id=team.pk if team else None,
    )
    return user


def _models(count: int, teams: list[Team], owner):
    cases = _in_bulk(
        catalog.UseCase,
        (
            catalog.UseCase(
                number=n,
                name=f"Use case {n:03d}",
                decision="Whether a loan is granted.",
                team=teams[n % TEAMS],
                created_by=owner,
                autonomy="recommends",
                exposure="high",
                purpose="customer",
                reach="many",
            )
            for n in range(1, USE_CASES + 1)
        ),
    )
    return _in_bulk(
        catalog.RegisteredModel,
        (
            catalog.RegisteredModel(
                number=n,
                name=model_name(n),
                use_case=cases[n % USE_CASES],
                team=cases[n % USE_CASES].team,
                kind=KINDS[n % len(KINDS)],
                complexity="moderate",
                intended_use="Scores applications for consumer loans at the counter and online.",
                limitations="Trained on applicants of two regions.",
                owner=owner,
                created_by=owner,
            )
            for n in range(1, count + 1)
        ),
    )


def model_name(number: int) -> str:
    """The same names stand in the peer's registry."""
    return f"credit-model-{number:05d}"


def _versions(models: list, owner) -> None:
    pairs = [(model, number) for model in models for number in range(1, VERSIONS + 1)]
    artifacts = _in_bulk(
        catalog.Artifact,
        (
            catalog.Artifact(
                team_id=model.team_id,
                digest=sha256(f"{model.number}.{number}".encode()).hexdigest(),
                format="onnx",
                size=40_000,
                file_name="model.onnx",
                inspection="readable",
                created_by=owner,
            )
            for model, number in pairs
        ),
    )
    _in_bulk(
        catalog.ModelVersion,
        (
            catalog.ModelVersion(
                model=model,
                number=number,
                artifact=artifact,
                change_type="initial" if number == 1 else "retrain",
                created_by=owner,
                signature={"task": "classification", "target": "paid", "features": []},
            )
            for (model, number), artifact in zip(pairs, artifacts, strict=True)
        ),
    )


def _requests(officer, developer, newest) -> dict[str, dict]:
    listing, one = reverse("api:model-list"), reverse("api:model-detail", args=[newest.pk])
    tokens = {"officer": _bearer(officer), "developer": _bearer(developer)}
    return {
        "one model": {"path": one, "headers": tokens["officer"]},
        "page of 100": {"path": f"{listing}?limit=100", "headers": tokens["officer"]},
        "page of 100, one team": {"path": f"{listing}?limit=100", "headers": tokens["developer"]},
        "portfolio page": {"path": reverse("catalog:model-list"), "headers": _cookie(officer)},
        "portfolio page, one team": {
            "path": reverse("catalog:model-list"),
            "headers": _cookie(developer),
        },
    }


def _bearer(user) -> dict[str, str]:
    acting = actor_for_user(user, via=Via.WEB)
    _, secret = access.create_token(actor=acting, label="benchmark", scopes=["read"])
    return {"Authorization": f"Bearer {secret}"}


def _cookie(user) -> dict[str, str]:
    client = Client()
    client.force_login(user, backend=BACKEND)
    name = settings.SESSION_COOKIE_NAME
    return {"Cookie": f"{name}={client.cookies[name].value}"}


def _count_queries(requests: dict[str, dict]) -> None:
    """Ask each twice, as the first request of a process also fills caches."""
    client = Client(headers={"host": "127.0.0.1", "x-forwarded-proto": "https"})
    for request in requests.values():
        for _ in range(2):
            with CaptureQueriesContext(connection) as seen:
                answer = client.get(request["path"], secure=True, headers=request["headers"])
        assert answer.status_code == 200, (request["path"], answer.status_code)  # noqa: S101
        client.cookies.clear()
        request["queries"] = len(seen)
        request["bytes"] = len(answer.content)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=10_000)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--web", type=int, default=2)
    parser.add_argument("--reuse", action="store_true", help="the database is filled already")
    asked = parser.parse_args()
    logging.getLogger("django_structlog").setLevel(logging.WARNING)
    call_command("collectstatic", interactive=False, verbosity=0)
    if not asked.reuse:
        _fill(asked.models)
    officer, developer = (User.objects.get(email=name) for name in (OFFICER, DEVELOPER))
    requests = _requests(
        officer, developer, catalog.RegisteredModel.objects.order_by("number").last()
    )
    _count_queries(requests)
    command = _web(f"127.0.0.1:{asked.port}", asked.web).command
    print(json.dumps({"command": command, "requests": requests}))


def _fill(count: int) -> None:
    call_command("migrate", interactive=False, verbosity=0)
    teams = [
        access.create_team(actor=system_actor(Via.COMMAND), slug=f"team-{n}", name=f"Team {n}")
        for n in range(TEAMS)
    ]
    officer = _person(OFFICER, Role.RISK_OFFICER, None)
    _person(DEVELOPER, Role.DEVELOPER, teams[3])
    _versions(_models(count, teams, officer), officer)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


if __name__ == "__main__":
    main()
