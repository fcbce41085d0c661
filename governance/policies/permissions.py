"""The doors of policies."""

from governance.access.doors import Entrance
from governance.access.kinds import Permission

DOORS: dict[str, Entrance] = {
    "policies:policy-list": Permission.POLICY_VIEW,
    "policies:policy-detail": Permission.POLICY_VIEW,
    "policies:policy-text": Permission.POLICY_VIEW,
    "api:policy-list": Permission.POLICY_VIEW,
    "api:policy-detail": Permission.POLICY_VIEW,
}
