"""Addresses of the API of costs, under ``/api/v1/``."""

from django.urls import URLPattern, URLResolver, path

from governance.costs.api.anomalies import AnomalyViewSet
from governance.costs.api.bills import BatchViewSet, SourceViewSet
from governance.costs.api.budgets import BudgetViewSet
from governance.costs.api.claims import ClaimViewSet
from governance.costs.api.commitments import CommitmentViewSet
from governance.costs.api.endings import EndingViewSet, FailedViewSet
from governance.costs.api.entries import ComputeRateViewSet, EntryViewSet, RateViewSet
from governance.costs.api.experiments import ExperimentViewSet
from governance.costs.api.exports import FocusExportViewSet
from governance.costs.api.forecasts import ForecastViewSet
from governance.costs.api.hints import ExceptionViewSet
from governance.costs.api.models import ModelMoneyViewSet
from governance.costs.api.periods import PeriodViewSet
from governance.costs.api.reconciliation import ReconciliationViewSet
from governance.costs.api.rulesets import RuleSetViewSet
from governance.costs.api.runs import CostRunViewSet
from governance.costs.api.summary import SummaryViewSet
from governance.costs.api.targets import TargetViewSet
from governance.costs.api.usage import UsageViewSet
from governance.costs.api.worth import PlannedLifeViewSet, WorthViewSet

