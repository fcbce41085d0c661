"""Cases that end badly and models that are retired, for costs to write down as ended work."""

from uuid import UUID

from governance.approvals.kinds import Choice, StepKind
from governance.approvals.models import ApprovalCase
from governance.costs import commands as costs
from governance.costs.kinds import Ending
from governance.costs.rules.endings import Ended
from governance.costs.rules.subjects import Subject
from governance.kernel.actor import system_actor
from governance.ledger.reading import Event
from inventory.catalog.models import RegisteredModel

UNSAID = "No reason is on record."


def case_rejected(event: Event) -> None:
    """The deciders are those who were against at the deciding step."""
    case = ApprovalCase.objects.get(pk=event.subject_id)
    against = case.decisions.filter(
        round=case.round, step__kind=StepKind.DECISION, choice=Choice.AGAINST
    )
    deciders = tuple(against.values_list("person_id", flat=True))
    _record(case, event, Ending.REJECTED, deciders or (event.actor_id,))


def case_withdrawn(event: Event) -> None:
    """Whoever takes back the only case of a version has stopped it, unless an approval stands."""
    case = ApprovalCase.objects.get(pk=event.subject_id)
    if not ApprovalCase.objects.standing(case.version_id).usable:
        _record(case, event, Ending.STOPPED, (event.actor_id,))


def case_opened(event: Event) -> None:
    """A version is asked about anew: whatever ended it stands no more."""
    case = ApprovalCase.objects.get(pk=event.subject_id)
    costs.record_resumption(actor=system_actor(), version_id=case.version_id)


def model_retired(event: Event) -> None:
    model = RegisteredModel.objects.get(pk=event.subject_id)
    ended = Ended(
        ending=Ending.RETIRED,
        subject=Subject(model_id=model.pk),
        decision=model.public_id,
        decision_key=model.pk,
        deciders=(event.actor_id,),
        reason=str(event.body.get("reason") or UNSAID),
        ended_at=event.ts,
    )
    costs.record_ending(actor=system_actor(), ended=ended)


def _record(case: ApprovalCase, event: Event, ending: Ending, deciders: tuple[UUID, ...]) -> None:
    ended = Ended(
        ending=ending,
        subject=Subject(version_id=case.version_id),
        decision=case.public_id,
        decision_key=case.pk,
        deciders=deciders,
        reason=case.outcome_note or UNSAID,
        ended_at=event.ts,
    )
    costs.record_ending(actor=system_actor(), ended=ended)
