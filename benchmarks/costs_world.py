"""A bank's models, its rules, and its cloud bill: what both sides of the costs' benchmark work on.

Models and versions are written in bulk, past the commands, which would take minutes; rules and
people by the commands. Needs Django to be set up and an empty database.
"""

import datetime as dt
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.utils import timezone

from benchmarks.pages_world import _models, _person, _versions
from governance.access import commands as access
from governance.access.actors import actor_for_user
from governance.access.kinds import Role
from governance.access.models import User
from governance.access.proofs import Reauthentication
from governance.costs import commands as costs
from governance.costs.models import RuleSet, Target
from governance.kernel.actor import Actor, Strength, Via, system_actor
from governance.portal.demo.bill import Bill, BillPlan, write_bill
from governance.portal.demo.bill_resources import Workload

MONTH = dt.date(2026, 1, 1)
MODELS, TEAMS = 1_000, 20
_PREFIXED = 900  # models with a rule for their resources; a set holds at most 1,000 rules
OFFICER, MANAGER, ATTESTER = "officer@example.org", "manager@example.org", "money@example.org"
# How the common cluster is shared: among whom, by which method. The second ones are the change.
SHARED = {
    "models": ("models", "proportional_cost"),
    "models, changed": ("models", "even"),
    "teams": ("teams", "fixed"),
    "teams, changed": ("teams", "even"),
}
_PLATFORM, _UNUSED = "pool/platform", "pool/unused"


def write(rows: int, path: Path) -> Bill:
    """Write a month's bill of ``rows``, two fifths of its resources those of the models."""
    loads = tuple(Workload(_name(number)) for number in range(1, MODELS + 1))
    return write_bill(BillPlan(rows=rows, start=MONTH, workloads=loads), path)


def fill(shared_by: str) -> None:
    """Make teams, people, models with a version each, their targets, and rules in force."""
    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    teams = [
        access.create_team(actor=system_actor(Via.COMMAND), slug=f"team-{n}", name=f"Team {n}")
        for n in range(TEAMS)
    ]
    officer = _person(OFFICER, Role.RISK_OFFICER, None)
    _person(MANAGER, Role.MANAGER, None)
    _person(ATTESTER, Role.FINANCE_ATTESTER, None)
    _versions(_models(MODELS, teams, officer), officer)
    costs.ensure_targets(actor=system_actor())
    _name_targets()
    manager = acting(MANAGER)
    for pool in (_PLATFORM, _UNUSED):
        costs.create_pool(actor=manager, slug=pool.removeprefix("pool/"), name=pool)
    costs.create_source(actor=manager, fields=costs.SourceFields(name="Cloud"))
    put_in_force(shared_by)


def acting(email: str) -> Actor:
    user = User.objects.get(email=email)
    return actor_for_user(user, via=Via.WEB, strength=Strength.PASSWORD)


def put_in_force(shared_by: str) -> RuleSet:
    """Draft, submit and approve the rules; ``shared_by`` is one of ``SHARED``."""
    author, attester = acting(MANAGER), User.objects.get(email=ATTESTER)
    row = costs.draft_ruleset(actor=author, effective_from=MONTH, raws=_rules(shared_by))
    costs.submit_ruleset(actor=author, ruleset_id=row.pk)
    return costs.approve_ruleset(
        actor=acting(ATTESTER),
        ruleset_id=row.pk,
        seen=row.digest,
        proof=Reauthentication(attester.pk, timezone.now(), Strength.PASSWORD),
    )


def _name(number: int) -> str:
    return f"credit-{number:04d}"


def _key(number: int) -> str:
    return f"MDL-{number:05d}/v1/serve"


def _name_targets() -> None:
    """Let tags call each version by its model's name in the cloud."""
    rows = {row.key: row for row in Target.objects.filter(phase="serve")}
    for number in range(1, MODELS + 1):
        rows[_key(number)].aliases = [_name(number)]
    Target.objects.bulk_update(rows.values(), ["aliases"], batch_size=1_000)


def _rules(shared_by: str) -> list[dict[str, Any]]:
    """By tag; by resource for most models, as three resources in ten carry no tag; then pools."""
    tag = {"tag": "model", "trim": True, "phase_tag": "phase"}
    found = [_rule("Tagged", {"all": []}, "by_tag", options=tag)]
    found += [_prefix(number) for number in range(1, _PREFIXED + 1)]
    nodes = {"field": "resource", "prefix": "eks/ml-platform/"}
    unused = {"field": "commitment_status", "is": "Unused"}
    for name, matcher, pool in (("Nodes", nodes, _PLATFORM), ("Unused", unused, _UNUSED)):
        found.append(_rule(name, matcher, "direct", targets=[{"target": pool}]))
    found.append(_platform(shared_by))
    idle = {"phase": "idle", "options": {"pool": _UNUSED}}
    found.append(_rule("Idle", {"all": []}, "proportional_cost", **idle))
    teams = [{"target": f"team/team-{number}"} for number in range(TEAMS)]
    support = {"field": "service", "is": "Support"}
    found.append(_rule("Support", support, "even", phase="overhead", targets=teams))
    return [{**rule, "priority": place} for place, rule in enumerate(found, 1)]


def _platform(shared_by: str) -> dict[str, Any]:
    to, how = SHARED[shared_by]
    targets: list[dict[str, str]] = []
    if to == "teams":
        targets = [{"target": f"team/team-{number}"} for number in range(TEAMS)]
    elif how == "even":
        targets = [{"target": _key(number)} for number in range(1, MODELS + 1)]
    if how == "fixed":
        targets = [{**target, "weight": str(100 // TEAMS)} for target in targets]
    options = {"pool": _PLATFORM}
    return _rule("Platform", {"all": []}, how, phase="shared", options=options, targets=targets)


def _prefix(number: int) -> dict[str, Any]:
    matcher = {"field": "resource_name", "prefix": f"{_name(number)}-"}
    return _rule(_name(number), matcher, "direct", targets=[{"target": _key(number)}])


def _rule(name: str, matcher: dict[str, Any], method: str, **more: Any) -> dict[str, Any]:
    usual = {"phase": "direct", "targets": [], "options": {}}
    return {"name": name, "matcher": matcher, "method": method, **usual, **more}
