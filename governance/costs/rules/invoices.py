"""What invoices come to, held against the bill: one by one where both name theirs. Pure.

A period keeps what is stated, billed basis, by currency: ``{"USD": {"total": "100.00"}}`` as a
person types it in, or ``{"USD": {"invoices": {"INV-1": "60.00"}}}`` as the issuer details it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from governance.kernel.canonical import Json
from governance.kernel.money import from_text, text_or_none, to_text

Stated = Mapping[str, Mapping[str, Any]]
Billed = Mapping[str, Mapping[str, int]]  # by currency and invoice; "" for lines that name none
_SAID = 5  # differences that one sentence tells


@dataclass(frozen=True, slots=True)
class Held:
    """One invoice, or all of a currency (``invoice`` None), against the bill; in units.

    ``stated`` None: nobody has said what it comes to.
    """

    currency: str
    invoice: str | None
    billed: int
    stated: int | None

    @property
    def gap(self) -> int | None:
        """Invoice less bill."""
        return None if self.stated is None else self.stated - self.billed

    @property
    def label(self) -> str:
        return {None: "all invoices", "": "none named"}.get(self.invoice, str(self.invoice))

    def to_json(self) -> dict[str, Json]:
        return {
            "currency": self.currency,
            "invoice": self.invoice,
            "billed": to_text(self.billed),
            "stated": text_or_none(self.stated),
            "gap": text_or_none(self.gap),
        }


def typed_in(stated: Stated, currency: str, units: int, invoice: str) -> dict[str, Any]:
    """Return ``stated`` with one more: a whole total replaces named invoices, and they it."""
    told: dict[str, Any] = {"total": to_text(units)}
    if invoice:
        others = stated.get(currency, {}).get("invoices", {})
        told = {"invoices": {**others, invoice: to_text(units)}}
    return {**stated, currency: told}


def detailed(stated: Stated, rows: Iterable[tuple[str, str, int]], *, adds: bool) -> dict[str, Any]:
    """Return ``stated`` with the issuer's (currency, invoice, units).

    A file that ``adds`` leaves the other invoices of its currencies; any other stands for all.
    """
    found: dict[str, dict[str, str]] = {}
    for currency, invoice, units in rows:
        known = dict(stated.get(currency, {}).get("invoices", {})) if adds else {}
        found.setdefault(currency, known)[invoice] = to_text(units)
    return {**stated, **{currency: {"invoices": told} for currency, told in found.items()}}


def totals(stated: Stated) -> dict[str, int]:
    """Return what is stated of each currency, all its invoices together."""
    return {currency: sum(_amounts(told).values()) for currency, told in stated.items()}


def held(stated: Stated, billed: Billed) -> tuple[Held, ...]:
    """Return each invoice against the bill, by currency; the whole where one side names none."""
    found = sorted({*stated, *billed})
    return tuple(one for name in found for one in _of(name, stated.get(name), billed.get(name, {})))


def _of(currency: str, told: Mapping[str, Any] | None, billed: Mapping[str, int]) -> Sequence[Held]:
    whole = sum(billed.values())
    if told is None:
        return [Held(currency, None, whole, None)] if whole else []
    stated = _amounts(told)
    if not any(stated) or not any(billed):
        return [Held(currency, None, whole, sum(stated.values()))]
    names = sorted(name for name in {*stated, *billed} if name in stated or billed[name])
    return [Held(currency, name, billed.get(name, 0), stated.get(name)) for name in names]


def _amounts(told: Mapping[str, Any]) -> dict[str, int]:
    texts = told.get("invoices") or {"": told.get("total", "0")}
    return {name: from_text(text)[0] for name, text in texts.items()}


def reason_needed(found: Sequence[Held]) -> str:
    """Return why closing takes a reason; nothing when every invoice and the bill agree."""
    if all(one.stated is None for one in found):
        return "No invoice total is known to hold the bill against: say why it is closed so."
    open_ones = [_said(one) for one in found if one.gap != 0]
    if not open_ones:
        return ""
    more = len(open_ones) - _SAID
    told = open_ones[:_SAID] + ([f"{more} more differ"] if more > 0 else [])
    return f"{'; '.join(told)}: say why it is closed so."


def _said(one: Held) -> str:
    named = {None: "The invoice", "": "What names no invoice"}
    name = named.get(one.invoice, f"Invoice {one.invoice}")
    if one.gap is None:
        return f"{name} is not known, and {to_text(one.billed)} {one.currency} of it is billed"
    way = "more" if one.gap > 0 else "less"
    stated, gap = to_text(one.billed + one.gap), to_text(abs(one.gap))
    return f"{name} says {stated} {one.currency}, {gap} {way} than the bill"
