"""States, event kinds and task names of runs."""

from django.db.models import TextChoices


class RunState(TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    COMPLETED = "completed", "Completed"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


OPEN_STATES = (RunState.QUEUED, RunState.RUNNING)
FINISHED = frozenset({RunState.COMPLETED, RunState.FAILED, RunState.CANCELLED})


class Action(TextChoices):
    """What can happen to a run; ``rules.TRANSITIONS`` says from where to where."""

    CLAIM = "claim", "A worker takes it"
    RELEASE = "release", "An attempt ended without results; it waits for the next one"
    FINISH = "finish", "All its checks have an outcome"
    FAIL = "fail", "It ends without results"
    CANCEL = "cancel", "Somebody no longer wants it"


class CheckState(TextChoices):
    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"


class Kind(TextChoices):
    RUN_REQUESTED = "runs.run.requested"
    RUN_STARTED = "runs.run.started"
    RUN_RELEASED = "runs.run.released"
    RUN_CANCEL_ASKED = "runs.run.cancel_asked"
    RUN_COMPLETED = "runs.run.completed"
    RUN_FAILED = "runs.run.failed"
    RUN_CANCELLED = "runs.run.cancelled"


MAX_ATTEMPTS = 3
FIRST_RESEND = 10  # seconds after which a message counts as lost; doubles with each sending
LONGEST_RESEND = 600
EXECUTE = "audits.runs.execute"  # task: (run id,)
SWEEP = "audits.runs.sweep"
QUEUE = "checks"
