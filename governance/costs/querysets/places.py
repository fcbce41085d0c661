"""Where targets stood before they moved: history stays with the team and project of its day.

The month in which a target moves counts where it moved to.
"""

from collections.abc import Collection, Mapping
from typing import Any

from django.apps import apps
from django.db.models import Case, F, UUIDField, Value, When

from governance.costs.querysets.dimensions import Dimension

Places = Mapping[str, list[When]]  # by the column of a dimension
_COLUMNS = {"target__team_id": "team_id", "target__use_case_id": "use_case_id"}
_THEN = {column: f"{field}_then" for column, field in _COLUMNS.items()}


def places(dimensions: Collection[Dimension]) -> Places:
    """Return what ``dimensions`` have to read otherwise for earlier months; one query at most."""
    columns = {one.column for one in dimensions} & set(_COLUMNS)
    if not columns:
        return {}
    rows = apps.get_model("costs", "TargetPlace")._default_manager  # noqa: SLF001
    found: dict[str, list[When]] = {}
    for row in rows.order_by("until"):
        earlier = {"target_id": row.target_id, "run__month__lt": row.until.replace(day=1)}
        for column in columns:
            stood = Value(getattr(row, _COLUMNS[column]), UUIDField())
            found.setdefault(column, []).append(When(**earlier, then=stood))
    return found


def placed(rows: Any, known: Places) -> Any:
    """Return ``rows`` (charges, days or months of runs) with where their targets stood then."""
    then = {
        _THEN[column]: Case(*whens, default=F(column), output_field=UUIDField(null=True))
        for column, whens in known.items()
    }
    return rows.annotate(**then) if then else rows


def column_of(dimension: Dimension, known: Places) -> str:
    """Return the column of ``placed`` rows that holds ``dimension``."""
    return _THEN[dimension.column] if dimension.column in known else dimension.column
