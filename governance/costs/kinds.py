"""States, choices, event kinds and task names of costs."""

from django.db.models import TextChoices


class SourceKind(TextChoices):
    FOCUS_FILE = "focus_file", "FOCUS file"
    MANUAL = "manual", "Entered by hand"


class Delivery(TextChoices):
    REPLACE = "replace", "Each file replaces its billing periods"
    APPEND = "append", "Each file adds to what is there"


class DateOrder(TextChoices):
    """How a source writes dates with slashes; without one such a date is refused."""

    NONE = "", "No dates with slashes"
    DAY_FIRST = "dmy", "Day first: 31/01/2026"
    MONTH_FIRST = "mdy", "Month first: 01/31/2026"


class BatchState(TextChoices):
    RECEIVED = "received", "Received"
    CHECKING = "checking", "Checking"
    HELD = "held", "Held for a person"
    ACCEPTED = "accepted", "Accepted"
    REFUSED = "refused", "Refused"
    SUPERSEDED = "superseded", "Superseded"


class Basis(TextChoices):
    """Two views of one bill that are never added: what is invoiced, and what was used up."""

    BILLED = "billed", "Billed"
    EFFECTIVE = "effective", "Effective"


class PeriodState(TextChoices):
    OPEN = "open", "Open"
    CLOSING = "closing", "Closing"
    CLOSED = "closed", "Closed"


class TargetKind(TextChoices):
    ORGANISATION = "organisation", "Organisation"
    TEAM = "team", "Team"
    PROJECT = "project", "Project"
    MODEL = "model", "Model"
    VERSION = "version", "Model version"
    POOL = "pool", "Pool"
    UNALLOCATED = "unallocated", "Unallocated"


class Phase(TextChoices):
    """What in a model's life the money went to."""

    EXPERIMENT = "experiment", "Experiment"
    TRAIN = "train", "Train"
    VALIDATE = "validate", "Validate"
    SERVE = "serve", "Serve"
    MONITOR = "monitor", "Monitor"


class RulePhase(TextChoices):
    """The order in which rules are tried; a pool is emptied in a later phase only."""

    DIRECT = "direct", "Direct"
    SHARED = "shared", "Shared"
    IDLE = "idle", "Idle"
    OVERHEAD = "overhead", "Overhead"


class Method(TextChoices):
    DIRECT = "direct", "To one target"
    BY_TAG = "by_tag", "To the target that a tag names"
    EVEN = "even", "In equal parts"
    FIXED = "fixed", "By fixed percentages"
    PROPORTIONAL_COST = "proportional_cost", "In proportion to cost so far"
    USAGE = "usage", "In proportion to usage"


class Unallocated(TextChoices):
    """Why money reached no target."""

    NO_RULE = "no_rule", "No rule matches"
    NO_DRIVER = "no_driver", "No usage to share by"
    TARGET_RETIRED = "target_retired", "The target was retired"
    TARGET_UNKNOWN = "target_unknown", "The tag names no target"
    AMBIGUOUS_TAG = "ambiguous_tag", "Two tags contradict each other"


class RuleSetState(TextChoices):
    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Submitted"
    APPROVED = "approved", "Approved"
    SUPERSEDED = "superseded", "Superseded"


