"""Installing a policy: each text becomes a version of its own, and nothing edits one."""

from pathlib import Path

from django.db import transaction
from django.utils import timezone

from governance.access import permissions
from governance.access.kinds import Permission
from governance.kernel.actor import Actor
from governance.ledger import commands as ledger
from governance.ledger.kinds import Subject
from governance.policies import rules
from governance.policies.kinds import DEFAULT_KEY, Kind, PolicyState
from governance.policies.models import PolicyVersion

DEFAULT_PACK = Path(__file__).parent / "packs" / "model-risk.yaml"


@transaction.atomic(durable=True)
def install_policy(*, actor: Actor, text: str) -> PolicyVersion:
    """Put a policy in force from now on; the former version of its key is superseded.

    The same content as the version in force changes nothing and returns that version. Raises
    ``RuleBroken`` with every bad place when the text is no valid policy.
    """
    permissions.require_anywhere(actor, Permission.POLICY_INSTALL)
    return _install(actor, text)


@transaction.atomic(durable=True)
def ensure_default_policy(*, actor: Actor) -> PolicyVersion:
    """Install the packaged policy unless some version of its key was installed before."""
    permissions.require_anywhere(actor, Permission.POLICY_INSTALL)
    in_force = PolicyVersion.objects.filter(key=DEFAULT_KEY, state=PolicyState.EFFECTIVE).first()
    return in_force or _install(actor, DEFAULT_PACK.read_text(encoding="utf-8"))


def _install(actor: Actor, text: str) -> PolicyVersion:
    policy, document = rules.parse(text)
    known = list(PolicyVersion.objects.select_for_update().filter(key=policy.key))
    former = next((one for one in known if one.state == PolicyState.EFFECTIVE), None)
    if former is not None and former.digest == policy.digest:
        return former
    now = timezone.now()
    if former is not None:
        PolicyVersion.objects.filter(pk=former.pk).update(
            state=PolicyState.SUPERSEDED, superseded_at=now
        )
    version = PolicyVersion.objects.create(
        key=policy.key,
        number=len(known) + 1,
        title=policy.title,
        text=text,
        document=document,
        digest=policy.digest,
        state=PolicyState.EFFECTIVE,
        effective_from=now,
    )
    _tell(actor, version, former)
    return version


def _tell(actor: Actor, version: PolicyVersion, former: PolicyVersion | None) -> None:
    ledger.append(
        actor=actor,
        kind=Kind.POLICY_INSTALLED,
        subject=Subject("policies.policy", version.pk),
        body={
            "key": version.key,
            "number": version.number,
            "digest": version.digest,
            "supersedes": str(former.pk) if former else None,
        },
    )
