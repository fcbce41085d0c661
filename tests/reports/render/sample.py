"""A whole validation report as content; the numbers only have the shape of real ones."""

# ruff: noqa: E501 - a report's sentences stay in one piece

import hashlib

from reports.render import content as c
from reports.render.figures import Interval, Measure, Table, Threshold, Verdict
from tests.reports.render import figures

BOOT = "bootstrap percentile, B=400"
STRENGTH = "password re-entered at decision"


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def measure(name, value, low=None, high=None, n=597, group="", unit=""):
    span = Interval(low, high, 0.95, BOOT) if low is not None else None
    return Measure(name, value, unit, n, span, group)


VERDICTS = (
    c.VerdictRow(
        "data_quality",
        "Data quality",
        Verdict.PASS,
        "All 29 columns are present and within their ranges; 0.4 % of cells are missing.",
        "EVD-00041",
    ),
    c.VerdictRow(
        "drift",
        "Drift of the data",
        Verdict.FAIL,
        "Three of 28 columns moved between training and today, most of all the loan-to-value ratio.",
        "EVD-00042",
    ),
    c.VerdictRow(
        "performance",
        "Performance",
        Verdict.PASS,
        "The model ranks a refused above an approved application in 83 of 100 pairs.",
        "EVD-00043",
    ),
    c.VerdictRow(
        "calibration",
        "Calibration",
        Verdict.PASS,
        "Predicted shares lie within 3.1 points of what was observed.",
        "EVD-00044",
    ),
    c.VerdictRow(
        "explanation",
        "Explanation",
        Verdict.PASS,
        "Credit history and debt ratio carry 61 % of the model's decisions.",
        "EVD-00045",
    ),
    c.VerdictRow(
        "fairness",
        "Fairness",
        Verdict.INSUFFICIENT,
        "With 58 applications from the smaller group a gap under 9 points could not have been seen.",
        "EVD-00046",
        "Waived until 31 May 2027.",
    ),
)


def summary():
    return c.Summary(
        claim=c.Claim(
            "On held-out applications of 1990 the model tells approvals from refusals clearly better than the present scorecard, and its scores can be read as probabilities.",
            measure("area_under_roc_curve", 0.8312, 0.7895, 0.8688),
            "EVD-00043",
        ),
        rulings=(
            c.Ruling(
                "Validator's opinion",
                "Fit with conditions",
                "conditional",
                "Ines Okafor",
                "Model validator",
                "2026-11-20T14:02:00Z",
            ),
            c.Ruling(
                "Decision",
                "Approved with conditions",
                "conditional",
                "Henrik Solberg",
                "Model risk officer",
                "2026-11-22T09:41:00Z",
                "2027-11-22",
                "Drift in the loan-to-value ratio is understood and watched.",
            ),
        ),
        conditions=(
            c.Condition(
                "Refit on applications from the last twelve months and show that drift is within policy.",
                "Mara Lindqvist",
                "2027-02-28",
                "open",
            ),
            c.Condition(
                "Collect 200 further applications from the smaller group and repeat the fairness check.",
                "Mara Lindqvist",
                "2027-05-31",
                "open",
            ),
        ),
        tier=c.Tier(
            "Tier 2",
            (
                "decides about individuals",
                "annual exposure of 120 million",
                "a person reviews every refusal",
            ),
        ),
        use=(
            "Mortgage applications of private persons in Massachusetts",
            "As advice to a loan officer, who decides",
        ),
        not_use=(
            "Automatic refusal without a person",
            "Commercial lending or refinancing",
            "Applicants without a credit history",
        ),
        verdicts=VERDICTS,
    )


def drift_table():
    rows = (
        ("loan-to-value ratio", "Wasserstein, normalised", 0.312, 0.1, "moved"),
        ("net worth", "Wasserstein, normalised", 0.144, 0.1, "moved"),
        ("unverified information", "Jensen-Shannon", 0.121, 0.1, "moved"),
        ("debt-to-income ratio", "Wasserstein, normalised", 0.061, 0.1, "steady"),
        ("credit history", "Jensen-Shannon", 0.044, 0.1, "steady"),
        ("self-employed", "Jensen-Shannon", 0.018, 0.1, "steady"),
    )
    return Table(
        "drift.columns",
        "Columns by how far they moved",
        ("column", "method", "distance", "limit", "state"),
        rows,
        "22 steady columns with a distance under 0.05 are in evidence.json.",
    )


