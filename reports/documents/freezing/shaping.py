"""One section's checks as blocks: each number is printed once, and all of them are kept as data.

Pure. Where a table of the outcome prints the same numbers as its measures, or a table is better
read in another form, the original block stays in the content with ``drawn`` off.
"""

import dataclasses
from collections.abc import Callable, Sequence

from audits.engine.outcome import Outcome, Verdict
from reports.documents.freezing import tables
from reports.documents.freezing.facts import CheckFacts
from reports.render import content as c
from reports.render import figures as f
from reports.render import names, words

Redraw = Callable[[f.Table], f.Table | None]  # None: the numbers stand elsewhere

_TONES = {
    Verdict.PASS: "good",
    Verdict.FAIL: "bad",
    Verdict.INSUFFICIENT: "conditional",
    Verdict.ERROR: "bad",
}
_CURVES = {"roc", "precision-recall"}  # kinds whose table reads them at fixed places
_OWN = {  # figure: the tables that print its numbers
    "calibration": ("reliability", "deciles"),
    "importance": ("importance",),
    "missing": ("columns",),
    "profiles": ("profiles",),
    "segments": ("segments",),
    "selection-rates": ("rates",),
    "impact-ratios": ("comparisons",),
}
# Checks whose tables print what their grouped measures hold.
_TABLED = ("drift.", "performance.segments", "explanation.", "fairness.", "benchmark.")
_REDRAWN: dict[tuple[str, str], Redraw] = {
    ("performance.", "measures"): lambda _table: None,
    ("robustness.", "disturbances"): tables.disturbances,
    ("performance.segments", "segments"): tables.segments,
    ("fairness.", "rates"): tables.rates,
    ("fairness.", "comparisons"): tables.comparisons,
    ("reproducibility.", "digests"): tables.digests,
    ("data.", "columns"): tables.quality,
}


def section_blocks(checks: Sequence[CheckFacts]) -> tuple[c.Block, ...]:
    """Return the blocks of one section; several checks of drift share one table and its notes."""
    drift = [check for check in checks if check.outcome.check.startswith("drift.")]
    others = [check for check in checks if check not in drift]
    return (*_drift(drift), *(block for check in others for block in _check(check)))


def measure(source: object) -> f.Measure:
    """Read an engine's measure on the report's side; the layout is the contract."""
    body = dataclasses.asdict(source)  # type: ignore[call-overload]
    interval = body.pop("interval")
    return f.Measure(**body, interval=f.Interval(**interval) if interval else None)


def _check(check: CheckFacts) -> list[c.Block]:
    outcome = check.outcome
    return [
        _verdict(check),
        *_measures(check),
        *_drawings(check),
        *_remarks(_notes(outcome)),
    ]


def _drawings(check: CheckFacts) -> list[c.Block]:
    """Charts in their order, each followed by the table of its own numbers; then other tables."""
    tables_left = [_read_table(table) for table in check.outcome.tables]
    blocks: list[c.Block] = []
    for block in _figures(check):
        blocks.append(block)
        mine = [t for t in tables_left if t.key in _OWN.get(block.figure.key, ())]
        tables_left = [t for t in tables_left if t not in mine]
        blocks += [one for table in mine for one in _table(check, table)]
    return blocks + [one for table in tables_left for one in _table(check, table)]


def _drift(checks: Sequence[CheckFacts]) -> list[c.Block]:
    """Verdicts first, then one table of all columns, then the charts, then the rules once."""
    blocks: list[c.Block] = [_verdict(check) for check in checks]
    sources = [
        (check.evidence, _read_table(table))
        for check in checks
        for table in check.outcome.tables
        if table.key == "columns"
    ]
    if sources:
        blocks.append(c.DataTable(tables.drift(sources)))
    for check in checks:
        blocks += _measures(check, drawn=len(checks) == 1)
    for check in checks:
        blocks += _figures(check)
    for check in checks:
        for table in map(_read_table, check.outcome.tables):
            blocks.append(c.DataTable(table, check.evidence, drawn=table.key != "columns"))
    notes = [note for check in checks for note in _notes(check.outcome)]
    return [*blocks, *_remarks(list(dict.fromkeys(notes)))]


def _verdict(check: CheckFacts) -> c.Callout:
    verdict = f.Verdict(check.outcome.verdict.value)
    return c.Callout(
        tone=_TONES[check.outcome.verdict],
        title=f"{check.title}: {words.VERDICT_WORDS[verdict].lower()}",
        markdown=check.outcome.summary,
        evidence=check.evidence,
    )


def _measures(check: CheckFacts, *, drawn: bool = True) -> list[c.Block]:
    outcome = check.outcome
    every = tuple(measure(one) for one in outcome.measures)
    tabled = bool(outcome.tables) and outcome.check.startswith(_TABLED)
    hidden = tuple(m for m in every if m.group and tabled)
    shown = tuple(m for m in every if m not in hidden)
    bounds = tuple(f.Threshold(**dataclasses.asdict(t)) for t in outcome.thresholds)
    parts = ((shown, drawn), (hidden, False))
    return [
        c.MeasureTable("", part, check.evidence, bounds, drawn=visible)
        for part, visible in parts
        if part
    ]


def _figures(check: CheckFacts) -> list[c.FigureBlock]:
    tabled = bool(check.outcome.tables) or len(check.outcome.figures) > 1
    return [
        c.FigureBlock(_figure(figure), check.evidence, twin=figure.kind in _CURVES or not tabled)
        for figure in check.outcome.figures
    ]


def _table(check: CheckFacts, table: f.Table) -> list[c.Block]:
    wanted = [
        redraw
        for (prefix, key), redraw in _REDRAWN.items()
        if table.key == key and check.outcome.check.startswith(prefix)
    ]
    if not wanted:
        return [c.DataTable(table, check.evidence)]
    kept = c.DataTable(table, check.evidence, drawn=False)
    redrawn = wanted[0](table)
    if redrawn == table:
        return [c.DataTable(table, check.evidence)]
    return [c.DataTable(redrawn, check.evidence), kept] if redrawn else [kept]


def _remarks(notes: Sequence[str]) -> list[c.Block]:
    return [c.Text("\n".join(f"- {note}" for note in notes), quiet=True)] if notes else []


def _notes(outcome: Outcome) -> list[str]:
    notes = [names.within(note) for note in outcome.notes]
    if seen := outcome.detectable:
        about = f" ({seen.note.rstrip('.')})" if seen.note else ""
        notes.append(
            f"With {seen.n:,} rows an effect of {words.number(seen.effect)} in "
            f"“{names.full(seen.measure)}” would be noticed with a chance of "
            f"{seen.power:.0%}{about}.".replace("%", " %")
        )
    return notes


def _figure(source: object) -> f.Figure:
    body = dataclasses.asdict(source)  # type: ignore[call-overload]
    axes = {name: f.Axis(**body[name]) for name in ("x", "y")}
    return f.Figure(**{**body, **axes, "series": tuple(f.Series(**s) for s in body["series"])})


def _read_table(source: object) -> f.Table:
    return f.Table(**dataclasses.asdict(source))  # type: ignore[call-overload]
