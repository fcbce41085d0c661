"""The SQL that makes typed rows of raw text: what a row says, and whether it can be taken."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from governance.costs.engine.landing import DESCRIBING
from governance.costs.rules import focus
from governance.costs.rules.focus import Columns
from governance.kernel.money import MINOR_UNITS

AMOUNTS: Mapping[str, tuple[str, ...]] = {
    "billed": ("BilledCost",),
    "effective": ("EffectiveCost",),
    "listed": ("ListCost",),
    "contracted": ("ContractedCost",),
    "quantity": focus.QUANTITIES,
}
TIMES: Mapping[str, str] = {
    "period_from": "BillingPeriodStart",
    "period_to": "BillingPeriodEnd",
    "charge_start": "ChargePeriodStart",
    "charge_end": "ChargePeriodEnd",
}
_LONGEST = 200  # characters of an issuer, of a target's key
_SHORT = 40  # characters of a category


@dataclass(frozen=True, slots=True)
class Terms:
    """What the file is read under. ``closed`` are periods by issuer and first day, ``latest`` the
    last day on which a billing period may begin.
    """

    source: str
    issuer: str = ""
    date_order: str = ""
    by_hand: bool = False
    closed: frozenset[tuple[str, date]] = frozenset()
    latest: date = date.max


@dataclass(frozen=True, slots=True)
class Shape:
    """SQL for one header under one source's terms."""

    columns: Columns
    terms: Terms

    def cell(self, name: str) -> str:
        """The column's text, NULL where it says nothing or is not there."""
        place = self.columns.at.get(name)
        return f"nothing(c{place})" if place is not None else "CAST(NULL AS VARCHAR)"

    def first_of(self, names: Sequence[str], other: str = "''") -> str:
        return f"coalesce({', '.join([*(self.cell(name) for name in names), other])})"

    def describing(self) -> dict[str, str]:
        """Fields of a slice; tags as they were written."""
        found = {"currency": f"upper(trim({self.first_of(('BillingCurrency',))}))"}
        found["issuer"] = f"trim({self.first_of(focus.ISSUED_BY, text(self.terms.issuer))})"
        found |= {name: self.first_of(told) for name, told in focus.DESCRIBED_BY.items()}
        found |= {name: self._category(told) for name, told in focus.CATEGORY_FIELDS.items()}
        category = found["service_category"]
        found["service_category"] = _usual(focus.SERVICE_CATEGORY, f"trim({category})", category)
        found["tags"] = self.first_of(("Tags",))
        by_hand = self.terms.by_hand
        found["target_key"] = self.first_of((focus.TARGET,)) if by_hand else "''"
        return {name: found[name] for name in DESCRIBING}

    def _category(self, name: str) -> str:
        cell = f"trim({self.first_of((name,))})"
        return _usual(name, cell, f"left({cell}, {_SHORT})")

    def typed(self, rows: str = "raw") -> str:
        """One row for each of ``rows``: described, timed, priced; ``codes`` is what speaks
        against it, ``odd`` whether an amount is written otherwise than in plain digits.

        Three SELECTs, so that each text is read once, however often its value is asked for.
        """
        told = [f"{sql} AS {name}" for name, sql in self.describing().items()]
        told += [f"moment(trim({self.cell(told)})) AS {name}" for name, told in TIMES.items()]
        for name, columns in AMOUNTS.items():
            cell = self.first_of(columns, "NULL") if columns[1:] else self.cell(columns[0])
            told += [f"{cell} AS {name}_text", f"coalesce(is_plain({cell}), true) AS {name}_plain"]
        told += [f"{self._slashed()} AS slashed", "file_row_number AS row"]
        priced = [f"amount_of({name}_text, {name}_plain) AS {name}" for name in AMOUNTS]
        plain = " AND ".join(f"{name}_plain" for name in AMOUNTS)
        return (
            f"SELECT *, {self._codes()} AS codes FROM (SELECT *, {', '.join(priced)}, "
            f"NOT ({plain}) AS odd FROM (SELECT {', '.join(told)} FROM {rows}))"
        )

    def _slashed(self) -> str:
        if self.terms.date_order:
            return "false"
        return (
            "("
            + " OR ".join(
                f"coalesce(is_slashed(trim({self.cell(told)})), false)" for told in TIMES.values()
            )
            + ")"
        )

    def _conditions(self) -> dict[str, str]:
        """What speaks against a typed row, by code."""
        dates = " OR ".join(f"{name} IS NULL" for name in TIMES)
        unclear = (
            "(coalesce(is_unclear(billed_text), false) AND billed IS NULL) OR "
            "(coalesce(is_unclear(effective_text), false) AND effective IS NULL)"
        )
        unread = "(billed IS NULL OR effective IS NULL)"
        return {
            "ambiguous-number": f"{unread} AND ({unclear})",
            "unreadable-amount": f"{unread} AND NOT ({unclear})",
            "no-currency": "currency = ''",
            "bad-currency": f"currency <> '' AND currency NOT IN ({listed(sorted(MINOR_UNITS))})",
            "date-order-needed": f"slashed AND ({dates})",
            "unreadable-date": f"NOT slashed AND ({dates})",
            "bad-period": "CAST(period_to AS DATE) <= CAST(period_from AS DATE)",
            "bad-charge-period": "charge_end < charge_start",
            "no-category": "category = ''",
            "no-issuer": "issuer = ''",
            "too-long": f"length(issuer) > {_LONGEST} OR length(target_key) > {_LONGEST}",
            "future-period": f"CAST(period_from AS DATE) > DATE '{self.terms.latest}'",
            "period-closed": self._closed(),
        }

    def _closed(self) -> str:
        keys = sorted(f"{day} {issuer}" for issuer, day in self.terms.closed)
        key = "CAST(CAST(period_from AS DATE) AS VARCHAR) || ' ' || issuer"
        return f"{key} IN ({listed(keys)})" if keys else "false"

    def _codes(self) -> str:
        cases = [f"CASE WHEN {sql} THEN '{code}' END" for code, sql in self._conditions().items()]
        return f"concat_ws(',', {', '.join(cases)})"


def _usual(name: str, cell: str, other: str) -> str:
    """Return SQL for a value as FOCUS writes it, or ``other`` for one that it does not know."""
    usual = " ".join(f"WHEN {text(v.lower())} THEN {text(v)}" for v in focus.ALLOWED[name])
    return f"CASE lower({cell}) {usual} ELSE {other} END"


def text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def listed(values: Iterable[str]) -> str:
    return ", ".join(map(text, values))
