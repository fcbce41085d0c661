"""One figure of each kind."""

import math

from reports.render.figures import Axis, Figure, Series


def roc():
    xs = tuple(round(i / 40, 4) for i in range(41))
    model = tuple(round(x**0.22, 4) for x in xs)
    card = tuple(round(x**0.45, 4) for x in xs)
    return Figure(
        "perf.roc",
        "roc",
        "Receiver operating characteristic",
        Axis("False positive rate"),
        Axis("True positive rate"),
        (Series("model 2.1.0", xs, model), Series("scorecard", xs, card)),
    )


def calibration():
    xs = (0.06, 0.17, 0.29, 0.41, 0.52, 0.63, 0.74, 0.85, 0.94)
    ys = (0.05, 0.19, 0.27, 0.43, 0.50, 0.66, 0.75, 0.83, 0.95)
    low, high = tuple(y - 0.05 for y in ys), tuple(min(1.0, y + 0.05) for y in ys)
    return Figure(
        "cal.curve",
        "calibration",
        "Predicted against observed share",
        Axis("Predicted share"),
        Axis("Observed share"),
        (Series("observed", xs, ys, low, high),),
        "Band: 95 % Wilson intervals.",
    )


def importance():
    names = (
        "credit history",
        "debt-to-income ratio",
        "loan-to-value ratio",
        "public record",
        "private mortgage insurance",
        "unverified information",
        "housing expense ratio",
        "self-employed",
        "net worth",
        "number of units",
    )
    values = (0.91, 0.62, 0.41, 0.33, 0.30, 0.21, 0.12, 0.08, 0.05, 0.02)
    return Figure(
        "shap.global",
        "bar",
        "Mean absolute contribution to the score",
        Axis("Mean |SHAP|", "log-odds"),
        Axis("Feature", categories=names),
        (
            Series(
                "mean |SHAP|",
                tuple(range(10)),
                values,
                tuple(v * 0.9 for v in values),
                tuple(v * 1.1 for v in values),
            ),
        ),
    )


def histogram():
    xs = tuple(float(x) for x in range(20, 121, 4))
    ref = tuple(round(math.exp(-((x - 76) ** 2) / 400) * 100, 2) for x in xs)
    cur = tuple(round(math.exp(-((x - 84) ** 2) / 300) * 100, 2) for x in xs)
    return Figure(
        "drift.ltv",
        "histogram",
        "Loan-to-value ratio: training against today",
        Axis("Loan-to-value ratio", "%"),
        Axis("Applications", "per 1,000"),
        (Series("training", xs, ref), Series("today", xs, cur)),
    )


def fairness():
    return Figure(
        "fair.rate",
        "bar",
        "Approval rate by group",
        Axis("Share approved"),
        Axis("Group", categories=("black", "hispanic", "white")),
        (
            Series(
                "approved",
                (0.0, 1.0, 2.0),
                (0.71, 0.77, 0.91),
                (0.6, 0.68, 0.89),
                (0.81, 0.85, 0.93),
            ),
        ),
        "Whiskers: 95 % intervals.",
    )


def heatmap():
    groups = ("employed", "self-employed")
    bands = ("under 60 %", "60 to 80 %", "80 to 95 %", "over 95 %")
    rows = ((0.86, 0.84, 0.79, 0.68), (0.83, 0.81, 0.75, 0.61))
    return Figure(
        "perf.segments",
        "heatmap",
        "Area under the ROC curve by segment",
        Axis("Loan-to-value ratio", categories=bands),
        Axis("Employment", categories=groups),
        tuple(Series(g, (0.0, 1.0, 2.0, 3.0), r) for g, r in zip(groups, rows, strict=True)),
    )


def dependence():
    xs = tuple(float(x) for x in range(20, 80))
    ys = tuple(round(0.8 - 0.02 * x + 0.15 * math.sin(x), 4) for x in xs)
    return Figure(
        "shap.debt",
        "scatter",
        "Debt-to-income ratio and its contribution",
        Axis("Debt-to-income ratio", "%"),
        Axis("SHAP value", "log-odds"),
        (Series("applications", xs, ys),),
    )


def months():
    xs = tuple(float(x) for x in range(12))
    names = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    ys = (0.03, 0.04, 0.04, 0.05, 0.07, 0.08, 0.11, 0.12, 0.16, 0.19, 0.22, 0.26)
    return Figure(
        "drift.psi",
        "line",
        "Population stability index of the score",
        Axis("Month of 1990", categories=names),
        Axis("PSI"),
        (
            Series("score", xs, ys, tuple(y * 0.8 for y in ys), tuple(y * 1.2 for y in ys)),
            Series("limit", xs, (0.2,) * 12),
        ),
    )
