"""Every list takes the same queries however long it is, and no more than are written down.

The numbers stand in ``query_counts.json``, for somebody who sees everything and for a member of one
team. After a change that is meant: ``ASSAY_WRITE_QUERY_COUNTS=1 pytest`` this file, and commit it.
"""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from governance.access.doors import doors
from governance.access.kinds import Role
from governance.costs import commands as costs
from governance.costs.kinds import HintKind
from governance.costs.models import AllocatedCharge, ChargeDay, ChargeMonth
from governance.costs.rules.hints import Hint
from governance.kernel.actor import system_actor
from inventory.catalog import commands as catalog_commands
from inventory.catalog.rules.fields import DeploymentFields
from reports.documents import commands as documents
from tests.factories import access, approvals, catalog, policies, runs, spend
from tests.factories.costs import scattered

BASELINE = Path(__file__).parent / "query_counts.json"
FEW = 5
INSIDERS = (Role.RISK_OFFICER, Role.AUDITOR, Role.DEVELOPER, Role.ADMINISTRATOR)
IN_TEAM = (Role.MODEL_OWNER, Role.DEVELOPER, Role.VALIDATOR)
TABS = (
    "catalog:model-versions",
    "catalog:model-history",
    "catalog:version-history",
    "runs:version-runs",
    "approvals:version-cases",
    "documents:version-reports",
)


class World:
    """One team whose every list grows by one row with each step; tabs hang on the first model."""

    def __init__(self) -> None:
        policies.default_policy()
        self.team = access.team()
        self.actor = catalog.builder(self.team)
        self.officer = access.person(Role.RISK_OFFICER, team=self.team)
        self.validator = access.person(Role.VALIDATOR, team=self.team)
        self.model = catalog.model(self.team, self.actor)
        later = catalog.csv_bytes(catalog.frame(8))
        self.current = catalog.dataset_version(self.team, self.actor, later, "current")
        self.published = spend.run(spend.JANUARY, self.actor.id)
        self.subjects: list[runs.Subject] = []

    def grow(self, rows: int) -> None:
        for _ in range(len(self.subjects), rows):
            self.subjects.append(self._one())

    def _one(self) -> runs.Subject:
        number = len(self.subjects)
        use_case = catalog.use_case(self.team, self.actor)
        model = catalog.model(self.team, self.actor, use_case=use_case)
        artifact = catalog.artifact(self.team, self.actor, catalog.skops_bytes(number))
        environment = catalog.environment(self.team, self.actor)
        parts = {"artifact_id": artifact.pk, "environment_id": environment.pk}
        version = catalog.version(model, self.actor, **parts)
        catalog.version(self.model, self.actor, **parts)
        data = catalog.dataset_version(self.team, self.actor)
        subject = runs.Subject(self.team, self.actor, version, data, self.current)
        self._deploy(subject)
        self._use(subject)
        self._judge(subject)
        self._spend(subject)
        self._tell(subject)
        return subject

    def _deploy(self, subject: runs.Subject) -> None:
        catalog_commands.record_deployment(
            actor=self.actor,
            version_id=subject.version.pk,
            fields=DeploymentFields("counter", datetime(2026, 1, 1, tzinfo=UTC)),
        )

    def _use(self, subject: runs.Subject) -> None:
        costs.ensure_targets(actor=system_actor(), subject_id=subject.version.pk)
        about = {"version": str(subject.version.pk), "unit": "predictions", "origin": "gateway"}
        rows = [{**about, "day": "2026-01-15", "quantity": "1000"}]
        costs.record_usage(actor=self.actor, rows=rows)

    def _judge(self, subject: runs.Subject) -> None:
        at = approvals.Bench(subject, runs.completed(subject), self.validator, self.officer)
        conditions = (approvals.condition(self.validator),)
        decision = {"decision": "conditional", "conditions": conditions}
        case = approvals.decided(at, **decision)
        documents.request_report(actor=system_actor(), case_id=case.pk)

    def _spend(self, subject: runs.Subject) -> None:
        scattered(subject.version, self.actor.id)
        for rows in (AllocatedCharge.objects, ChargeDay.objects, ChargeMonth.objects):
            rows.update(run=self.published)

    def _tell(self, subject: runs.Subject) -> None:
        key = f"{subject.version.model.public_id}/v{subject.version.number}/serve"
        kinds = (HintKind.OVERSIZED, HintKind.STUCK)
        found = [Hint(kind, key, "Told", ("A sign",), {"USD": 1}, "", key) for kind in kinds]
        costs.record_hints(actor=system_actor(), hints=found, seen_on=spend.JANUARY)


def _lists(world: World) -> Iterator[tuple[str, str]]:
    for name in sorted(doors()):
        if name.endswith("-list") and ":" in name:
            yield name, reverse(name)
    yield "portal:home", reverse("portal:home")
    yield "portal:trail", reverse("portal:trail")
    yield "costs:overview", reverse("costs:overview")
    yield "costs:explorer", reverse("costs:explorer")
    for name in TABS:
        thing = world.model if ":model-" in name else world.subjects[0].version
        yield name, reverse(name, args=[thing.pk])


def _counts(world: World, user) -> dict[str, int]:
    page, api = access.signed_in(Client(), user), access.api_client(user, ["read"])
    counts = {}
    for name, url in _lists(world):
        client = api if name.startswith("api:") else page
        client.get(url)  # what a process, a session or a token does once
        with CaptureQueriesContext(connection) as seen:
            answer = client.get(url)
        if answer.status_code == HTTPStatus.OK:
            counts[name] = len(seen)
    return counts


@pytest.mark.django_db
@pytest.mark.parametrize("rows", [15, pytest.param(50, marks=pytest.mark.campaign)])
def test_every_list_takes_the_same_queries_for_few_rows_and_many(rows: int) -> None:
    world = World()
    readers = {
        "everything": access.person(*INSIDERS),
        "one team": access.person(*IN_TEAM, team=world.team),
    }
    world.grow(FEW)
    few = {name: _counts(world, user) for name, user in readers.items()}
    world.grow(rows)
    many = {name: _counts(world, user) for name, user in readers.items()}
    assert few == many
    if os.environ.get("ASSAY_WRITE_QUERY_COUNTS") == "1":
        BASELINE.write_text(json.dumps(many, indent=2, sort_keys=True) + "\n")
    assert many == json.loads(BASELINE.read_text())
