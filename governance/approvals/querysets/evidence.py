"""What the ledger says that a run found, against what its rows say today.

Rows can be edited by whoever reaches the database; the event of the run's completion cannot. So the
gate believes a result only when both say the same.
"""

from collections.abc import Iterable, Mapping

from audits.runs.kinds import Kind, RunState
from audits.runs.models import AuditRun, CheckRun
from governance.kernel.canonical import digest
from governance.ledger import reading
from governance.policies.kinds import Answer
from governance.policies.rules import Reason

Recorded = tuple[str, str, str]  # the check's id, its verdict, the digest of its outcome


def recorded(run: AuditRun | None) -> Mapping[int, Recorded] | None:
    """Return what each check of a completed run found, by its number, as the ledger has it.

    Empty when the ledger knows no completion: no result is believed then. None for a run that did
    not complete, of which nothing is believed in any case.
    """
    if run is None or run.state != RunState.COMPLETED:
        return None
    event = reading.last_event(run.pk, [Kind.RUN_COMPLETED.value])
    checks = event.body.get("checks", []) if event else []
    return {one["evidence"]: (one["check"], one["verdict"], one["outcome"]) for one in checks}


def on_row(check: CheckRun) -> Recorded:
    """Return the same of a row, its outcome's digest worked out anew."""
    return check.check_id, check.verdict, digest(check.outcome)


def of_run(
    run: AuditRun, checks: Iterable[CheckRun], known: Mapping[int, Recorded] | None
) -> list[Reason]:
    """Return what speaks against a run as a whole; ``known`` comes from ``recorded``."""
    if run.state != RunState.COMPLETED:
        text = f"{run.public_id}, the newest audit run, could not be carried out; request another."
        return [Reason("evidence run", text, Answer.REFUSE)]
    if set(known or ()) - {check.number for check in checks}:
        text = f"Checks that {run.public_id} carried out are not on record any more."
        return [Reason("evidence intact", text, Answer.REFUSE)]
    return []
