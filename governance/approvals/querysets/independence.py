"""Who built: read from the rows when a case is submitted and again when somebody speaks."""

from typing import TYPE_CHECKING
from uuid import UUID

from governance.access.kinds import Role
from governance.access.models import Membership
from governance.approvals.kinds import Capacity

if TYPE_CHECKING:
    from governance.approvals.models import ApprovalCase

_BUILDING = (Role.DEVELOPER.value, Role.MODEL_OWNER.value)


def builders(case: "ApprovalCase") -> frozenset[UUID]:
    """Return who counts as having built what the case is about.

    Always: who made the version, its environment, its model or its use case, uploaded its artifact
    or its training data, owns the model, opened or submitted the case. And who supplied the
    evidence (data, run), save validators without a builder's role: who brings independent data
    stays independent.
    """
    version, model = case.version, case.version.model
    parts_made = (version.artifact, version.training_data, version.environment, model.use_case)
    made = [row.created_by_id for row in (version, model, *parts_made) if row is not None]
    always = {*made, model.owner_id, case.opened_by_id, case.submitted_by_id} - {None}
    return frozenset(always) | _suppliers(case)


def _suppliers(case: "ApprovalCase") -> frozenset[UUID]:
    run = case.run
    if run is None:
        return frozenset()
    supplied = {run.requested_by_id, run.reference.created_by_id, run.current.created_by_id}
    held = Membership.objects.filter(user_id__in=supplied).values_list("user_id", "role")
    building = {user for user, role in held if role in _BUILDING}
    validating = {user for user, role in held if role == Role.VALIDATOR} - building
    return frozenset(supplied - validating)


def parts(case: "ApprovalCase") -> dict[UUID, str]:
    """Return who takes part in the present round in which capacity, owners of today included."""
    built = dict.fromkeys(builders(case), Capacity.BUILT.value)
    rows = case.participants.filter(round=case.round)
    return {**dict(rows.values_list("person_id", "capacity")), **built}
