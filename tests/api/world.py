"""A small organisation with several of everything, and callers of several roles to fuzz it with."""

import datetime as dt
import uuid
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from governance.access import commands as access_commands
from governance.access.kinds import Role
from governance.access.models import User
from governance.access.rules import token_scopes
from governance.approvals.kinds import Choice
from governance.approvals.models import ApprovalCase
from governance.costs import commands as costs
from governance.costs.kinds import HintKind
from governance.costs.models import BillingPeriod, CostHint, Target
from governance.costs.rules.anomalies import Reading
from governance.costs.rules.drafts import draft
from governance.costs.rules.hints import Hint
from governance.costs.rules.series import Daily
from governance.costs.rules.subjects import Subject
from governance.kernel.actor import Actor, system_actor
from governance.policies.models import PolicyVersion
from inventory.catalog import commands as catalog_commands
from inventory.catalog.rules.fields import DeploymentFields
from reports.documents import commands as documents
from tests.factories import access, approvals, catalog, runs, spend, value
from tests.factories.plans import plan

CSRF = "c" * 32
# Names of path parameters, body and query fields, and the noun that each one holds an id of.
_NOUN_OF = {
    "artifact": "artifacts",
    "case": "cases",
    "current": "dataset-versions",
    "dataset": "datasets",
    "environment": "environments",
    "model": "models",
    "group_by": "groupings",
    "number": "charges",
    "owner": "people",
    "period": "months",
    "predecessor": "versions",
    "reference": "dataset-versions",
    "rollback_target": "versions",
    "sponsor": "people",
    "team": "teams",
    "training_data": "dataset-versions",
    "until": "months",
    "use_case": "use-cases",
    "version": "versions",
    "version_id": "versions",
    "action": "actions",
}


@dataclass(frozen=True)
class Caller:
    """A token in a header, or a browser's session in cookies."""

    headers: Mapping[str, str]
    cookies: Mapping[str, str]

    def sent(self) -> dict[str, dict[str, str]]:
        return {"headers": dict(self.headers), "cookies": dict(self.cookies)}


@dataclass(frozen=True)
class World:
    """``things`` are ids by the noun that stands in the path; ``callers`` by role and way in."""

    things: Mapping[str, Sequence[str]]
    callers: Mapping[str, Caller]

    def caller(self, seed: str) -> Caller:
        """One of the callers, always the same for the same ``seed``."""
        return self.callers[_one(sorted(self.callers), seed)]

    def thing(self, name: str, place: str, seed: str) -> str | None:
        """A real id for the parameter or field ``name`` of a path that begins with ``place``."""
        known = self.things.get(place if name in {"id", "pk"} else _NOUN_OF.get(name, ""))
        return _one(known, seed) if known else None


def place_of(path: str) -> str:
    """Return the noun that a path (below the API's root) begins with: ``runs``, ``costs/rules``."""
    first, *rest = path.split("/")
    return f"{first}/{rest[0]}" if first == "costs" and rest else first


def _one(choices: Sequence[str], seed: str) -> str:
    return choices[zlib.crc32(seed.encode()) % len(choices)]


def build() -> World:
    """Made by commands, as far as they go without a worker."""
    bench = approvals.bench()
    builder = User.objects.get(pk=bench.builder.id)
    case = approvals.decided(bench, Choice.CONDITIONAL, conditions=(approvals.condition(builder),))
    case = ApprovalCase.objects.get(pk=case.pk)
    report = documents.request_report(actor=system_actor(), case_id=case.pk)
    waiting = runs.subject(bench.subject.team)
    second = approvals.submitted(replace(bench, subject=waiting, run=runs.completed(waiting)))
    draft = approvals.opened(replace(bench, subject=runs.subject(bench.subject.team), run=None))
    things: dict[str, Sequence[Any]] = {
        "actions": ["approve-use", "use"],
        "artifacts": [bench.version.artifact_id],
        "charges": [1],
        "cases": [case.pk, second.pk, draft.pk],
        "checks": [bench.run.checks.first().pk, bench.run.checks.last().pk],
        "conditions": [case.conditions.get().pk],
        "dataset-versions": [bench.subject.reference.pk, bench.subject.current.pk],
        "datasets": [bench.subject.reference.dataset_id],
        "deployments": [_deployment(bench).pk],
        "environments": [catalog.environment(bench.subject.team, bench.builder).pk],
        "groupings": ["", "model", "unit,phase"],
        "models": [bench.version.model_id],
        "months": ["2026-01"],
        "people": [builder.pk, bench.officer.pk],
        "policies": [PolicyVersion.objects.get().pk],
        "reports": [report.pk],
        "runs": [bench.run.pk, runs.requested(waiting).pk],
        "teams": [bench.subject.team.slug],
        "tokens": [_spare_token(builder)],
        "use-cases": [bench.version.model.use_case_id],
        "versions": [bench.version.pk, second.version_id, draft.version_id],
    }
    things |= _money()
    ids = {noun: [str(key) for key in keys] for noun, keys in things.items()}
    return World(ids, _callers(bench, builder))


