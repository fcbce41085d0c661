"""Runs over REST."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from audits.engine.outcome import Verdict
from audits.runs import commands as runs
from audits.runs.filters import from_query
from audits.runs.kinds import RunState
from audits.runs.models import AuditRun, CheckRun
from audits.runs.serializers import (
    CheckDetailSerializer,
    LogSerializer,
    RunDetailSerializer,
    RunPageSerializer,
    RunRequestSerializer,
    RunSerializer,
)
from governance.access.rest import GovernedView, GovernedViewSet
from governance.kernel.ids import public_id
from governance.kernel.rest.etags import etag_of
from governance.kernel.rest.paging import keyset_page, page_size

# Column of the row to name in the answer.
_NAMES = {
    "id": "id",
    "version_id": "version",
    "version__model_id": "model",
    "reference_id": "reference",
    "current_id": "current",
    "policy_id": "policy",
    "tier": "tier",
    "state": "state",
    "verdict": "verdict",
    "reason": "reason",
    "requested_at": "requested_at",
    "started_at": "started_at",
    "finished_at": "finished_at",
    "plan_digest": "plan_digest",
    "results_digest": "results_digest",
    "isolation": "isolation",
}
_FIELDS = ("number", *_NAMES)
_CHECK_FIELDS = ("id", "title", "state", "verdict", "outcome_digest", "seconds", "expected_seconds")
_QUERY = [
    OpenApiParameter("limit", int),
    OpenApiParameter("cursor", str),
    OpenApiParameter("state", str, enum=RunState.values),
    OpenApiParameter("verdict", str, enum=[v.value for v in Verdict]),
    OpenApiParameter("version", UUID),
    OpenApiParameter("model", UUID),
]


class RunViewSet(GovernedViewSet):
    @extend_schema(operation_id="list_runs", parameters=_QUERY, responses=RunPageSerializer)
    def list(self, request: Request) -> Response:
        """Every run that you may see, the newest first."""
        page = keyset_page(
            from_query(AuditRun.objects.visible_to(self.actor), request.query_params),
            order=("-requested_at", "-id"),
            size=page_size(request.query_params.get("limit")),
            cursor=request.query_params.get("cursor"),
            fields=_FIELDS,
        )
        return Response({"items": [_body(row) for row in page.items], "next": page.next_cursor})

    @extend_schema(
        operation_id="request_run", request=RunRequestSerializer, responses={201: RunSerializer}
    )
    def create(self, request: Request) -> Response:
        """Ask for what the policy in force demands; an identical open run is returned."""
        wanted = RunRequestSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        keys = {f"{name}_id": value for name, value in wanted.validated_data.items()}
        run = runs.request_run(actor=self.actor, **keys)
        return Response(_run_body(self.actor, run.pk), status=201)

    @extend_schema(operation_id="read_run", responses=RunDetailSerializer)
    def retrieve(self, _request: Request, pk: UUID) -> Response:
        """One run with its plan and its checks, without their outcomes."""
        run = AuditRun.objects.select_related("version").get_visible(self.actor, pk)
        checks = list(run.checks.all())
        body = {
            **_run_body(self.actor, pk),
            "attempt": run.attempt,
            "tier_reasons": run.tier_reasons,
            "plan": run.plan,
            "checks": [_check_body(check) for check in checks],
        }
        done = sum(bool(check.verdict) for check in checks)
        return Response(body, headers={"ETag": etag_of(run.state, run.attempt, done)})


class RunCancelView(GovernedView):
    @extend_schema(operation_id="cancel_run", request=None, responses=RunSerializer)
    def post(self, _request: Request, pk: UUID) -> Response:
        """End a waiting run at once; a running one stops within about a second."""
        runs.cancel_run(actor=self.actor, run_id=pk)
        return Response(_run_body(self.actor, pk))


class RunLogView(GovernedView):
    @extend_schema(operation_id="read_run_log", responses=LogSerializer)
    def get(self, _request: Request, pk: UUID) -> Response:
        """What happened to the run, in order."""
        run = AuditRun.objects.get_visible(self.actor, pk)
        return Response({"items": list(run.log.values("at", "attempt", "text"))})


class CheckView(GovernedView):
    @extend_schema(operation_id="read_check", responses=CheckDetailSerializer)
    def get(self, _request: Request, pk: UUID) -> Response:
        """One check with all that it found."""
        check = CheckRun.objects.get_visible(self.actor, pk)
        body = {**_check_body(check), "run": check.run_id, "outcome": check.outcome}
        return Response(body, headers={"ETag": etag_of(check.state, check.outcome_digest)})


def _run_body(actor: Any, pk: UUID) -> dict[str, Any]:
    return _body(AuditRun.objects.visible_to(actor).values(*_FIELDS).get(pk=pk))


def _body(row: dict[str, Any]) -> dict[str, Any]:
    named = {name: row[column] for column, name in _NAMES.items()}
    return {"id": named.pop("id"), "public_id": public_id("RUN", row["number"]), **named}


def _check_body(check: CheckRun) -> dict[str, Any]:
    return {
        **{name: getattr(check, name) for name in _CHECK_FIELDS},
        "public_id": check.public_id,
        "check": check.check_id,
        "summary": check.outcome["summary"] if check.outcome else "",
    }
