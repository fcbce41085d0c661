"""Who may be named in a case."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from governance.access.kinds import Permission
from governance.access.models import Membership, User
from governance.access.rules import GRANTS

if TYPE_CHECKING:
    from governance.approvals.models import ApprovalCase


def reachable(case: "ApprovalCase") -> "QuerySet[User]":
    """Return the active people who can see the case by a role, by name: who can be given work."""
    roles = [role.value for role in GRANTS[Permission.CASE_VIEW]]
    held = Membership.objects.filter(
        Q(team_id=case.owning_team_id) | Q(team_id=None), user=OuterRef("pk"), role__in=roles
    )
    return User.objects.filter(Exists(held), is_active=True).order_by("name", "pk")


def may_own_condition(case: "ApprovalCase", wanted: Collection[UUID]) -> set[Any]:
    """Return those of ``wanted`` who can own a condition of the case."""
    if not wanted:
        return set()
    return set(reachable(case).filter(pk__in=wanted).values_list("pk", flat=True))
