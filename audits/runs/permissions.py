"""The doors of runs."""

from governance.access.doors import Entrance, Through
from governance.access.kinds import Permission

DOORS: dict[str, Entrance] = {
    "runs:run-list": Permission.RUN_VIEW,
    "runs:run-detail": Permission.RUN_VIEW,
    "runs:run-live": Permission.RUN_VIEW,
    "runs:run-plan": Permission.RUN_VIEW,
    "runs:run-log": Permission.RUN_VIEW,
    "runs:run-outcomes": Permission.RUN_VIEW,
    "runs:run-request": Permission.RUN_REQUEST,
    "runs:run-cancel": Permission.RUN_CANCEL,
    "runs:check-detail": Permission.RUN_VIEW,
    "runs:check-outcome": Permission.RUN_VIEW,
    "runs:version-runs": Permission.RUN_VIEW,
    "api:run-list": Through(read=Permission.RUN_VIEW, write=Permission.RUN_REQUEST),
    "api:run-detail": Permission.RUN_VIEW,
    "api:run-cancel": Permission.RUN_CANCEL,
    "api:run-log": Permission.RUN_VIEW,
    "api:check-detail": Permission.RUN_VIEW,
}
