"""The columns of a FOCUS 1.3 export, and the SQL that fills each for a line's share."""

from collections.abc import Iterator, Sequence

from governance.costs.engine.sets import decimal, units
from governance.costs.engine.shaping import Shape, Terms
from governance.costs.rules.focus import read_header

# In the order of the numbers that shares of them carry; the first two are those of charges.
TYPED = {
    "BilledCost": "billed",
    "EffectiveCost": "effective",
    "ListCost": "listed",
    "ContractedCost": "contracted",
}
RAW = (
    "ConsumedQuantity",
    "PricingQuantity",
    "CommitmentDiscountQuantity",
    "PricingCurrencyEffectiveCost",
)
SPLIT = (*TYPED, *RAW)
_DESCRIBED = {
    "BillingCurrency": "currency",
    "ChargeCategory": "category",
    "ChargeClass": "charge_class",
    "CommitmentDiscountStatus": "commitment_status",
    "InvoiceIssuerName": "issuer",
    "ServiceProviderName": "provider",
    "Tags": "CASE WHEN tags <> '{}' THEN tags END",
}
_TIMES = {
    "BillingPeriodEnd": "period_end",
    "BillingPeriodStart": "period_start",
    "ChargePeriodEnd": "charge_end",
    "ChargePeriodStart": "charge_start",
}
_PRICES = (
    "ContractedUnitPrice",
    "ListUnitPrice",
    "PricingCurrencyContractedUnitPrice",
    "PricingCurrencyListUnitPrice",
)
_TEXTS = (
    "AvailabilityZone",
    "BillingAccountId",
    "BillingAccountName",
    "BillingAccountType",
    "CapacityReservationId",
    "CapacityReservationStatus",
    "ChargeDescription",
    "ChargeFrequency",
    "CommitmentDiscountCategory",
    "CommitmentDiscountId",
    "CommitmentDiscountName",
    "CommitmentDiscountType",
    "CommitmentDiscountUnit",
    "ConsumedUnit",
    "ContractApplied",
    "HostProviderName",
    "InvoiceId",
    "PricingCategory",
    "PricingCurrency",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "RegionId",
    "RegionName",
    "ResourceId",
    "ResourceName",
    "ResourceType",
    "ServiceCategory",
    "ServiceName",
    "ServiceSubcategory",
    "SkuId",
    "SkuMeter",
    "SkuPriceDetails",
    "SkuPriceId",
    "SubAccountId",
    "SubAccountName",
    "SubAccountType",
)
_ALLOCATED = {
    "AllocatedMethodDetails": "method_details",
    "AllocatedMethodId": "method",
    "AllocatedResourceId": "paid_id",
    "AllocatedResourceName": "paid_name",
    "AllocatedTags": "allocated_tags",
}
_OWN = {
    "x_AllocationRun": "run",
    "x_Batch": "batch",
    "x_BatchLine": "CAST(line_no AS VARCHAR)",
    "x_ChargedTo": "target",
    "x_Rule": "rule",
}
_DERIVED = {*_DESCRIBED, *_TIMES, *_ALLOCATED, "BilledCost", "EffectiveCost"}
COLUMNS = (
    *sorted({*_DESCRIBED, *_TIMES, *_PRICES, *_TEXTS, *_ALLOCATED, *SPLIT}),
    *_OWN,
)


def shape_of(names: Sequence[str]) -> Shape:
    return Shape(read_header(names, has_issuer=True), Terms(source=""))


def not_held(names: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that stay empty because a bill with header ``names`` did not have them."""
    told = {*_DERIVED, *_OWN, *shape_of(names).columns.at}
    return tuple(name for name in COLUMNS if name not in told)


def amounts(shape: Shape) -> Iterator[str]:
    """Yield SQL for what is split, in units: of the typed line, or of its raw row."""
    yield from (units(name) for name in TYPED.values())
    yield from (units(f"amount({shape.cell(name)})") for name in RAW)


def filled(shape: Shape) -> dict[str, str]:
    """Return SQL for every column, as text, over a line with its raw row, its share and its end."""
    found = {name: f"strftime({told}, '%Y-%m-%dT%H:%M:%SZ')" for name, told in _TIMES.items()}
    found |= {name: _plain(decimal(f"m{place}")) for place, name in enumerate(SPLIT)}
    found |= {name: _price(shape.cell(name)) for name in _PRICES}
    found |= {name: shape.cell(name) for name in _TEXTS}
    found |= {**_DESCRIBED, **_ALLOCATED, **_OWN}
    return {name: f"nullif({found[name]}, '')" for name in COLUMNS}


def _plain(amount: str) -> str:
    return f"rtrim(rtrim(CAST({amount} AS VARCHAR), '0'), '.')"


def _price(cell: str) -> str:
    """A price that is a number stays as it was written; any other is told in plain digits."""
    return f"CASE WHEN is_number({cell}) THEN {cell} ELSE {_plain(f'amount({cell})')} END"
