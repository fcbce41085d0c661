"""The doors of reports. Verifying is public: whoever holds a file may ask whether it is genuine."""

from governance.access.doors import Door, Entrance, Through
from governance.access.kinds import Permission

DOORS: dict[str, Entrance] = {
    "documents:report-list": Permission.REPORT_VIEW,
    "documents:report-detail": Permission.REPORT_VIEW,
    "documents:report-live": Permission.REPORT_VIEW,
    "documents:report-content": Permission.REPORT_VIEW,
    "documents:report-download": Permission.REPORT_VIEW,
    "documents:report-recall": Permission.REPORT_RECALL,
    "documents:report-request": Permission.REPORT_REQUEST,
    "documents:cost-report-request": Permission.COST_REPORT_REQUEST,
    "documents:report-verify": Door.PUBLIC,
    "documents:report-verify-code": Door.PUBLIC,
    "documents:version-reports": Permission.REPORT_VIEW,
    "documents:case-reports": Permission.REPORT_VIEW,
    "api:report-list": Through(read=Permission.REPORT_VIEW, write=Permission.REPORT_REQUEST),
    "api:report-detail": Permission.REPORT_VIEW,
    "api:report-file": Permission.REPORT_VIEW,
    "api:report-evidence": Permission.REPORT_VIEW,
    "api:report-recall": Permission.REPORT_RECALL,
    "api:report-costs": Permission.COST_REPORT_REQUEST,
    "api:report-verify": Door.PUBLIC,
}
