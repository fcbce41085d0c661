from django.urls import URLPattern, URLResolver, path

from governance.costs.api.anomalies import AnomalyViewSet
from governance.costs.api.bills import BatchViewSet, SourceViewSet
from governance.costs.api.budgets import BudgetViewSet
from governance.costs.api.claims import ClaimViewSet
from governance.costs.api.entries import EntryViewSet, RateViewSet
from governance.costs.api.experiments import ExperimentViewSet
from governance.costs.api.exports import FocusExportViewSet
from governance.costs.api.forecasts import ForecastViewSet
from governance.costs.api.hints import ExceptionViewSet
from governance.costs.api.periods import PeriodViewSet
from governance.costs.api.rulesets import RuleSetViewSet
from governance.costs.api.runs import CostRunViewSet
from governance.costs.api.summary import SummaryViewSet
from governance.costs.api.targets import TargetViewSet
from governance.costs.api.usage import UsageViewSet
from governance.costs.views import (
    anomalies,
    batches,
    budgets,
    claims,
    dryruns,
    experiments,
    explorer,
    failed,
    forecasts,
    hints,
    models,
    overview,
    periods,
    reconciliation,
    rulesets,
    runs,
    sources,
    targets,
    usage,
)

app_name = "costs"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", overview.overview, name="overview"),
    path("explorer/", explorer.explorer, name="explorer"),
    path("charges/", explorer.charge_list, name="charge-list"),
    path("models/<uuid:pk>/", models.model_detail, name="model-detail"),
    path("reconciliation/", reconciliation.reconcile, name="reconciliation"),
    path("charges/<int:number>/", explorer.charge_detail, name="charge-detail"),
    path("targets/", targets.target_list, name="target-list"),
    path("targets/new/", targets.target_create, name="target-create"),
    path("targets/<uuid:pk>/", targets.target_edit, name="target-edit"),
    path("targets/<uuid:pk>/retire/", targets.target_retire, name="target-retire"),
    path("periods/", periods.period_list, name="period-list"),
    path("periods/<uuid:pk>/", periods.period_detail, name="period-detail"),
    path("periods/<uuid:pk>/invoice/", periods.period_invoice, name="period-invoice"),
    path("periods/<uuid:pk>/close/", periods.period_close, name="period-close"),
    path("periods/<uuid:pk>/reopen/", periods.period_reopen, name="period-reopen"),
    path("periods/<uuid:pk>/grant/", periods.period_grant, name="period-grant"),
    path("periods/<uuid:pk>/refuse/", periods.period_refuse, name="period-refuse"),
    path("periods/<uuid:pk>/adjust/<uuid:run_pk>/", periods.period_adjust, name="period-adjust"),
    path("rules/", rulesets.ruleset_list, name="ruleset-list"),
    path("rules/new/", rulesets.ruleset_create, name="ruleset-create"),
    path("rules/<uuid:pk>/", rulesets.ruleset_detail, name="ruleset-detail"),
    path("rules/<uuid:pk>/edit/", rulesets.ruleset_edit, name="ruleset-edit"),
    path("rules/<uuid:pk>/submit/", rulesets.ruleset_submit, name="ruleset-submit"),
    path("rules/<uuid:pk>/approve/", rulesets.ruleset_approve, name="ruleset-approve"),
    path("rules/<uuid:pk>/return/", rulesets.ruleset_return, name="ruleset-return"),
    path("rules/<uuid:pk>/dry-run/", dryruns.ruleset_dryrun, name="ruleset-dryrun"),
    path("rules/<uuid:pk>/rules.yaml", rulesets.ruleset_text, name="ruleset-text"),
    path("runs/", runs.run_list, name="run-list"),
    path("runs/request/", runs.run_request, name="run-request"),
    path("runs/<uuid:pk>/", runs.run_detail, name="run-detail"),
    path("runs/<uuid:pk>/live/", runs.run_live, name="run-live"),
    path("runs/<uuid:pk>/diff/", runs.run_diff, name="run-diff"),
    path("runs/<uuid:pk>/publish/", runs.run_publish, name="run-publish"),
    path("usage/", usage.usage_list, name="usage-list"),
    path("usage/upload/", usage.usage_upload, name="usage-upload"),
    path("experiments/", experiments.experiment_list, name="experiment-list"),
    path("experiments/new/", experiments.experiment_register, name="experiment-register"),
    path("experiments/<uuid:pk>/", experiments.experiment_detail, name="experiment-detail"),
    path("experiments/<uuid:pk>/look/", experiments.experiment_look, name="experiment-look"),
    path(
        "experiments/<uuid:pk>/observe/",
        experiments.experiment_observe,
        name="experiment-observe",
    ),
    path(
        "experiments/<uuid:pk>/conclude/",
        experiments.experiment_conclude,
        name="experiment-conclude",
    ),
    path("claims/", claims.claim_list, name="claim-list"),
    path("claims/new/", claims.claim_edit, name="claim-edit"),
    path("claims/<uuid:pk>/", claims.claim_detail, name="claim-detail"),
    path("claims/<uuid:pk>/decide/", claims.claim_decide, name="claim-decide"),
    path("claims/<uuid:pk>/withdraw/", claims.claim_withdraw, name="claim-withdraw"),
    path("failed/", failed.failed_list, name="failed-list"),
    path("savings/", hints.saving_list, name="saving-list"),
    path("stuck/", hints.stuck_list, name="stuck-list"),
    path("exceptions/", hints.exception_list, name="exception-list"),
    path("hints/<uuid:pk>/", hints.hint_detail, name="hint-detail"),
    path("hints/<uuid:pk>/answer/", hints.hint_answer, name="hint-answer"),
]
urlpatterns += [
    path("batches/", batches.batch_list, name="batch-list"),
    path("batches/upload/", batches.batch_upload, name="batch-upload"),
    path("batches/<uuid:pk>/", batches.batch_detail, name="batch-detail"),
    path("batches/<uuid:pk>/live/", batches.batch_live, name="batch-live"),
    path("batches/<uuid:pk>/rejected/", batches.batch_rejected, name="batch-rejected"),
    path("batches/<uuid:pk>/accept/", batches.batch_accept, name="batch-accept"),
    path("batches/<uuid:pk>/refuse/", batches.batch_refuse, name="batch-refuse"),
    path("batches/<uuid:pk>/repeat/", batches.batch_repeat, name="batch-repeat"),
    path("batches/<uuid:pk>/reread/", batches.batch_reread, name="batch-reread"),
    path("sources/", sources.source_list, name="source-list"),
    path("sources/new/", sources.source_create, name="source-create"),
    path("sources/<uuid:pk>/", sources.source_edit, name="source-edit"),
    path("entries/new/", sources.entry_create, name="entry-create"),
    path("rates/", sources.rate_list, name="rate-list"),
    path("rates/new/", sources.rate_record, name="rate-record"),
    path("budgets/", budgets.budget_list, name="budget-list"),
    path("budgets/new/", budgets.budget_create, name="budget-create"),
    path("budgets/<uuid:pk>/", budgets.budget_detail, name="budget-detail"),
    path("budgets/<uuid:pk>/edit/", budgets.budget_edit, name="budget-edit"),
    path("budgets/<uuid:pk>/transfer/", budgets.budget_transfer, name="budget-transfer"),
    path("budgets/<uuid:pk>/decide/", budgets.budget_decide, name="budget-decide"),
    path("forecasts/", forecasts.forecast_list, name="forecast-list"),
    path("forecasts/new/", forecasts.forecast_create, name="forecast-create"),
    path("forecasts/<uuid:pk>/", forecasts.forecast_detail, name="forecast-detail"),
    path("anomalies/", anomalies.anomaly_list, name="anomaly-list"),
    path("anomalies/<uuid:pk>/", anomalies.anomaly_detail, name="anomaly-detail"),
    path("anomalies/<uuid:pk>/answer/", anomalies.anomaly_answer, name="anomaly-answer"),
]
api_urlpatterns: list[URLPattern | URLResolver] = [
    path("costs/summary/", SummaryViewSet.as_view({"get": "retrieve"}), name="cost-summary"),
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
        FocusExportViewSet.as_view({"get": "retrieve"}),
        name="cost-export-focus",
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
        for verb in ("accept", "refuse", "repeat", "reread")
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
