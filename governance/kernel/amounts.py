"""Money in the database: exact on PostgreSQL, and exact on SQLite, which has no such type.

``AmountField`` is ``numeric(38, 18)`` on PostgreSQL and text on SQLite; in Python it is an ``int``
of units (``kernel.money``). ``ExactSum`` adds such columns. Django's own ``DecimalField`` and
``Sum`` would go through floats on SQLite.
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.signals import connection_created

from governance.kernel import money

if TYPE_CHECKING:
    _Field = models.Field[Any, Any]
else:
    _Field = models.Field


class AmountField(_Field):
    description = "An exact amount of money, in units of 10⁻¹⁸"

    def db_type(self, connection: Any) -> str:
        return f"numeric({money.DIGITS}, {money.PLACES})" if _exact(connection) else "text"

    def get_internal_type(self) -> str:
        return "AmountField"

    def get_prep_value(self, value: Any) -> Any:
        return None if value is None else money.to_decimal(int(value))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:  # noqa: FBT001, FBT002
        ready = value if prepared else self.get_prep_value(value)
        if ready is None or _exact(connection):
            return ready
        return f"{ready:.{money.PLACES}f}" if isinstance(ready, Decimal) else ready

    def from_db_value(self, value: Any, *_: Any) -> int | None:
        return None if value is None else money.from_decimal(Decimal(value))[0]

    def to_python(self, value: Any) -> int | None:
        return None if value is None else int(value)


class ExactSum(models.Aggregate):
    """The exact sum of an ``AmountField``, in units; None over no rows."""

    function = "SUM"
    name = "ExactSum"
    output_field = AmountField()
    allow_distinct = False

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="EXACT_SUM", **context)


class Size(models.Func):
    """An amount as a float, for ordering and comparing on either database, never for adding."""

    template = "CAST(%(expressions)s AS DOUBLE PRECISION)"
    output_field = models.FloatField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(
            compiler, connection, template="CAST(%(expressions)s AS REAL)", **context
        )


class _Adding:
    """SQLite calls this for each row and then asks for the sum."""

    def __init__(self) -> None:
        self.total: int | None = None

    def step(self, value: str | None) -> None:
        if value is not None:
            self.total = (self.total or 0) + money.from_decimal(Decimal(value))[0]

    def finalize(self) -> str | None:
        return None if self.total is None else f"{money.to_decimal(self.total):.{money.PLACES}f}"


def _exact(connection: Any) -> bool:
    return bool(connection.vendor == "postgresql")


def _teach_to_add(connection: Any, **_: Any) -> None:
    if connection.vendor == "sqlite":
        connection.connection.create_aggregate("EXACT_SUM", 1, _Adding)


connection_created.connect(_teach_to_add, dispatch_uid="governance.kernel.amounts")