def _money() -> dict[str, Sequence[Any]]:
    purse = access.actor(access.person(Role.MANAGER))
    costs.ensure_targets(actor=system_actor())
    pool = costs.create_pool(actor=purse, slug="shared", name="Shared machines")
    january = dt.date(2026, 1, 1)
    rules = [costs.draft_ruleset(actor=purse, effective_from=january).pk for _ in range(2)]
    period = BillingPeriod.objects.create(issuer="Cloud", start=january, end=dt.date(2026, 2, 1))
    model = Target.objects.filter(kind="model").values_list("pk", flat=True)[:1]
    return {
        "costs/targets": [pool.pk, *model],
        "costs/rulesets": rules,
        "costs/periods": [period.pk],
        **_bills(purse),
        **_plans(purse, Target.objects.get(pk=model[0])),
        **_worth(),
    }


def _bills(purse: Actor) -> dict[str, Sequence[Any]]:
    source = costs.create_source(actor=purse, fields=costs.SourceFields("Cloud"))
    sent = SimpleUploadedFile("bill.csv", b"BilledCost,EffectiveCost\n1,1\n")
    batch = costs.receive_batch(actor=purse, source_id=source.pk, upload=sent).row
    run = spend.run(dt.date(2019, 12, 1), purse.id)
    export = costs.request_export(actor=purse, run_id=run.pk)
    return {
        "costs/sources": [source.pk],
        "costs/batches": [batch.pk],
        "costs/runs": [run.pk],
        "costs/export": [export.pk],
    }


def _plans(purse: Actor, target: Target) -> dict[str, Sequence[Any]]:
    budget = costs.set_budget(actor=purse, target_id=target.pk, plan=plan())
    days = Daily(dt.date(2026, 1, 1), tuple(range(60)))
    forecast = costs.freeze_forecast(
        actor=system_actor(), target_id=target.pk, draft=draft(days, "USD", "effective")
    )
    anomaly = costs.open_anomaly(
        actor=system_actor(),
        target_id=target.pk,
        currency="USD",
        day=days.last,
        reading=Reading(expected=1, actual=9, score=9.0),
    )
    return {
        "costs/budgets": [budget.pk],
        "costs/forecasts": [forecast.pk],
        "costs/anomalies": [anomaly.pk],
    }


def _worth() -> dict[str, Sequence[Any]]:
    market = value.Market()
    running, concluded = value.experiment(market), value.concluded(market)
    waiting, attested = value.claim(market), value.attested(market, benefit="Fewer calls")
    whole = value.claim(market, Subject(use_case_id=market.model.use_case_id), benefit="Less paper")
    kinds = (HintKind.IDLE_ENDPOINT, HintKind.STUCK)
    told = [Hint(kind, "MDL-00001/v1", "Told", ("A sign",), {"USD": 1}) for kind in kinds]
    costs.record_hints(actor=system_actor(), hints=told, seen_on=dt.date(2026, 1, 1))
    ended = costs.stop_work(
        actor=market.actor, subject=Subject(version_id=market.version.pk), reason="No data came."
    )
    return {
        "costs/endings": [ended.pk],
        "costs/models": [market.model.pk],
        "costs/experiments": [running.pk, concluded.pk],
        "costs/claims": [waiting.pk, attested.pk, whole.pk],
        "costs/exceptions": list(CostHint.objects.values_list("pk", flat=True)),
    }


def _deployment(bench: approvals.Bench):
    fields = DeploymentFields(target="scoring", valid_from=timezone.now())
    return catalog_commands.record_deployment(
        actor=bench.builder, version_id=bench.version.pk, fields=fields
    )


def _spare_token(person: User) -> uuid.UUID:
    token, _ = access_commands.create_token(
        actor=access.actor(person), label="spare", scopes=["read"], days=1
    )
    return token.pk


def _callers(bench: approvals.Bench, builder: User) -> dict[str, Caller]:
    """Tokens with every scope, tokens that only read, and signed-in people with CSRF."""
    roles = [role for role in Role if role is not Role.SYSTEM]
    people = {
        "auditor": access.person(Role.AUDITOR),
        "administrator": access.person(Role.ADMINISTRATOR),
        "builder": builder,
        "officer": bench.officer,
        "purse": access.person(Role.MANAGER, Role.FINANCE_ATTESTER),
        "stranger": access.person(*roles, team=access.team()),
        "validator": bench.validator,
    }
    callers = {f"{name} by token": _token(person) for name, person in people.items()}
    callers["builder by reading token"] = _token(builder, ["read"])
    for name in ("builder", "officer", "purse", "validator"):
        callers[f"{name} signed in"] = _session(people[name])
    return callers


def _token(person: User, scopes: list[str] | None = None) -> Caller:
    _, secret = access_commands.create_token(
        actor=access.actor(person), label="fuzz", scopes=scopes or list(token_scopes()), days=1
    )
    return Caller({"Authorization": f"Bearer {secret}"}, {})


def _session(person: User) -> Caller:
    session = access.signed_in(Client(), person).cookies["sessionid"].value
    return Caller({"X-CSRFToken": CSRF}, {"sessionid": session, "csrftoken": CSRF})
