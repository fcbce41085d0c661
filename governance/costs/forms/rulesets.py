"""Rules typed in: a row for each, or the whole set as text."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from governance.costs import kinds
from governance.costs.forms.days import day_input
from governance.costs.forms.signing import SigningForm, password_field
from governance.costs.rules import rulefiles, wording
from governance.kernel.errors import DomainError
from inventory.catalog.forms.base import ANY, CatalogForm, split_words

BLANK_ROWS = 2
MOST_ROWS = 200
_LONG = 20_000
_DRIVERS = [("", "None"), *kinds.UsageUnit.choices]
_OPTIONS = ("pool", "tag", "phase_tag", "driver")


class RuleSetFilter(forms.Form):
    state = forms.ChoiceField(choices=[ANY, *kinds.RuleSetState.choices], required=False)


class RuleSetForm(CatalogForm):
    effective_from = forms.DateField(
        label="In force from",
        widget=day_input(),
        help_text="The first day of a month.",
    )
    note = forms.CharField(
        label="What is different, and why",
        required=False,
        max_length=_LONG,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Whoever approves reads this first.",
    )
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)


class RulesTextForm(RuleSetForm):
    rules = forms.CharField(
        label="Rules (YAML or JSON)",
        required=False,
        strip=False,
        max_length=rulefiles.LONGEST,
        widget=forms.Textarea(attrs={"rows": 24, "class": "a-mono", "spellcheck": "false"}),
    )

    def clean_rules(self) -> list[Any]:
        text = self.cleaned_data["rules"]
        try:
            return rulefiles.read_text(text) if text.strip() else []
        except DomainError as error:
            raise forms.ValidationError(error.message) from error


class RuleRowForm(forms.Form):
    """One rule; left blank it is none."""

    priority = forms.IntegerField(min_value=0, max_value=2**31 - 1)
    phase = forms.ChoiceField(choices=kinds.RulePhase.choices, initial=kinds.RulePhase.DIRECT)
    name = forms.CharField(max_length=200)
    conditions = forms.CharField(
        label="Lines where",
        required=False,
        max_length=_LONG,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One condition a line, all of them hold: “service is Endpoints”, “resource "
        "starts with arn:aws”, “tag team is credit”, “not category is Tax”. Blank: every line.",
    )
    method = forms.ChoiceField(choices=kinds.Method.choices, initial=kinds.Method.DIRECT)
    targets = forms.CharField(
        label="Go to",
        required=False,
        max_length=_LONG,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One target's key a line; with fixed percentages “MDL-00042/v3/serve 33.4”.",
    )
    pool = forms.CharField(label="Out of the pool", required=False, max_length=200)
    tag = forms.CharField(label="Tag that names the target", required=False, max_length=200)
    phase_tag = forms.CharField(label="Tag that names its phase", required=False, max_length=200)
    trim = forms.BooleanField(label="Without outer spaces", required=False)
    fold = forms.BooleanField(label="Without case", required=False)
    driver = forms.ChoiceField(label="By usage in", choices=_DRIVERS, required=False)
    usage_phase = forms.ChoiceField(
        label="Charged to the phase",
        choices=kinds.Phase.choices,
        initial=kinds.Phase.SERVE,
        required=False,
    )
    fallbacks = forms.CharField(
        label="Or else by",
        required=False,
        max_length=200,
        help_text="In turn, by commas: gpu_seconds, cost, even.",
    )
    valid_from = forms.DateField(label="Charges from", required=False, widget=day_input())
    valid_to = forms.DateField(label="And before", required=False, widget=day_input())
    leave_out = forms.BooleanField(label="Take this rule out", required=False)

    def clean_conditions(self) -> dict[str, Any]:
        try:
            return wording.matcher_from_lines(self.cleaned_data["conditions"])
        except DomainError as error:
            raise forms.ValidationError(error.message) from error

    def raw(self) -> dict[str, Any]:
        """Return the rule as ``rules.allocation`` reads it."""
        values = self.cleaned_data
        days = {name: values[name] for name in ("valid_from", "valid_to")}
        plain = {name: values[name] for name in ("priority", "phase", "name", "method")}
        lines = [line.split() for line in values["targets"].splitlines() if line.strip()]
        return {
            **plain,
            **days,
            "matcher": values["conditions"],
            "targets": [_target(parts) for parts in lines],
            "options": self._options(),
        }

    def _options(self) -> dict[str, Any]:
        values = self.cleaned_data
        found: dict[str, Any] = {name: values[name] for name in _OPTIONS if values[name]}
        found |= {name: True for name in ("trim", "fold") if values[name]}
        if values["method"] == kinds.Method.USAGE and values["usage_phase"]:
            found["phase"] = values["usage_phase"]
        if values["fallbacks"]:
            found["fallbacks"] = list(split_words(values["fallbacks"]))
        return found


class RuleRows:
    """The rules as rows: those there are, blank ones after them, and everything typed kept."""

    COUNT = "rows"
    MORE = "more"

    def __init__(
        self, rules: Sequence[Mapping[str, Any]], data: Mapping[str, Any] | None = None
    ) -> None:
        if data is None:
            self.count = min(len(rules) + BLANK_ROWS, MOST_ROWS)
        else:
            more = BLANK_ROWS if self.MORE in data else 0
            self.count = min(_count(data.get(self.COUNT)) + more, MOST_ROWS)
        known = {} if data is not None else dict(enumerate(map(_initial, rules)))
        self.forms = [_row(number, data, known.get(number)) for number in range(self.count)]

    @property
    def first_blank(self) -> int:
        """The place of the first row in which nothing stands; it is shown open."""
        blank = (n for n, form in enumerate(self.forms) if not form["name"].value())
        return next(blank, self.count)

    def is_valid(self) -> bool:
        faulty = [form for form in self.forms if not form.is_valid()]
        return not faulty

    def raws(self) -> list[dict[str, Any]]:
        return [form.raw() for form in self._kept()]

    def tell(self, error: DomainError) -> None:
        """Put what is wrong with a rule at its row."""
        kept = self._kept()
        for name, reasons in error.errors.items():
            place = name.removeprefix("rules.")
            if place.isdigit() and 0 < int(place) <= len(kept):
                kept[int(place) - 1].add_error(None, " ".join(reasons))

    def _kept(self) -> list[RuleRowForm]:
        return [
            form
            for form in self.forms
            if form.has_changed() and not form.cleaned_data.get("leave_out")
        ]


class SignForm(SigningForm):
    """Approving: the rules as they were read, and who says so."""

    digest = forms.CharField(widget=forms.HiddenInput, max_length=64)
    password = password_field()


class ReturnForm(SigningForm):
    reason = forms.CharField(
        label="What has to be different", max_length=_LONG, widget=forms.Textarea(attrs={"rows": 3})
    )
    password = password_field("Your password", "id_return_password")


def _row(
    number: int, data: Mapping[str, Any] | None, initial: Mapping[str, Any] | None
) -> RuleRowForm:
    return RuleRowForm(
        data,
        prefix=f"rule-{number}",
        initial=dict(initial) if initial else None,
        empty_permitted=True,
        use_required_attribute=False,
    )


def _initial(rule: Mapping[str, Any]) -> dict[str, Any]:
    options = rule["options"]
    lines = [f"{each['target']} {each.get('weight', '')}".rstrip() for each in rule["targets"]]
    plain = ("priority", "phase", "name", "method", "valid_from", "valid_to")
    return {
        **{name: rule[name] for name in plain},
        **{name: options[name] for name in (*_OPTIONS, "trim", "fold") if name in options},
        "conditions": wording.lines_from_matcher(rule["matcher"])
        if rule["matcher"] != {"all": []}
        else "",
        "targets": "\n".join(lines),
        "usage_phase": options.get("phase", kinds.Phase.SERVE),
        "fallbacks": ", ".join(options.get("fallbacks", [])),
    }


def _target(parts: list[str]) -> dict[str, str]:
    """Keys hold no spaces; what follows one is its percentage."""
    key, *rest = parts
    return {"target": key, "weight": " ".join(rest).rstrip("%")} if rest else {"target": key}


def _count(raw: Any) -> int:
    text = str(raw or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else BLANK_ROWS  # noqa: PLR2004
