"""Check outcomes as sections of a report. Pure: outcomes in, sections out."""

from collections.abc import Sequence

from reports.documents.freezing.facts import CheckFacts
from reports.documents.freezing.shaping import section_blocks
from reports.render import content as c
from reports.render import figures as f

# (key, title, lead, prefixes of the check ids that belong there), in the order of the report.
_SECTIONS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    (
        "data-quality",
        "Data quality",
        "Whether the data can carry the conclusions drawn from it.",
        ("data.",),
    ),
    (
        "drift",
        "Stability of the data",
        "How far the current data differ from what the model was accepted on.",
        ("drift.",),
    ),
    (
        "performance",
        "Performance",
        "How well the model predicts, with the uncertainty of each number.",
        ("performance.classification", "performance.regression"),
    ),
    (
        "calibration",
        "Calibration",
        "Whether predicted values mean what they say.",
        ("performance.calibration",),
    ),
    (
        "segments",
        "Performance by segment",
        "Where the model is weakest.",
        ("performance.segments",),
    ),
    (
        "benchmark",
        "Benchmark",
        "What a simple challenger achieves on the same data.",
        ("benchmark.",),
    ),
    (
        "robustness",
        "Sensitivity and robustness",
        "What small disturbances of the inputs do to the result.",
        ("robustness.",),
    ),
    (
        "explanation",
        "Explanation",
        "What drives the model's results, over all cases and in single ones.",
        ("explanation.",),
    ),
    (
        "fairness",
        "Fairness",
        "How results differ between groups of people.",
        ("fairness.",),
    ),
    (
        "reproducibility",
        "Integrity and reproducibility",
        "Whether the bytes examined are the bytes approved, and the results come out again.",
        ("artifact.", "reproducibility.", "supply."),
    ),
)


def evidence_sections(checks: Sequence[CheckFacts]) -> tuple[c.Section, ...]:
    """Return the sections for which there is evidence; unknown families come last."""
    sections, used = [], set()
    for key, title, lead, prefixes in _SECTIONS:
        found = [check for check in checks if check.outcome.check.startswith(prefixes)]
        used |= {check.evidence for check in found}
        if found:
            sections.append(c.Section(key, title, section_blocks(found), lead))
    others = [check for check in checks if check.evidence not in used]
    if others:
        sections.append(c.Section("further-checks", "Further checks", section_blocks(others)))
    return tuple(sections)


def verdict_rows(checks: Sequence[CheckFacts]) -> tuple[c.VerdictRow, ...]:
    return tuple(
        c.VerdictRow(
            check=check.outcome.check,
            title=check.title,
            verdict=f.Verdict(check.outcome.verdict.value),
            summary=check.outcome.summary,
            evidence=check.evidence,
        )
        for check in checks
    )


def index_rows(checks: Sequence[CheckFacts], run: str) -> tuple[c.EvidenceItem, ...]:
    return tuple(
        c.EvidenceItem(
            evidence=check.evidence,
            title=check.title,
            check=f"{check.outcome.check} v{check.outcome.version}",
            verdict=f.Verdict(check.outcome.verdict.value),
            digest=check.digest,
            run=run,
            at=check.at.isoformat().replace("+00:00", "Z") if check.at else "",
        )
        for check in checks
    )
