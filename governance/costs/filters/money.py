"""What the explorer and its drill read from the address: how to look, and at what."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef
from django.http import QueryDict

from governance.costs.kinds import Basis, Phase
from governance.costs.models import Target
from governance.costs.querysets.dimensions import DIMENSIONS, NONE, Dimension
from governance.costs.querysets.moments import HINT, moment_of
from governance.costs.querysets.summary import Months, Question
from governance.costs.rules.conversion import BEFORE, YEAR, compared_months, months_between
from governance.kernel.actor import Actor
from governance.kernel.money import MINOR_UNITS
from inventory.catalog.forms.base import PlainSelect

_OFFERED = 300
_TODAY = "today"
_PICKED = {"unit": "team", "project": "use_case", "model": "model"}  # offered as lists


class MomentField(forms.CharField):
    """A moment to read at; empty is now."""

    def __init__(self) -> None:
        super().__init__(label="As it stood", required=False, max_length=40, help_text=HINT)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return moment_of(text) if text else None
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


class CurrencyText(forms.CharField):
    """The code of a currency in use, in whatever case; empty is none."""

    def __init__(self) -> None:
        super().__init__(label="Currency", required=False, max_length=3)

    def clean(self, value: Any) -> Any:
        wanted = str(super().clean(value)).upper()
        if wanted and wanted not in MINOR_UNITS:
            raise forms.ValidationError("This is no currency in use.")
        return wanted


class SpanForm(forms.Form):
    """From one month to another: ``months`` are those that have a published run, latest first."""

    start = forms.ChoiceField(label="From", required=False)
    end = forms.ChoiceField(label="To", required=False)

    def __init__(self, data: QueryDict, *, months: Sequence[dt.date], **usual: str) -> None:
        latest = _written(months[0]) if months else ""
        start = data.get("start") or data.get("end") or latest
        usual |= {"end": latest, "start": start}
        super().__init__(usual | {name: value for name, value in data.items() if value})
        self._latest, self._asks = tuple(months[:1]), bool(data.get("start") or data.get("end"))
        self.offered = [(_written(month), f"{month:%B %Y}") for month in months]
        for name in ("start", "end"):
            self.choose(name, self.offered)

    def choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field: Any = self.fields[name]
        field.choices = choices

    @property
    def span(self) -> Months:
        """The months chosen, without a choice the latest; 24 at most."""
        self.is_valid()
        made = self.cleaned_data
        return _between(made.get("start", ""), made.get("end", "")) or self._latest

    @property
    def asked(self) -> Months:
        """The months chosen; none without a choice."""
        return self.span if self._asks else ()


class ViewForm(SpanForm):
    """How to look at the money of some months."""

    group = forms.ChoiceField(
        label="Group by", choices=[(one.key, one.label) for one in DIMENSIONS.values()]
    )
    split = forms.ChoiceField(
        label="And by",
        choices=[("", "Nothing more"), *((one.key, one.label) for one in DIMENSIONS.values())],
        required=False,
    )
    compare = forms.ChoiceField(label="Compare with", required=False)
    basis = forms.ChoiceField(choices=Basis.choices, required=False)
    currency = CurrencyText()
    rates = forms.ChoiceField(
        label="Rates",
        choices=[("", "Of each charge's day"), ("month_end", "Of the month's last day")],
        required=False,
    )
    as_of = MomentField()
    organised = forms.ChoiceField(
        label="Teams and projects",
        choices=[("", "Of each month"), (_TODAY, "As organised today")],
        required=False,
    )

    def __init__(self, data: QueryDict, *, months: Sequence[dt.date]) -> None:
        super().__init__(data, months=months, group="unit", basis=Basis.EFFECTIVE)
        pairs = [("", "Nothing"), (BEFORE, "The time before"), (YEAR, "A year earlier")]
        self.choose("compare", pairs + self.offered)

    def question(self, filters: Mapping[str, str]) -> Question:
        """Return what is asked; a setting that is no choice falls back to the usual one."""
        months, made = self.span, self.cleaned_data
        return Question(
            months=months,
            group_by=_cuts(made.get("group") or "unit", made.get("split", "")),
            basis=made.get("basis") or Basis.EFFECTIVE,
            currency=made.get("currency", ""),
            compared=compared_months(months, made.get("compare", "")),
            filters=filters,
            at_month_end=bool(made.get("rates")),
            as_of=made.get("as_of"),
            as_organised_today=bool(made.get("organised")),
        )


class MonthForm(forms.Form):
    """One month out of ``months``, the latest first; without a choice the latest."""

    month = forms.ChoiceField(required=False)
    as_of = MomentField()

    def __init__(self, data: QueryDict, *, months: Sequence[dt.date]) -> None:
        chosen = data.get("month") or (_written(months[0]) if months else "")
        super().__init__({"month": chosen, "as_of": data.get("as_of", "")})
        field: Any = self.fields["month"]
        field.choices = [(_written(month), f"{month:%B %Y}") for month in months]
        self._latest = months[0] if months else None

    @property
    def chosen(self) -> dt.date | None:
        self.is_valid()
        return _month(self.cleaned_data.get("month", "")) or self._latest

    @property
    def moment(self) -> dt.datetime | None:
        self.is_valid()
        found: dt.datetime | None = self.cleaned_data.get("as_of")
        return found


class KeyField(forms.ChoiceField):
    """A key of a row, or ``none``; only what the reader may see is ever given a name."""

    widget = PlainSelect

    def valid_value(self, value: Any) -> bool:
        if value == NONE:
            return True
        try:
            uuid.UUID(value)
        except ValueError:
            return False
        return True


class NarrowForm(forms.Form):
    """At what to look: a value for any dimension, ``none`` for money that lacks it."""

    unit = KeyField(required=False)
    project = KeyField(required=False)
    model = KeyField(required=False)
    version = KeyField(required=False)
    target = KeyField(required=False)
    phase = forms.ChoiceField(
        choices=[("", "Any"), *Phase.choices, (NONE, "No phase")], required=False
    )
    service = forms.CharField(required=False)
    service_category = forms.CharField(required=False)
    issuer = forms.CharField(required=False)
    category = forms.CharField(required=False)
    kind = forms.CharField(required=False)
    rule_phase = forms.CharField(required=False)
    reason = forms.CharField(required=False)

    def __init__(self, data: QueryDict, *, actor: Actor) -> None:
        super().__init__(data)
        for name, field in self.fields.items():
            field.label = DIMENSIONS[name].label
            if isinstance(field, KeyField):
                field.choices = _offered(actor, DIMENSIONS[name], data.get(name, ""))

    @property
    def rarer(self) -> list[forms.BoundField]:
        """The filters that are set by following a row, more often than by typing."""
        return [self[name] for name in self.fields if name not in {*_PICKED, "phase"}]

    @property
    def chosen(self) -> dict[str, str]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


def _owners(path: str) -> Any:
    """Return what targets point at by ``path``: few, where there are many targets."""
    owner: Any = Target._meta.get_field(path).related_model  # noqa: SLF001 - Django's public name
    return owner._default_manager  # noqa: SLF001


def _offered(actor: Actor, dimension: Dimension, chosen: str) -> list[tuple[str, str]]:
    """Return what a key may be: of the reader's own targets, and always the one chosen."""
    targets = Target.objects.visible_to(actor)
    found = [("", "Any")]
    if path := _PICKED.get(dimension.key):
        rows = _owners(path).filter(Exists(targets.filter(**{path: OuterRef("pk")})))
        pairs = rows.order_by("name").values_list("pk", "name")[:_OFFERED]
        found += [(str(key), name) for key, name in pairs]
    if chosen == NONE:
        found.append((NONE, dimension.absent))
    elif chosen and chosen not in dict(found):
        found += _named(targets, dimension, chosen)
    return found


def _named(targets: Any, dimension: Dimension, chosen: str) -> list[tuple[str, str]]:
    column = dimension.column.removeprefix("target__").replace("target_id", "pk")
    try:
        seen = targets.filter(**{column: uuid.UUID(chosen)}).exists()
    except ValueError:
        return []
    return [(chosen, dimension.names([uuid.UUID(chosen)]).get(uuid.UUID(chosen), ""))] * seen


def _cuts(group: str, split: str) -> tuple[str, ...]:
    return (group, split) if split and split != group else (group,)


def _written(month: dt.date) -> str:
    return f"{month:%Y-%m}"


def _month(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(f"{text}-01")
    except ValueError:
        return None


def _between(start: str, end: str) -> Months:
    """Return the months from one to the other, whichever comes first, 24 at most."""
    known = sorted(filter(None, (_month(start), _month(end))))
    return months_between(known[0], known[-1]) if known else ()