class CostRunState(TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    COMPUTED = "computed", "Computed"
    PUBLISHED = "published", "Published"
    SUPERSEDED = "superseded", "Superseded"
    FAILED = "failed", "Failed"


class ExportState(TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    READY = "ready", "Ready"
    FAILED = "failed", "Failed"


EXPORT_WAITS = (ExportState.QUEUED, ExportState.RUNNING)


class TermState(TextChoices):
    """How what was bought in advance stands."""

    UNKNOWN = "unknown", "Term not known"
    OPEN = "open", "Open"
    WHOLE = "whole", "Used up exactly"
    DIFFERS = "differs", "Differs"


class Cause(TextChoices):
    """Why a figure moved between two runs, in the order in which new inputs are applied."""

    DATA = "data", "Data"
    RULE = "rule", "Rule"
    DRIVER = "driver", "Driver"
    RATE = "rate", "Rate"


class UsageUnit(TextChoices):
    PREDICTIONS = "predictions", "Predictions"
    TOKENS = "tokens", "Tokens"
    GPU_SECONDS = "gpu_seconds", "GPU seconds"
    CPU_SECONDS = "cpu_seconds", "CPU seconds"
    GPU_SECONDS_RESERVED = "gpu_seconds_reserved", "GPU seconds reserved"
    CPU_SECONDS_RESERVED = "cpu_seconds_reserved", "CPU seconds reserved"


class BudgetState(TextChoices):
    SUBMITTED = "submitted", "Waits for approval"
    APPROVED = "approved", "Approved"
    REJECTED = "rejected", "Rejected"
    SUPERSEDED = "superseded", "Superseded"


class AnomalyState(TextChoices):
    OPEN = "open", "Open"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    EXPLAINED = "explained", "Explained"
    FALSE_ALARM = "false_alarm", "False alarm"


class Grade(TextChoices):
    """How good the evidence behind a claimed benefit is."""

    A = "a", "A: randomised experiment or holdout"
    B = "b", "B: before and after, or matched"
    C = "c", "C: declared"


class ClaimState(TextChoices):
    UNATTESTED = "unattested", "Unattested"
    ATTESTED = "attested", "Attested"
    REJECTED = "rejected", "Rejected"
    WITHDRAWN = "withdrawn", "Withdrawn"


class HintKind(TextChoices):
    """What money tells about the inventory, and where it could be saved."""

    SHADOW_MODEL = "shadow_model", "Shadow model"
    UNREGISTERED_DEPLOYMENT = "unregistered_deployment", "Unregistered deployment"
    ZOMBIE = "zombie", "Zombie record"
    IDLE_ENDPOINT = "idle_endpoint", "Idle endpoint"
    UNMAPPED_SPEND = "unmapped_spend", "Unmapped spend"
    UNAPPROVED_CALLS = "unapproved_calls", "Calls on an unapproved version"
    UNBUDGETED = "unbudgeted", "In use without a budget"
    OVERSIZED = "oversized", "Oversized"
    STUCK = "stuck", "Stuck work"


class HintState(TextChoices):
    OPEN = "open", "Open"
    SNOOZED = "snoozed", "Snoozed"
    ACCEPTED = "accepted", "Accepted"
    CLOSED = "closed", "Closed"


class Ending(TextChoices):
    """How work ended that was never of use, or not any more."""

    REJECTED = "rejected", "Rejected"
    STOPPED = "stopped", "Stopped"
    RETIRED = "retired", "Retired"


class Kind(TextChoices):
    SOURCE_CREATED = "costs.source.created"
    SOURCE_CHANGED = "costs.source.changed"
    BATCH_RECEIVED = "costs.batch.received"
    BATCH_ANSWERED = "costs.batch.answered"
    BATCH_HELD = "costs.batch.held"
    BATCH_ACCEPTED = "costs.batch.accepted"
    BATCH_REFUSED = "costs.batch.refused"
    BATCH_SUPERSEDED = "costs.batch.superseded"
    CLOSING_ASKED = "costs.closing.asked"
    CLOSING_FAILED = "costs.closing.failed"
    PERIOD_CLOSED = "costs.period.closed"
    PERIOD_ADJUSTED = "costs.period.adjusted"
    INVOICE_RECORDED = "costs.invoice.recorded"
    REOPENING_ASKED = "costs.reopening.asked"
    REOPENING_REFUSED = "costs.reopening.refused"
    PERIOD_REOPENED = "costs.period.reopened"
    RATE_RECORDED = "costs.rate.recorded"
    TARGET_CREATED = "costs.target.created"
    TARGET_CHANGED = "costs.target.changed"
    TARGET_RETIRED = "costs.target.retired"
    RULESET_DRAFTED = "costs.ruleset.drafted"
    RULESET_CHANGED = "costs.ruleset.changed"
    RULESET_SUBMITTED = "costs.ruleset.submitted"
    RULESET_APPROVED = "costs.ruleset.approved"
    RULESET_RETURNED = "costs.ruleset.returned"
    RUN_REQUESTED = "costs.run.requested"
    RUN_COMPUTED = "costs.run.computed"
    RUN_PUBLISHED = "costs.run.published"
    RUN_FAILED = "costs.run.failed"
    EXPORT_REQUESTED = "costs.export.requested"
    EXPORT_WRITTEN = "costs.export.written"
    EXPORT_FAILED = "costs.export.failed"
    EXPORT_TAKEN = "costs.export.taken"
    USAGE_RECORDED = "costs.usage.recorded"
    BUDGET_SUBMITTED = "costs.budget.submitted"
    BUDGET_APPROVED = "costs.budget.approved"
    BUDGET_REJECTED = "costs.budget.rejected"
    BUDGET_TRANSFERRED = "costs.budget.transferred"
    BUDGET_CROSSED = "costs.budget.crossed"
    FORECAST_FROZEN = "costs.forecast.frozen"
    FORECAST_SCORED = "costs.forecast.scored"
    ANOMALY_DETECTED = "costs.anomaly.detected"
    ANOMALY_RESTATED = "costs.anomaly.restated"
    ANOMALY_ANSWERED = "costs.anomaly.answered"
    ANOMALY_EXPLAINED = "costs.anomaly.explained"
    EXPERIMENT_REGISTERED = "costs.experiment.registered"
    EXPERIMENT_LOOKED_AT = "costs.experiment.looked_at"
    EXPERIMENT_OBSERVED = "costs.experiment.observed"
    EXPERIMENT_CONCLUDED = "costs.experiment.concluded"
    CLAIM_MADE = "costs.claim.made"
    CLAIM_ATTESTED = "costs.claim.attested"
    CLAIM_REJECTED = "costs.claim.rejected"
    CLAIM_WITHDRAWN = "costs.claim.withdrawn"
    WORK_ENDED = "costs.work.ended"
    WORK_RESUMED = "costs.work.resumed"
    LESSON_RECORDED = "costs.lesson.recorded"
    COMPUTE_RATE_RECORDED = "costs.compute_rate.recorded"
    LIFE_STATED = "costs.life.stated"
    EXCEPTION_DETECTED = "costs.exception.detected"
    HINT_ANSWERED = "costs.hint.answered"


MAX_ATTEMPTS = 3
QUEUE = "costs"
IMPORT = "governance.costs.import"  # task: (batch id)
SWEEP = "governance.costs.sweep"  # task: (); what no worker may know of
WATCH = "governance.costs.watch"  # task: (); budgets, forecasts and anomalies
ALLOCATE = "governance.costs.allocate"  # task: (run id)
TELL = "governance.costs.tell"  # task: (budget id); thresholds that were crossed
EXPORT = "governance.costs.export"  # task: (export id)
