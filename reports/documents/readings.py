"""Reads for pages and the API."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from governance.access.kinds import Permission
from governance.access.models import Team
from governance.access.rules import scope_of
from governance.costs.models import AllocationRun, ChargeDay
from governance.kernel.actor import Actor
from governance.kernel.ids import number_in
from reports.documents.models import Report
from reports.documents.querysets import ReportQuerySet

LIST_FIELDS = (
    "id",
    "number",
    "kind",
    "title",
    "state",
    "case_id",
    "cost_run_id",
    "case__version_id",
    "content_digest",
    "digest",
    "size",
    "pages",
    "requested_at",
    "signed_at",
)
ORDER = ("-requested_at", "-id")


def listed(actor: Actor, *, q: str = "", state: str = "") -> ReportQuerySet:
    """Return the reports that ``actor`` may see, narrowed by a text and a state."""
    rows: Any = Report.objects.visible_to(actor)
    if state:
        rows = rows.filter(state=state)
    if q:
        wanted = Q(title__icontains=q) | Q(short_code__iexact=q)
        if (number := number_in(q, "RPT", bare=True)) is not None:
            wanted |= Q(number=number)
        rows = rows.filter(wanted)
    return rows


def for_page(actor: Actor, key: Any) -> Report:
    rows: Any = Report.objects.select_related("case__version__model", "cost_run", "superseded_by")
    found: Report = rows.get_visible(actor, key)
    return found


_MISREAD = str.maketrans("OILU", "011V")  # letters that the code's alphabet does not have
_CODE_LENGTH = 8


def by_short_code(code: str) -> Report | None:
    """Return the issued report with this short code, however it was typed."""
    plain = "".join(c for c in code.upper() if c.isascii() and c.isalnum()).translate(_MISREAD)
    if len(plain) != _CODE_LENGTH:
        return None
    spelled = f"{plain[:4]}-{plain[4:]}"
    found: Any = Report.objects.issued().select_related("superseded_by")
    report: Report | None = found.filter(short_code=spelled).first()
    return report


Choices = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class CostChoices:
    """What ``actor`` may ask a cost report about."""

    month: Choices
    currency: Choices
    team: Choices


def cost_choices(actor: Actor) -> CostChoices:
    """Return the published months, their currencies, and whose money the actor may report on."""
    scope = scope_of(actor, Permission.COST_REPORT_REQUEST)
    published: Any = AllocationRun.objects.published()
    months = published.order_by("-month").values_list("month", flat=True)
    days: Any = ChargeDay.objects.published()
    currencies = days.order_by("currency").values_list("currency", flat=True).distinct()
    teams = Team.objects.all() if scope.everywhere else Team.objects.filter(pk__in=scope.teams)
    whole = [("", "The whole organisation")] if scope.everywhere else []
    return CostChoices(
        [(f"{month:%Y-%m}", f"{month:%B %Y}") for month in months],
        [(one, one) for one in currencies],
        [*whole, *((str(team.pk), team.name) for team in teams)],
    )