def sections():
    return (
        c.Section(
            "purpose",
            "Purpose and scope",
            (
                c.Text(
                    "The model advises loan officers on **mortgage applications**. It was validated for the use case *Retail mortgages, Massachusetts*.\n\n- Population: applications decided in 1990\n- Not in scope: pricing, collections\n- Deviation from the plan: none"
                ),
                c.Callout(
                    "conditional",
                    "112 applications are not covered",
                    "They had no decision at the cut-off and were left out by rule `decided = true`.",
                    "EVD-00041",
                ),
            ),
            "What was asked, about which decisions, and what was left out.",
        ),
        c.Section(
            "model",
            "Model, version and data",
            (
                c.Facts(
                    (
                        c.Fact("Model", "Mortgage approval"),
                        c.Fact("Version", "2.1.0"),
                        c.Fact("Format", "scikit-learn pipeline (skops)"),
                        c.Fact("Artifact", sha("artifact"), code=True),
                        c.Fact("Training data", "loanapp, 1,392 rows"),
                        c.Fact("Test data", "loanapp, 597 rows"),
                        c.Fact("Data digest", sha("data"), code=True),
                        c.Fact(
                            "Environment",
                            sha("lock"),
                            code=True,
                            note="SHA-256 of the locked requirements",
                        ),
                    )
                ),
            ),
        ),
        c.Section(
            "independence",
            "Independence",
            (
                c.Independence(
                    "Nobody who built this version validated, decided or sealed it.",
                    "good",
                    (
                        c.Deed(
                            "Developer",
                            "Mara Lindqvist",
                            "registered version 2.1.0",
                            "2026-11-18T08:12:00Z",
                            1204,
                        ),
                        c.Deed(
                            "Validator",
                            "Ines Okafor",
                            "gave the opinion",
                            "2026-11-20T14:02:00Z",
                            1281,
                        ),
                        c.Deed(
                            "Risk officer",
                            "Henrik Solberg",
                            "decided the case",
                            "2026-11-22T09:41:00Z",
                            1299,
                        ),
                    ),
                ),
            ),
        ),
        c.Section(
            "drift",
            "Drift",
            (
                c.DataTable(drift_table(), "EVD-00042"),
                c.FigureBlock(figures.histogram(), "EVD-00042"),
                c.FigureBlock(figures.months(), "EVD-00042"),
            ),
            "Whether today's applications still look like those the model learned from.",
        ),
        c.Section(
            "performance",
            "Performance",
            (
                c.MeasureTable(
                    "Held-out applications",
                    (
                        measure("area_under_roc_curve", 0.8312, 0.7895, 0.8688),
                        measure("average_precision", 0.961, 0.949, 0.972),
                        measure("brier_score", 0.0862, 0.0731, 0.1003),
                        measure("log_loss", 0.2931, 0.2514, 0.3409),
                    ),
                    "EVD-00043",
                    (
                        Threshold("area_under_roc_curve", ">=", 0.75),
                        Threshold("brier_score", "<=", 0.12),
                    ),
                ),
                c.FigureBlock(figures.roc(), "EVD-00043"),
                c.FigureBlock(figures.heatmap(), "EVD-00043", twin=False),
            ),
            "How well the model tells approvals from refusals, and how sure we are.",
        ),
        c.Section(
            "calibration", "Calibration", (c.FigureBlock(figures.calibration(), "EVD-00044"),)
        ),
        c.Section(
            "explanation",
            "Explanation",
            (
                c.Text(
                    "Contributions add up to the score within 1.2e-6 for every application. The model leans on what a loan officer would name first."
                ),
                c.FigureBlock(figures.importance(), "EVD-00045"),
                c.FigureBlock(figures.dependence(), "EVD-00045", twin=False),
            ),
            "What moves the score, in general and for single applications.",
        ),
        c.Section(
            "fairness",
            "Fairness",
            (
                c.MeasureTable(
                    "Outcomes by group",
                    (
                        measure("selection_rate", 0.71, 0.6, 0.81, 58, "black"),
                        measure("selection_rate", 0.77, 0.68, 0.85, 41, "hispanic"),
                        measure("selection_rate", 0.91, 0.89, 0.93, 498, "white"),
                        measure("impact_ratio", 0.78, 0.66, 0.89, 597, "black to white"),
                    ),
                    "EVD-00046",
                    (Threshold("impact_ratio", ">=", 0.8),),
                    "The smallest gap that 58 applications could have shown at 80 % power is 9 points.",
                ),
                c.FigureBlock(figures.fairness(), "EVD-00046"),
            ),
        ),
        c.Section(
            "limitations",
            "Limitations",
            (
                c.Text(
                    "1. The data end in 1990.\n2. Refused applicants' later conduct is unknown.\n3. The smaller groups are small."
                ),
            ),
        ),
        c.Section(
            "findings",
            "Findings and conditions",
            (
                c.Conditions(summary().conditions),
                c.Callout(
                    "bad",
                    "FND-00012 Drift beyond policy in three columns",
                    "Rebuttal by the developer: the shift follows a known change of product terms. *Accepted with a condition.*",
                    "EVD-00042",
                ),
            ),
        ),
        c.Section(
            "approvals",
            "Approvals",
            (
                c.Statement(
                    "Validator's opinion",
                    "Ines Okafor",
                    "I examined the evidence listed in this report and hold the model fit for its use under the conditions named.",
                    "2026-11-20T14:02:00Z",
                    sha("s1"),
                    STRENGTH,
                    "Fit with conditions",
                    "conditional",
                    "Performance is convincing; *drift must be watched*.",
                    1281,
                ),
                c.Statement(
                    "Risk officer's decision",
                    "Henrik Solberg",
                    "I decide on behalf of the bank that version 2.1.0 may be used under the conditions named.",
                    "2026-11-22T09:41:00Z",
                    sha("s2"),
                    STRENGTH,
                    "Approved with conditions",
                    "conditional",
                    "",
                    1299,
                ),
            ),
        ),
        c.Section(
            "evidence",
            "Evidence index",
            (
                c.EvidenceIndex(
                    tuple(
                        c.EvidenceItem(
                            row.evidence,
                            row.title,
                            row.check,
                            row.verdict,
                            sha(row.evidence),
                            "RUN-00017",
                            "2026-11-19T22:10:00Z",
                        )
                        for row in VERDICTS
                    )
                ),
            ),
            "Every number in this report rests on one of these results.",
        ),
        c.Section(
            "definitions",
            "Definitions",
            (
                c.Definitions(
                    (
                        c.Definition(
                            "Area under the ROC curve",
                            "The share of pairs of one approval and one refusal that the model ranks rightly.",
                        ),
                        c.Definition(
                            "Impact ratio",
                            "The lower group's approval rate divided by the higher one's.",
                        ),
                        c.Definition(
                            "Insufficient evidence",
                            "The data could not have shown the effect that matters; it never counts as a pass.",
                        ),
                    )
                ),
            ),
        ),
        c.Section(
            "verify",
            "How to verify this document",
            (
                c.Text(
                    "1. Open the address in the QR code on the first page, or type the short code.\n2. `pdfsig report.pdf` must name one signature, *AssaySeal*, over the whole document.\n3. `pdfdetach -saveall report.pdf` and `sha256sum evidence.json` must give the digest in the footer."
                ),
            ),
        ),
    )


def control(**changes):
    fields = {
        "report_id": "RPT-00012",
        "kind": "validation",
        "title": "Mortgage approval 2.1.0",
        "version": "1",
        "template": "validation/1",
        "as_of": "2026-11-22T09:41:00Z",
        "issued": "2026-11-23T06:15:00Z",
        "organisation": "Northern Savings Bank",
        "subtitle": "Validation report",
        "classification": "Confidential",
        "ledger_size": 1299,
        "ledger_head": sha("head"),
        "ledger_root": sha("root"),
        "verify_url": "https://assay.example.org/verify",
        "requested_by": "Internal audit",
    }
    return c.Control(**{**fields, **changes})


def report(**changes):
    return c.ReportContent(control(**changes), summary(), sections())


def small():
    return c.ReportContent(control(), c.Summary(headline="Spend is within budget."))
