"""What models cost in full in the month, and what they returned. Pure."""

from collections.abc import Sequence
from dataclasses import fields
from decimal import Decimal

from governance.costs.querysets.report import ReportFacts
from governance.costs.querysets.worth import ModelWorth
from governance.costs.rules.lives import ASSUMED_DAYS
from governance.costs.rules.value import PART_NAMES, Loaded, Roi
from governance.kernel import money
from reports.render import content as c
from reports.render import figures as f

_PERCENT = Decimal(100)


def worth_sections(spent: ReportFacts) -> tuple[c.Section, ...]:
    """Return the section on cost in full and return; none without a model that cost anything."""
    if not spent.worth:
        return ()
    blocks: list[c.Block] = [c.DataTable(_costs(spent), spent.run.public_id)]
    if gained := [one for one in spent.worth if one.own.benefit.by_grade]:
        blocks.append(c.DataTable(_returns(spent, gained), spent.run.public_id))
    lead = (
        "Training as the month bears it, with what serves, watches and checks the model; labour "
        "and licences entered by hand stand apart."
    )
    return (c.Section("worth", "Cost in full and return", tuple(blocks), lead),)


def _costs(spent: ReportFacts) -> f.Table:
    names = [part.name for part in fields(Loaded)]
    used = [name for name in names if any(getattr(one.loaded, name) for one in spent.worth)]
    rows = [
        (
            f"{one.model.public_id} {one.model.name}",
            *(money.printed(getattr(one.loaded, name), spent.currency) for name in used),
            money.printed(one.loaded.total, spent.currency),
        )
        for one in spent.worth
    ]
    heads = ("Model", *(PART_NAMES[name] for name in used), "In full")
    title = f"Cost in full, in {spent.currency}"
    return f.Table("loaded", title, heads, tuple(rows), _lives(spent.worth))


def _lives(worth: Sequence[ModelWorth]) -> str:
    versions = [version for one in worth for version in one.versions if version.loaded.training]
    assumed = sum(not version.life.stated for version in versions)
    told = "Each figure is rounded by itself."
    if not assumed:
        return told
    return (
        f"{told} Of {len(versions)} versions whose training is borne, the planned life of "
        f"{assumed} is assumed to be {ASSUMED_DAYS} days: nobody has stated it."
    )


def _returns(spent: ReportFacts, gained: Sequence[ModelWorth]) -> f.Table:
    rows = tuple(
        (
            f"{one.model.public_id} {one.model.name}",
            grade.value.upper(),
            *(money.printed(units, spent.currency) for units in (part.low, part.point, part.high)),
            _percent(one.roi),
        )
        for one in gained
        for grade, part in one.own.benefit.by_grade.items()
    )
    heads = ("Model", "Grade", "Low", "Point", "High", "Return, all grades")
    note = "Attested benefit alone. Return: (benefit - cost in full) / cost in full."
    if any(one.whole.benefit.by_grade for one in spent.worth):
        note += " What a use case of several models brings as a whole is in none of their returns."
    return f.Table("returns", f"Return, in {spent.currency}", heads, rows, note)


def _percent(roi: Roi) -> str:
    if roi.low is None or roi.point is None or roi.high is None:
        return roi.reason
    low, point, high = (f"{share * _PERCENT:.0f}" for share in (roi.low, roi.point, roi.high))
    return f"{point} % [{low}, {high}]"