api_urlpatterns: list[URLPattern | URLResolver] = [
    path("costs/summary/", SummaryViewSet.as_view({"get": "retrieve"}), name="cost-summary"),
    path(
        "costs/reconciliation/",
        ReconciliationViewSet.as_view({"get": "retrieve"}),
        name="cost-reconciliation",
    ),
    path(
        "costs/targets/",
        TargetViewSet.as_view({"get": "list", "post": "create"}),
        name="cost-target-list",
    ),
    path(
        "costs/targets/<uuid:pk>/",
        TargetViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="cost-target-detail",
    ),
    path(
        "costs/targets/<uuid:pk>/retire/",
        TargetViewSet.as_view({"post": "retire"}),
        name="cost-target-retire",
    ),
    path(
        "costs/commitments/",
        CommitmentViewSet.as_view({"get": "list"}),
        name="cost-commitment-list",
    ),
    path("costs/periods/", PeriodViewSet.as_view({"get": "list"}), name="cost-period-list"),
    path(
        "costs/periods/<uuid:pk>/",
        PeriodViewSet.as_view({"get": "retrieve"}),
        name="cost-period-detail",
    ),
    *(
        path(
            f"costs/periods/<uuid:pk>/{act}/",
            PeriodViewSet.as_view({"post": act}),
            name=f"cost-period-{act}",
        )
        for act in ("invoice", "close", "adjust", "reopen", "grant", "refuse")
    ),
    path(
        "costs/rulesets/",
        RuleSetViewSet.as_view({"get": "list", "post": "create"}),
        name="cost-ruleset-list",
    ),
    path(
        "costs/rulesets/<uuid:pk>/",
        RuleSetViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="cost-ruleset-detail",
    ),
    path(
        "costs/rulesets/<uuid:pk>/submit/",
        RuleSetViewSet.as_view({"post": "submit"}),
        name="cost-ruleset-submit",
    ),
    path(
        "costs/rulesets/<uuid:pk>/approve/",
        RuleSetViewSet.as_view({"post": "approve"}),
        name="cost-ruleset-approve",
    ),
    path(
        "costs/rulesets/<uuid:pk>/dry-run/",
        RuleSetViewSet.as_view({"post": "dry_run"}),
        name="cost-ruleset-dryrun",
    ),
    path(
        "costs/rulesets/<uuid:pk>/return/",
        RuleSetViewSet.as_view({"post": "give_back"}),
        name="cost-ruleset-return",
    ),
    path(
        "costs/usage/",
        UsageViewSet.as_view({"get": "list", "post": "create"}),
        name="cost-usage-list",
    ),
    path(
        "costs/experiments/",
        ExperimentViewSet.as_view({"get": "list", "post": "create"}),
        name="cost-experiment-list",
    ),
    path(
        "costs/experiments/<uuid:pk>/",
        ExperimentViewSet.as_view({"get": "retrieve"}),
        name="cost-experiment-detail",
    ),
    path(
        "costs/experiments/<uuid:pk>/look/",
        ExperimentViewSet.as_view({"post": "look"}),
        name="cost-experiment-look",
    ),
    path(
        "costs/experiments/<uuid:pk>/observe/",
        ExperimentViewSet.as_view({"post": "observe"}),
        name="cost-experiment-observe",
    ),
    path(
        "costs/experiments/<uuid:pk>/conclude/",
        ExperimentViewSet.as_view({"post": "conclude"}),
        name="cost-experiment-conclude",
    ),
    path(
        "costs/claims/",
        ClaimViewSet.as_view({"get": "list", "post": "create"}),
        name="cost-claim-list",
    ),
    path(
        "costs/claims/<uuid:pk>/",
        ClaimViewSet.as_view({"get": "retrieve"}),
        name="cost-claim-detail",
    ),
    path(
        "costs/claims/<uuid:pk>/attest/",
        ClaimViewSet.as_view({"post": "attest"}),
        name="cost-claim-attest",
    ),
    path(
        "costs/claims/<uuid:pk>/reject/",
        ClaimViewSet.as_view({"post": "reject"}),
        name="cost-claim-reject",
    ),
    path(
        "costs/claims/<uuid:pk>/withdraw/",
        ClaimViewSet.as_view({"post": "withdraw"}),
        name="cost-claim-withdraw",
    ),
    path(
        "costs/exceptions/",
        ExceptionViewSet.as_view({"get": "list"}),
        name="cost-exception-list",
    ),
    path(
        "costs/exceptions/<uuid:pk>/",
        ExceptionViewSet.as_view({"get": "retrieve"}),
        name="cost-exception-detail",
    ),
    path(
        "costs/exceptions/<uuid:pk>/answer/",
        ExceptionViewSet.as_view({"post": "answer"}),
        name="cost-exception-answer",
    ),
    path("costs/models/", ModelMoneyViewSet.as_view({"get": "list"}), name="cost-model-list"),
    path(
        "costs/models/<uuid:pk>/worth/",
        WorthViewSet.as_view({"get": "retrieve"}),
        name="cost-worth",
    ),
    path("costs/failed/", FailedViewSet.as_view({"get": "retrieve"}), name="cost-failed"),
    path(
        "costs/endings/",
        EndingViewSet.as_view({"get": "list", "post": "create"}),
        name="cost-ending-list",
    ),
    path(
        "costs/endings/<uuid:pk>/",
        EndingViewSet.as_view({"get": "retrieve"}),
        name="cost-ending-detail",
    ),
    *(
        path(
            f"costs/endings/<uuid:pk>/{act}/",
            EndingViewSet.as_view({"post": act}),
            name=f"cost-ending-{act}",
        )
        for act in ("lesson", "resume")
    ),
    path(
        "costs/lives/",
        PlannedLifeViewSet.as_view({"get": "list", "post": "create"}),
        name="cost-life-list",
    ),
    path(
        "costs/runs/",
        CostRunViewSet.as_view({"get": "list", "post": "create"}),
        name="cost-run-list",
    ),
    path(
        "costs/runs/<uuid:pk>/",
        CostRunViewSet.as_view({"get": "retrieve"}),
        name="cost-run-detail",
    ),
    path(
        "costs/runs/<uuid:pk>/publish/",
        CostRunViewSet.as_view({"post": "publish"}),
        name="cost-run-publish",
    ),
    path(
        "costs/runs/<uuid:pk>/charges/",
        CostRunViewSet.as_view({"get": "charges"}),
        name="cost-run-charges",
    ),
    path(
        "costs/runs/<uuid:pk>/charges/<int:number>/lines/",
        CostRunViewSet.as_view({"get": "charge_lines"}),
        name="cost-run-charge-lines",
    ),
    path(
        "costs/runs/<uuid:pk>/invariants/",
        CostRunViewSet.as_view({"get": "invariants"}),
        name="cost-run-invariants",
    ),
    path(
        "costs/runs/<uuid:pk>/diff/",
        CostRunViewSet.as_view({"get": "diff"}),
        name="cost-run-diff",
    ),
    path(
        "costs/export/focus-1.3/",
        FocusExportViewSet.as_view({"get": "list", "post": "create"}),
        name="cost-export-list",
    ),
    path(
        "costs/export/focus-1.3/<uuid:pk>/",
        FocusExportViewSet.as_view({"get": "retrieve"}),
        name="cost-export-detail",
    ),
    path(
        "costs/export/focus-1.3/<uuid:pk>/file/",
        FocusExportViewSet.as_view({"get": "file"}),
        name="cost-export-file",
    ),
    path(
        "costs/sources/",
        SourceViewSet.as_view({"get": "list", "post": "create"}),
        name="cost-source-list",
    ),
    path(
        "costs/sources/<uuid:pk>/",
        SourceViewSet.as_view({"get": "retrieve", "put": "update"}),
        name="cost-source-detail",
    ),
    path(
        "costs/batches/",
        BatchViewSet.as_view({"get": "list", "post": "create"}),
        name="cost-batch-list",
    ),
    path(
        "costs/batches/<uuid:pk>/",
        BatchViewSet.as_view({"get": "retrieve"}),
        name="cost-batch-detail",
    ),
    *(
        path(
            f"costs/batches/<uuid:pk>/{verb}/",
            BatchViewSet.as_view({"post": verb}),
            name=f"cost-batch-{verb}",
        )
        for verb in ("accept", "dates", "refuse", "repeat", "reread")
    ),
    *(
        path(
            f"costs/batches/<uuid:pk>/{rows}/",
            BatchViewSet.as_view({"get": rows}),
            name=f"cost-batch-{rows}",
        )
        for rows in ("rejected", "lines")
    ),
    path("costs/entries/", EntryViewSet.as_view({"post": "create"}), name="cost-entry-list"),
    path(
        "costs/rates/",
        RateViewSet.as_view({"get": "list", "post": "create"}),
        name="cost-rate-list",
    ),
    path(
        "costs/compute-rates/",
        ComputeRateViewSet.as_view({"get": "list", "post": "create"}),
        name="cost-compute_rate-list",
    ),
    path(
        "costs/budgets/",
        BudgetViewSet.as_view({"get": "list", "post": "create"}),
        name="budget-list",
    ),
    path(
        "costs/budgets/transfer/",
        BudgetViewSet.as_view({"post": "transfer"}),
        name="budget-transfer",
    ),
    path(
        "costs/budgets/<uuid:pk>/",
        BudgetViewSet.as_view({"get": "retrieve"}),
        name="budget-detail",
    ),
    path(
        "costs/budgets/<uuid:pk>/change/",
        BudgetViewSet.as_view({"post": "change"}),
        name="budget-change",
    ),
    path(
        "costs/budgets/<uuid:pk>/approve/",
        BudgetViewSet.as_view({"post": "approve"}),
        name="budget-approve",
    ),
    path(
        "costs/budgets/<uuid:pk>/reject/",
        BudgetViewSet.as_view({"post": "reject"}),
        name="budget-reject",
    ),
    path(
        "costs/forecasts/",
        ForecastViewSet.as_view({"get": "list", "post": "create"}),
        name="forecast-list",
    ),
    path(
        "costs/forecasts/<uuid:pk>/",
        ForecastViewSet.as_view({"get": "retrieve"}),
        name="forecast-detail",
    ),
    path(
        "costs/anomalies/",
        AnomalyViewSet.as_view({"get": "list"}),
        name="cost-anomaly-list",
    ),
    path(
        "costs/anomalies/<uuid:pk>/",
        AnomalyViewSet.as_view({"get": "retrieve"}),
        name="cost-anomaly-detail",
    ),
    path(
        "costs/anomalies/<uuid:pk>/answer/",
        AnomalyViewSet.as_view({"post": "answer"}),
        name="cost-anomaly-answer",
    ),
]
