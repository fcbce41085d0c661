"""The living style guide: every component once, with made-up values; only while debugging."""

import datetime as dt
import math
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from audits.engine.outcome import Axis, Figure, Interval, Measure, Series, Table, Verdict

MOMENT = dt.datetime(2026, 11, 20, 9, 41, 12, tzinfo=dt.UTC)
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
FEATURES = ("Debt to income", "Loan to value", "Credit history", "Years employed", "Net worth")


class SampleForm(forms.Form):
    name = forms.CharField(help_text="As people call it in meetings.")
    tier = forms.ChoiceField(choices=[("", "Choose"), ("1", "Tier 1"), ("2", "Tier 2")])
    reason = forms.CharField(widget=forms.Textarea, required=False)
    decision = forms.ChoiceField(
        widget=forms.RadioSelect,
        choices=[
            ("approve", "Approve"),
            ("conditions", "Approve with conditions"),
            ("reject", "Reject"),
        ],
    )
    understood = forms.BooleanField(label="I have read the statement above")
    artifact = forms.FileField(required=False)


class SampleFilter(forms.Form):
    q = forms.CharField(label="Name", required=False)
    tier = forms.ChoiceField(
        choices=[("", "Any"), ("1", "Tier 1"), ("2", "Tier 2")], required=False
    )


@dataclass(frozen=True, slots=True)
class SamplePage:
    items: list[dict[str, Any]]
    next_cursor: str | None = "WyJ4Il0"


def _interval(low: float, high: float) -> Interval:
    return Interval(low, high, 0.95, "bootstrap percentile, B=400")


def _measures() -> list[Measure]:
    return [
        Measure("AUC", 0.8214, n=1989, interval=_interval(0.794, 0.846)),
        Measure("Impact ratio", 0.7431, n=1989, interval=_interval(0.681, 0.802)),
        Measure("Brier score", 0.0917, n=1989),
    ]


def _curve(steps: int, power: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    x = tuple(place / steps for place in range(steps + 1))
    return x, tuple(value**power for value in x)


def _bars() -> Figure:
    y = (0.412, 0.287, 0.196, 0.088, 0.041)
    series = Series(
        "Current",
        tuple(float(place) for place in range(len(y))),
        y,
        low=tuple(value - 0.03 for value in y),
        high=tuple(value + 0.03 for value in y),
    )
    return Figure(
        "importance", "bar", "What moves the score", Axis("", categories=FEATURES),
        Axis("mean |SHAP|", "log-odds"), (series,), note="Intervals over 200 resamples.",
    )  # fmt: skip


def _histogram() -> Figure:
    centres = tuple(float(place) for place in range(0, 60, 4))
    first, second = (
        tuple(round(math.exp(-(((x - middle) / 11) ** 2)), 4) for x in centres)
        for middle in (24, 31)
    )
    series = (Series("Reference", centres, first), Series("Current", centres, second))
    return Figure(
        "drift", "histogram", "Debt to income, two samples", Axis("Debt to income", "%"),
        Axis("Share of rows"), series,
    )  # fmt: skip


def _calibration() -> Figure:
    x = tuple(place / 10 + 0.05 for place in range(10))
    y = tuple(min(1.0, value * 0.9 + 0.04) for value in x)
    low, high = tuple(value - 0.05 for value in y), tuple(min(1, value + 0.05) for value in y)
    return Figure(
        "calibration", "calibration", "Calibration", Axis("Predicted"), Axis("Observed"),
        (Series("Validation sample", x, y, low, high),),
    )  # fmt: skip


def _roc() -> Figure:
    series = (Series("Current", *_curve(40, 0.25)), Series("Challenger", *_curve(40, 0.45)))
    return Figure(
        "roc", "roc", "ROC", Axis("False positive rate"), Axis("True positive rate"), series
    )


def _lines() -> Figure:
    x = tuple(float(place) for place in range(6))
    y = tuple(0.82 - 0.004 * value + 0.01 * math.sin(value) for value in x)
    band = (tuple(value - 0.02 for value in y), tuple(value + 0.02 for value in y))
    months = ("Jun", "Jul", "Aug", "Sep", "Oct", "Nov")
    series = (Series("AUC", x, y, *band),)
    return Figure(
        "series", "line", "AUC by month", Axis("", categories=months), Axis("AUC"), series
    )


def _scatter() -> Figure:
    x = tuple((place * 37 % 100) / 2 for place in range(120))
    y = tuple(0.02 * value - 0.4 + ((place * 53 % 17) - 8) / 40 for place, value in enumerate(x))
    series = (Series("Rows", x, y),)
    return Figure(
        "dependence", "scatter", "Dependence", Axis("Debt to income", "%"), Axis("SHAP"), series
    )


def _heatmap() -> Figure:
    tiers = ("Tier 1", "Tier 2", "Tier 3", "Tier 4")
    risks = ("Low", "Medium", "High")
    counts = ((3, 9, 22, 40), (5, 7, 8, 4), (4, 2, 1, 0))
    series = tuple(
        Series(risk, (0.0, 1.0, 2.0, 3.0), tuple(float(one) for one in row))
        for risk, row in zip(risks, counts, strict=True)
    )
    return Figure(
        "heat", "heatmap", "Models by tier and residual risk", Axis("Tier", categories=tiers),
        Axis("Residual risk", categories=risks), series,
    )  # fmt: skip


def _table() -> Table:
    rows = (
        ("Debt to income", "PSI, reference deciles", 0.2184, 0.1, "drift"),
        ("Loan to value", "PSI, reference deciles", 0.0412, 0.1, "stable"),
    )
    columns = ("Column", "Statistic", "Value", "Bound", "Finding")
    return Table("columns", "Drift by column", columns, rows)


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show every component; ``?errors=1`` shows the form as it comes back with errors."""
    form = SampleForm({"name": ""}) if request.GET.get("errors") else SampleForm()
    chosen = SampleFilter(request.GET)
    chosen.is_valid()
    tab = request.GET.get("tab", "overview")
    figures = [_bars(), _histogram(), _calibration(), _roc(), _lines(), _scatter(), _heatmap()]
    values = {
        "verdicts": [*Verdict, None],
        "states": ["draft", "in_review", "running", "approved", "approved_with_conditions",
                   "rejected", "needs evidence", "expired", "superseded", "failed"],
        "counts": {Verdict.PASS: 9, Verdict.FAIL: 1, Verdict.INSUFFICIENT: 2, Verdict.ERROR: 1},
        "moment": MOMENT,
        "digest_value": DIGEST,
        "measures": _measures(),
        "figures": figures,
        "table": _table(),
        "form": form,
        "filter": chosen,
        "page": SamplePage([{"id": f"MDL-{place:05}", "place": place} for place in range(1, 9)]),
        "facts": [("Owner", "Ada Marsh"), ("Tier", 2), ("Next review", None)],
        "tab_items": [
            {"label": name, "url": f"?tab={name.lower()}", "active": name.lower() == tab, **more}
            for name, more in (("Overview", {}), ("Versions", {"count": 4}), ("Evidence", {}))
        ],
    }  # fmt: skip
    return render(request, "portal/styleguide.html", values)
