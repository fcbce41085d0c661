"""The ledger of money: bills, what shares them out, what is planned, what models are worth."""

from governance.costs.models.bills import (
    BatchPart,
    BillingPeriod,
    CostLine,
    CostSlice,
    CostSource,
    FxRate,
    ImportBatch,
    InvoiceTotal,
    PartTotal,
    RejectedRow,
)
from governance.costs.models.coaching import CoachingNote
from governance.costs.models.commitments import ContractCommitment
from governance.costs.models.compute import ComputeRate
from governance.costs.models.endings import WorkEnding
from governance.costs.models.exports import FocusExport
from governance.costs.models.lives import PlannedLife
from governance.costs.models.plans import (
    Budget,
    BudgetAlert,
    CostAnomaly,
    ForecastRun,
)
from governance.costs.models.rulesets import Rule, RuleSet
from governance.costs.models.runs import AllocatedCharge, AllocationRun, ChargeDay, ChargeMonth
from governance.costs.models.targets import Target, TargetPlace, UsageMetric
from governance.costs.models.value import BenefitClaim, CostHint, Experiment

__all__ = [
    "AllocatedCharge",
    "AllocationRun",
    "BatchPart",
    "BenefitClaim",
    "BillingPeriod",
    "Budget",
    "BudgetAlert",
    "ChargeDay",
    "ChargeMonth",
    "CoachingNote",
    "ComputeRate",
    "ContractCommitment",
    "CostAnomaly",
    "CostHint",
    "CostLine",
    "CostSlice",
    "CostSource",
    "Experiment",
    "FocusExport",
    "ForecastRun",
    "FxRate",
    "ImportBatch",
    "InvoiceTotal",
    "PartTotal",
    "PlannedLife",
    "RejectedRow",
    "Rule",
    "RuleSet",
    "Target",
    "TargetPlace",
    "UsageMetric",
    "WorkEnding",
]
