"""Filters of the run list; they live in the address."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms

from audits.engine.outcome import Verdict
from audits.runs.kinds import RunState
from audits.runs.models import VERDICTS
from audits.runs.querysets import AuditRunQuerySet
from governance.kernel.errors import Invalid
from governance.kernel.ids import number_in

_ANY = [("", "Any")]


class RunFilter(forms.Form):
    q = forms.CharField(label="Model or run", required=False, max_length=200)
    state = forms.ChoiceField(choices=[*_ANY, *RunState.choices], required=False)
    verdict = forms.ChoiceField(choices=[*_ANY, *VERDICTS], required=False)


def filtered(rows: AuditRunQuerySet, values: Mapping[str, Any]) -> AuditRunQuerySet:
    """Return the rows that the filter form (cleaned) asks for."""
    if text := values.get("q"):
        if (number := number_in(text, "RUN", bare=True)) is not None:
            rows = rows.filter(number=number)
        else:
            rows = rows.filter(version__model__name__icontains=text)
    for name in ("state", "verdict"):
        if value := values.get(name):
            rows = rows.filter(**{name: value})
    return rows


def from_query(rows: AuditRunQuerySet, query: Mapping[str, str]) -> AuditRunQuerySet:
    """Return the rows that the API's query asks for; raises ``Invalid`` for an unknown value."""
    known = {"state": RunState.values, "verdict": [v.value for v in Verdict]}
    for name, values in known.items():
        if (value := query.get(name)) is None:
            continue
        if value not in values:
            raise Invalid("bad-filter", f"{name} must be one of: {', '.join(values)}.")
        rows = rows.filter(**{name: value})
    for name, path in (("version", "version_id"), ("model", "version__model_id")):
        if (value := query.get(name)) is not None:
            rows = rows.filter(**{path: _uuid(name, value)})
    return rows


def _uuid(name: str, value: str) -> UUID:
    try:
        return UUID(value)
    except ValueError as error:
        raise Invalid("bad-filter", f"{name} must be a UUID.") from error
