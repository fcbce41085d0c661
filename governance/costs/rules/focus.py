"""What FOCUS 1.0 to 1.4 calls things: columns needed and wanted, and which dataset a file holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

COST_AND_USAGE = "cost-and-usage"
BILLING_PERIOD = "billing-period"
INVOICE_DETAIL = "invoice-detail"
CONTRACT_COMMITMENT = "contract-commitment"

NEEDED = (
    "BilledCost",
    "EffectiveCost",
    "BillingCurrency",
    "BillingPeriodStart",
    "BillingPeriodEnd",
    "ChargePeriodStart",
    "ChargePeriodEnd",
    "ChargeCategory",
)
# What is lost without a column that is wanted.
WANTED: Mapping[str, str] = {
    "InvoiceId": "its rows cannot be tied to an invoice",
    "ResourceId": "rules cannot match resources",
    "SubAccountId": "rules cannot match accounts",
    "ServiceName": "spend cannot be cut by service",
    "ServiceCategory": "work of models is not told from other spend",
    "SkuId": "rules cannot match what was sold",
    "Tags": "rules cannot match tags",
    "ListCost": "savings against list prices are not shown",
    "ContractedCost": "savings from negotiated prices are not shown",
    "ChargeClass": "corrections of invoiced periods are not told from new charges",
    "CommitmentDiscountId": "commitments cannot be followed over their term",
    "CommitmentDiscountStatus": "unused commitments are not told from used ones",
}
# A slice's field, and the columns that fill it: the first one with a value does.
DESCRIBED_BY: Mapping[str, tuple[str, ...]] = {
    "provider": ("ServiceProviderName", "ProviderName"),
    "sub_account": ("SubAccountId",),
    "sub_account_name": ("SubAccountName",),
    "service": ("ServiceName",),
    "service_category": ("ServiceCategory",),
    "sku": ("SkuId",),
    "resource": ("ResourceId",),
    "resource_name": ("ResourceName",),
    "resource_type": ("ResourceType",),
    "region": ("RegionId", "RegionName", "Region"),
    "description": ("ChargeDescription",),
    "pricing_unit": ("ConsumedUnit", "PricingUnit"),
    "commitment": ("CommitmentDiscountId",),
    "invoice": ("InvoiceId",),
}
# Of each smaller dataset: the columns every row needs, of which the two days are named first.
STATED_DAYS: Mapping[str, tuple[str, str]] = {
    BILLING_PERIOD: ("BillingPeriodStart", "BillingPeriodEnd"),
    INVOICE_DETAIL: ("BillingPeriodStart", "BillingPeriodEnd"),
    CONTRACT_COMMITMENT: ("ContractCommitmentPeriodStart", "ContractCommitmentPeriodEnd"),
}
STATED: Mapping[str, tuple[str, ...]] = {
    BILLING_PERIOD: ("BillingPeriodStatus",),
    INVOICE_DETAIL: ("BilledCost", "BillingCurrency", "InvoiceDetailId"),
    CONTRACT_COMMITMENT: ("ContractCommitmentId", "BillingCurrency"),
}
ISSUED_BY = ("InvoiceIssuerName", "ProviderName", "ServiceProviderName")
QUANTITIES = ("ConsumedQuantity", "PricingQuantity")
SERVICE_CATEGORY = "ServiceCategory"
TARGET = "x_TargetKey"  # read from sources of entries made by hand only
# Columns whose values FOCUS fixes, by the folded spelling; the slice's field they fill, if any.
ALLOWED: Mapping[str, tuple[str, ...]] = {
    "ChargeCategory": ("Usage", "Purchase", "Tax", "Credit", "Adjustment"),
    "ChargeClass": ("Correction",),
    "CommitmentDiscountStatus": ("Used", "Unused"),
    "ChargeFrequency": ("One-Time", "Recurring", "Usage-Based"),
    SERVICE_CATEGORY: (
        *("AI and Machine Learning", "Analytics", "Business Applications", "Compute", "Databases"),
        *("Developer Tools", "Multicloud", "Identity", "Integration", "Internet of Things"),
        *("Management and Governance", "Media", "Migration", "Mobile", "Networking", "Security"),
        *("Storage", "Web", "Other"),
    ),
}
CATEGORY_FIELDS: Mapping[str, str] = {
    "category": "ChargeCategory",
    "charge_class": "ChargeClass",
    "commitment_status": "CommitmentDiscountStatus",
}
_SINCE = (
    ("1.4", {"commitmentprogrameligibilitydetails", "invoicedetailid", "invoicedetailgrain"}),
    ("1.3", {"serviceprovidername", "hostprovidername", "contractapplied", "allocatedmethodid"}),
    ("1.2", {"invoiceid", "pricingcurrency", "billingaccounttype", "subaccounttype"}),
    ("1.1", {"servicesubcategory", "skumeter", "skupricedetails", "capacityreservationid"}),
)
_KNOWN = {
    *NEEDED,
    *WANTED,
    *ISSUED_BY,
    *QUANTITIES,
    *ALLOWED,
    *(name for names in DESCRIBED_BY.values() for name in names),
    *(name for names in (*STATED_DAYS.values(), *STATED.values()) for name in names),
    *[
        "AllocatedMethodDetails",
        "AllocatedMethodId",
        "AllocatedResourceId",
        "AllocatedResourceName",
        "AllocatedTags",
        "AvailabilityZone",
        "BillingAccountId",
        "BillingAccountName",
        "BillingAccountType",
        "CapacityReservationId",
        "CapacityReservationStatus",
        "ChargeFrequency",
        "ChargeSubcategory",
        "CommitmentDiscountCategory",
        "CommitmentDiscountName",
        "CommitmentDiscountQuantity",
        "CommitmentDiscountType",
        "CommitmentDiscountUnit",
        "CommitmentProgramEligibilityDetails",
        "ContractApplied",
        "ContractCommitmentCost",
        "ContractCommitmentDescription",
        "ContractId",
        "ContractedUnitPrice",
        "HostProviderName",
        "InvoiceDetailId",
        "ListUnitPrice",
        "PricingCategory",
        "PricingCurrency",
        "PricingCurrencyContractedUnitPrice",
        "PricingCurrencyEffectiveCost",
        "PricingCurrencyListUnitPrice",
        "PublisherName",
        "ServiceSubcategory",
        "SkuMeter",
        "SkuPriceDetails",
        "SkuPriceId",
        "SubAccountType",
    ],
}


@dataclass(frozen=True, slots=True)
class Columns:
    """A file's header, read. ``at`` gives the place of each known column by its FOCUS name."""

    names: tuple[str, ...]
    at: Mapping[str, int]
    dataset: str
    version: str
    unknown: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    missing: tuple[str, ...] = field(default=())

    def places(self, names: Sequence[str]) -> list[int]:
        return [self.at[name] for name in names if name in self.at]


