"""The table of doors: every route names what it takes to enter. A route without one is refused.

A door is coarse ("holds this permission somewhere"); the command or queryset behind it decides
about the object. ``DOORS`` of each app's ``permissions.py`` are gathered here.
"""

from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps

from governance.access.kinds import Permission
from governance.access.permissions import can
from governance.kernel.actor import Actor


class Door(Enum):
    """Doors that need no permission."""

    PUBLIC = "anybody, signed in or not"
    SIGNED_IN = "anybody who is signed in"


@dataclass(frozen=True, slots=True)
class Through:
    """A door per HTTP method, for API routes that read and write."""

    read: Door | Permission
    write: Door | Permission


Entrance = Door | Permission | Through

FRAMEWORK_DOORS: dict[str, Entrance] = {
    **dict.fromkeys(
        (
            "account_login",
            "account_logout",
            "account_inactive",
            "account_reset_password",
            "account_reset_password_done",
            "account_reset_password_from_key",
            "account_reset_password_from_key_done",
            "mfa_authenticate",
        ),
        Door.PUBLIC,
    ),
    **dict.fromkeys(
        (
            "account_reauthenticate",
            "mfa_reauthenticate",
            "mfa_reauthenticate_webauthn",
            "account_change_password",
            "account_set_password",
            "mfa_index",
            "mfa_activate_totp",
            "mfa_deactivate_totp",
            "mfa_generate_recovery_codes",
            "mfa_view_recovery_codes",
            "mfa_download_recovery_codes",
            "mfa_list_webauthn",
            "mfa_add_webauthn",
            "mfa_edit_webauthn",
            "mfa_remove_webauthn",
            "usersessions_list",
            "access:account",
            "access:tokens",
            "access:token-revoke",
            "api:me",
            "api:team-list",
            "api:token-list",
            "api:token-detail",
        ),
        Door.SIGNED_IN,
    ),
}


@cache
def doors() -> dict[str, Entrance]:
    """Return the whole table: view name (``app:noun-verb``) to what entering takes."""
    table = dict(FRAMEWORK_DOORS)
    for config in apps.get_app_configs():
        if config.name.split(".")[0] not in {"governance", "inventory", "audits", "reports"}:
            continue
        if find_spec(f"{config.name}.permissions") is not None:
            module = import_module(f"{config.name}.permissions")
            table.update(getattr(module, "DOORS", {}))
    return table


def entrance(view_name: str, method: str) -> Door | Permission | None:
    """Return what ``method`` on the route takes; None when the route is in no table."""
    found = doors().get(view_name)
    if isinstance(found, Through):
        return found.read if method in {"GET", "HEAD", "OPTIONS"} else found.write
    return found


def admits(door: Door | Permission, actor: Actor | None) -> bool:
    """Return whether ``actor`` (None: nobody signed in) may pass."""
    if door is Door.PUBLIC:
        return True
    if actor is None:
        return False
    return isinstance(door, Door) or can(actor, door)
