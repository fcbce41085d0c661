"""What was spent, cut as somebody asks: read from charges by month, whatever the bill's size.

Only foreign money is read by day, for its rates. At most ten queries: the ground it stands on
(three, unless the page has asked for it already), whose money it stands for, the rollup, foreign
money, rates, places, and the names of two groupings. Only rows that the reader may see are summed,
so that no total holds what is hidden.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db.models import Q, Sum

from governance.costs.kinds import Basis
from governance.costs.querysets.dimensions import DIMENSIONS, Dimension
from governance.costs.querysets.ground import Ground, ground_of
from governance.costs.querysets.places import Places, column_of, places
from governance.costs.querysets.published import Runs, matching
from governance.costs.querysets.settlement import amount_in
from governance.costs.rules.conversion import STALE, Rates, month_end
from governance.kernel.actor import Actor
from governance.kernel.amounts import ExactSum

Months = tuple[dt.date, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """``months`` are first days of billing months; ``compared`` those to hold them against.

    ``currency`` is what to read in, empty: the one most lines are in. Without ``converted`` every
    currency stays for itself. ``filters`` are dimensions and the value asked for. ``as_of`` reads
    what was published then. ``at_month_end`` takes the rate of the month's last day. Money stays
    with team and project of its month, or is where its target stands ``as_organised_today``.
    """

    months: Months
    group_by: tuple[str, ...] = ()
    basis: str = Basis.EFFECTIVE
    currency: str = ""
    converted: bool = True
    filters: Mapping[str, str] = field(default_factory=dict)
    compared: Months = ()
    as_of: dt.datetime | None = None
    at_month_end: bool = False
    as_organised_today: bool = False

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        return tuple(DIMENSIONS[name] for name in self.group_by)

    def ground(self) -> Ground:
        """Return what the answer stands on; a page asks for it once, for all that it sums."""
        return ground_of({*self.months, *self.compared}, self.basis, self.as_of)

    def places(self) -> Places:
        """Return where targets stood in earlier months; nothing when today's places are asked."""
        if self.as_organised_today:
            return {}
        return places([DIMENSIONS[name] for name in (*self.group_by, *self.filters)])


@dataclass(frozen=True, slots=True)
class Line:
    """One group: ``amounts`` in units by month, of the months asked for and those compared."""

    keys: tuple[Any, ...]
    labels: tuple[str, ...]
    currency: str
    amounts: Mapping[dt.date, int]
    rows: int  # lines of bills behind it
    months: Months
    compared: Months

    @property
    def total(self) -> int:
        return sum(self.amounts.get(month, 0) for month in self.months)

    @property
    def before(self) -> int:
        return sum(self.amounts.get(month, 0) for month in self.compared)


@dataclass(frozen=True, slots=True)
class Unconverted:
    """Money for which no rate of its days is known: shown in its own currency, in no total."""

    currency: str
    amount: int
    rows: int


@dataclass(frozen=True, slots=True)
class Summary:
    """``lines`` by size, the largest first. ``published`` are the months that have a run.

    ``converted`` are the currencies that were read in another one, as far as rates are known.
    ``by_billed`` are issuers that leave EffectiveCost empty: what they billed stands for it.
    ``own`` is the money of all months, those compared too, by the currency it is in.
    """

    question: Question
    currency: str
    lines: tuple[Line, ...]
    unconverted: tuple[Unconverted, ...]
    own: Mapping[str, int]
    published: Months
    converted: tuple[str, ...] = ()
    by_billed: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        return sum(line.total for line in self.lines)

    @property
    def before(self) -> int:
        return sum(line.before for line in self.lines)

    @property
    def unpublished(self) -> Months:
        """The months asked for that no run speaks for."""
        asked = {*self.question.months, *self.question.compared}
        return tuple(sorted(asked - set(self.published)))

    @property
    def is_partial(self) -> bool:
        return bool(self.unconverted)


