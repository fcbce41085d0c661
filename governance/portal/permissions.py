"""The doors of the shell."""

from governance.access.doors import Door, Entrance
from governance.access.kinds import Permission

DOORS: dict[str, Entrance] = {
    "portal:home": Door.SIGNED_IN,
    "portal:health": Door.PUBLIC,
    "portal:ready": Door.PUBLIC,
    "portal:styleguide": Door.SIGNED_IN,
    "portal:trail": Permission.LEDGER_VIEW,
    "portal:trail-entry": Permission.LEDGER_VIEW,
    "portal:operations": Permission.OPERATIONS_VIEW,
    "portal:flow-retry": Permission.USER_ADMIN,
    "prometheus-django-metrics": Permission.OPERATIONS_VIEW,
    "api:schema": Door.SIGNED_IN,
    "api:docs": Door.SIGNED_IN,
    "api:unknown": Door.PUBLIC,
}
