"""A run's days summed over its month. Called inside the transaction that stores the days."""

from typing import Any
from uuid import UUID

from django.db import connection

from governance.costs.models import AllocationRun, ChargeDay, ChargeMonth

_KEYS = (
    "run_id",
    "target_id",
    "currency",
    "issuer",
    "service",
    "service_category",
    "category",
    "rule_phase",
    "reason",
)


def sum_months(run_id: UUID) -> None:
    """Put the exact sums of the run's days in place of those that it had."""
    rows: Any = ChargeMonth.objects.filter(run_id=run_id)
    rows._raw_delete(rows.db)  # noqa: SLF001 - nothing points at them
    exact = "SUM" if connection.vendor == "postgresql" else "EXACT_SUM"
    keys = ", ".join(_KEYS)
    into, days = (model._meta.db_table for model in (ChargeMonth, ChargeDay))  # noqa: SLF001
    sql = (
        f"INSERT INTO {into} ({keys}, lines, billed, effective)"  # noqa: S608 - our own names
        f" SELECT {keys}, SUM(lines), {exact}(billed), {exact}(effective)"
        f" FROM {days} WHERE run_id = %s GROUP BY {keys}"
    )
    key = AllocationRun._meta.pk.get_db_prep_value(run_id, connection)  # noqa: SLF001
    with connection.cursor() as cursor:
        cursor.execute(sql, [key])