def read_header(names: Sequence[str], *, has_issuer: bool) -> Columns:
    """Match a header's names with those of FOCUS, without regard to case and spaces around."""
    by_fold = {name.casefold(): name for name in [*_KNOWN, TARGET]}
    at: dict[str, int] = {}
    unknown, doubled = [], []
    for place, name in enumerate(names):
        fold = name.strip().casefold()
        known = by_fold.get(fold)
        if known is None and not fold.startswith("x_"):
            unknown.append(name)
        if known in at:
            doubled.append(known)
        elif known is not None:
            at[known] = place
    folds = {name.strip().casefold() for name in names}
    dataset = _dataset(folds)
    return Columns(
        names=tuple(names),
        at=at,
        dataset=dataset,
        version=next((version for version, new in _SINCE if new & folds), "1.0"),
        unknown=tuple(unknown),
        doubled=tuple(doubled),
        missing=_missing(dataset, at, has_issuer=has_issuer),
    )


def _missing(dataset: str, at: Mapping[str, int], *, has_issuer: bool) -> tuple[str, ...]:
    needed = NEEDED if dataset == COST_AND_USAGE else (*STATED_DAYS[dataset], *STATED[dataset])
    missing = [name for name in needed if name not in at]
    named = has_issuer or dataset == CONTRACT_COMMITMENT or any(name in at for name in ISSUED_BY)
    return tuple(missing if named else [*missing, ISSUED_BY[0]])


def _dataset(folds: set[str]) -> str:
    if "effectivecost" in folds:
        return COST_AND_USAGE
    if "billingperiodstatus" in folds:
        return BILLING_PERIOD
    if "invoicedetailid" in folds:
        return INVOICE_DETAIL
    if "contractcommitmentid" in folds:
        return CONTRACT_COMMITMENT
    return COST_AND_USAGE
