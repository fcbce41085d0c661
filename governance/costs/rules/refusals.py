"""Why a row is not taken, and what a batch is warned of: codes for programs, words for people."""

from collections.abc import Mapping
from dataclasses import dataclass

PERIOD_CLOSED = "period-closed"
DATE_ORDER_NEEDED = "date-order-needed"
RAGGED = "ragged-row"
REFUSALS: Mapping[str, str] = {
    "unreadable-amount": "BilledCost or EffectiveCost is no number.",
    "ambiguous-number": "An amount can be read in more than one way; write 1234.56.",
    "no-currency": "BillingCurrency is empty.",
    "bad-currency": "BillingCurrency is no currency of ISO 4217.",
    "unreadable-date": "A date is missing or cannot be read.",
    DATE_ORDER_NEEDED: "A date has slashes; say at the source whether the day comes first.",
    "bad-period": "The billing period does not end after it begins.",
    "bad-charge-period": "The charge period ends before it begins.",
    "no-category": "ChargeCategory is empty.",
    "no-issuer": "Nobody is named who issued the invoice.",
    "too-long": "The issuer or the target is longer than 200 characters.",
    "future-period": "The billing period begins later than next month; the dates may be wrong.",
    "bad-status": "BillingPeriodStatus is neither Open nor Closed.",
    "no-commitment": "ContractCommitmentId is empty.",
    PERIOD_CLOSED: "The period is closed; what changes it is expected as corrections.",
    RAGGED: "The row does not fit the header.",
}
WARNINGS: Mapping[str, str] = {
    "null-text": "The word NULL stands where nothing was meant; read as nothing.",
    "no-time-zone": "Times without a zone; read as UTC.",
    "symbol-in-amount": "Amounts with a symbol, separators or spaces; read as numbers.",
    "plus-in-exponent": "Exponents with a plus, which FOCUS forbids; read all the same.",
    "rounded": "Amounts with more than 18 decimals, rounded half to even; the rest is summed.",
    "unreadable-optional": "List, contracted or quantity figures that are no numbers; left out.",
    "unknown-value": "Values that FOCUS does not name; kept as they are.",
    "other-spelling": "Values of FOCUS in another spelling; read as the usual one.",
    "list-mismatch": "ListUnitPrice times PricingQuantity differs from ListCost; nothing changed.",
    "credit-differs": "Credits whose EffectiveCost is not their BilledCost; both kept.",
    "bad-tags": "Tags that are no JSON object; kept in the raw row, no rule can match them.",
    "tags-differ-by-spelling": "Tag keys that are the same, but for case or spaces, hold different "
    "values; a rule that reads them as one takes neither.",
    "numbers-for-text": "More than 90 % numbers in a column of names; perhaps columns are shifted.",
    "region-names": "One RegionId has several names; regions are told apart by their id.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """``first_line`` is 0 where a finding is about the file as a whole."""

    code: str
    count: int
    first_line: int
    message: str

    def to_json(self) -> dict[str, str | int]:
        return {
            "code": self.code,
            "count": self.count,
            "first_line": self.first_line,
            "message": self.message,
        }


def message_of(codes: list[str]) -> str:
    return " ".join(REFUSALS.get(code, code) for code in codes)