@dataclass(slots=True)
class _Cell:
    units: int = 0
    rows: int = 0

    def add(self, units: int, rows: int) -> None:
        self.units += units
        self.rows += rows


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question with what it is read from: runs, the sum of which amount, and earlier places."""

    question: Question
    runs: Runs
    amount: Any
    known: Places

    @property
    def columns(self) -> list[str]:
        return [column_of(one, self.known) for one in self.question.dimensions]


Cells = dict[tuple[tuple[Any, ...], str, dt.date], _Cell]


def summary(actor: Actor, question: Question, ground: Ground | None = None) -> Summary:
    """Return what ``actor`` may see of the money that ``question`` asks about.

    ``ground`` is that of a question of the same basis and moment, about these months and more.
    """
    ground = ground or question.ground()
    runs = ground.runs_of({*question.months, *question.compared})
    amount = ExactSum(amount_in(question.basis, ground.unfilled))
    asked = _Asked(question, runs, amount, question.places())
    months = _matching("ChargeMonth", actor, asked)
    cells = _grouped(months, asked)
    own = _own(cells)
    currency, missing, foreign = question.currency, [], set()
    if question.converted:
        currency = currency or _main_currency(cells)
        foreign = set(own) - {currency}
        days = _matching("ChargeDay", actor, asked)
        missing = _convert(cells, days, asked, currency)
    lines, published = _lines(cells, question), tuple(sorted(set(runs.values())))
    found = (tuple(missing), own, published, tuple(sorted(foreign)), ground.by_billed(months))
    return Summary(question, currency, lines, *found)


def _matching(name: str, actor: Actor, asked: _Asked) -> Any:
    rows = apps.get_model("costs", name)._default_manager  # noqa: SLF001
    return matching(rows.visible_to(actor), asked.runs, asked.question.filters, asked.known)


def _grouped(months: Any, asked: _Asked) -> Cells:
    rows = months.order_by().values_list("run_id", "currency", *asked.columns)
    found: Cells = defaultdict(_Cell)
    summed = rows.annotate(amount=asked.amount, count=Sum("lines"))
    for run, currency, *keys, units, count in summed:
        found[(tuple(keys), currency, asked.runs[run])].add(units, count)
    return found


def _own(cells: Cells) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for (_, currency, _), cell in cells.items():
        found[currency] += cell.units
    return dict(sorted(found.items()))


def _main_currency(cells: Cells) -> str:
    """Return the currency of most lines; of those equal the first by name."""
    rows: dict[str, int] = defaultdict(int)
    for (_, currency, _), cell in cells.items():
        rows[currency] += cell.rows
    return min(rows, key=lambda currency: (-rows[currency], currency), default="")


def _convert(cells: Cells, days: Any, asked: _Asked, wanted: str) -> list[Unconverted]:
    """Put foreign money into ``cells`` at the rates of its days; return what has no rate."""
    question, runs = asked.question, asked.runs
    foreign = {currency for _, currency, _ in cells} - {wanted}
    if not foreign:
        return []
    for key in [key for key in cells if key[1] in foreign]:
        del cells[key]
    rates = _rates(foreign, wanted, runs.values())
    missing: dict[str, _Cell] = defaultdict(_Cell)
    for run, currency, day, keys, units, count in _by_day(days, asked, foreign):
        dated = month_end(day) if question.at_month_end else day
        worth = rates.converted(units, currency, wanted, dated)
        if worth is not None:
            cells[(keys, wanted, runs[run])].add(worth, count)
        elif runs[run] in question.months:
            missing[currency].add(units, count)
    return [Unconverted(name, cell.units, cell.rows) for name, cell in sorted(missing.items())]


def _by_day(days: Any, asked: _Asked, foreign: Collection[str]) -> Iterator[Any]:
    rows = days.filter(currency__in=foreign).order_by()
    rows = rows.values_list("run_id", "currency", "day", *asked.columns)
    summed = rows.annotate(amount=asked.amount, count=Sum("lines"))
    for run, currency, day, *keys, units, count in summed:
        yield run, currency, day, tuple(keys), units, count


def _rates(foreign: Collection[str], wanted: str, months: Iterable[dt.date]) -> Rates:
    """Return the rates between ``wanted`` and the others about ``months`` and what came late."""
    known = list(months)
    since, until = min(known) - dt.timedelta(days=366) - STALE, month_end(max(known))
    rows = apps.get_model("costs", "FxRate")._default_manager.filter(  # noqa: SLF001
        Q(base__in=foreign, target=wanted) | Q(base=wanted, target__in=foreign),
        day__range=(since, until),
    )
    return Rates(rows.order_by("recorded_at").values_list("base", "target", "day", "rate"))


def _lines(cells: Cells, question: Question) -> tuple[Line, ...]:
    names = _names(cells, question.dimensions)
    amounts: dict[tuple[Any, str], dict[dt.date, int]] = defaultdict(dict)
    rows: dict[tuple[Any, str], int] = defaultdict(int)
    for (keys, currency, month), cell in cells.items():
        amounts[(keys, currency)][month] = cell.units
        rows[(keys, currency)] += cell.rows if month in question.months else 0
    lines = [
        Line(
            keys,
            tuple(_name(one, key, names[one.key]) for one, key in _each(question, keys)),
            currency,
            found,
            rows[(keys, currency)],
            question.months,
            question.compared,
        )
        for (keys, currency), found in amounts.items()
    ]
    return tuple(sorted(lines, key=lambda line: (-line.total, line.labels, line.currency)))


def _each(question: Question, keys: tuple[Any, ...]) -> Iterator[tuple[Dimension, Any]]:
    return zip(question.dimensions, keys, strict=True)


def _names(cells: Cells, dimensions: tuple[Dimension, ...]) -> dict[str, Mapping[Any, str]]:
    return {
        one.key: one.names({keys[place] for keys, _, _ in cells} - {None, ""})
        for place, one in enumerate(dimensions)
    }


def _name(dimension: Dimension, key: Any, names: Mapping[Any, str]) -> str:
    return dimension.absent if key in (None, "") else names.get(key, str(key))
