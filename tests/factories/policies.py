"""The packaged policy in force, and variations of it."""

from typing import Any

import yaml

from governance.kernel.actor import Via, system_actor
from governance.policies import commands as policies
from governance.policies.models import PolicyVersion


def default_policy() -> PolicyVersion:
    return policies.ensure_default_policy(actor=system_actor(Via.COMMAND))


def document() -> dict[str, Any]:
    """The packaged policy as plain data, free to be changed."""
    loaded: dict[str, Any] = yaml.safe_load(policies.DEFAULT_PACK.read_text(encoding="utf-8"))
    for factor in loaded["tiering"]["factors"]:
        factor["points"] = {str(key): value for key, value in factor["points"].items()}
    for check in loaded["checks"]:
        check["tiers"] = {str(key): value for key, value in check["tiers"].items()}
    return loaded


def install(changed: dict[str, Any]) -> PolicyVersion:
    return policies.install_policy(
        actor=system_actor(Via.COMMAND), text=yaml.safe_dump(changed, sort_keys=False)
    )
