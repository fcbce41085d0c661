"""REST door to reports."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from governance.access.rest import GovernedView, GovernedViewSet
from governance.kernel.errors import Invalid, Missing, TooLarge
from governance.kernel.rest.paging import keyset_page, page_size
from reports.documents import commands, files, readings, serializers
from reports.documents.kinds import ReportState
from reports.documents.models import Report
from reports.documents.rules import first_day
from reports.documents.verification import MAX_BYTES, standing_of, too_large, verify_report

_HEX = frozenset("0123456789abcdef")
_DIGEST_LENGTH = 64


class ReportViewSet(GovernedViewSet):
    @extend_schema(
        parameters=[
            OpenApiParameter("q", OpenApiTypes.STR),
            OpenApiParameter("state", OpenApiTypes.STR, enum=list(ReportState.values)),
            OpenApiParameter("limit", OpenApiTypes.INT),
            OpenApiParameter("cursor", OpenApiTypes.STR),
        ],
        responses=serializers.ReportPage,
    )
    def list(self, request: Request) -> Response:
        given = request.query_params
        state = given.get("state", "")
        if state and state not in ReportState.values:
            raise Invalid("bad-state", f"state must be one of: {', '.join(ReportState.values)}.")
        q = given.get("q", "").replace("\x00", "")
        page = keyset_page(
            readings.listed(self.actor, q=q, state=state),
            order=readings.ORDER,
            size=page_size(given.get("limit")),
            cursor=given.get("cursor"),
            fields=readings.LIST_FIELDS,
        )
        items = serializers.ReportRow(page.items, many=True).data
        return Response({"items": items, "next": page.next_cursor})

    @extend_schema(request=serializers.ReportRequest, responses={201: serializers.ReportDetail})
    def create(self, request: Request) -> Response:
        body = serializers.ReportRequest(data=request.data)
        body.is_valid(raise_exception=True)
        report = commands.request_report(actor=self.actor, case_id=body.validated_data["case"])
        return Response(serializers.ReportDetail(report).data, status=201)

    @extend_schema(responses=serializers.ReportDetail)
    def retrieve(self, _request: Request, pk: UUID) -> Response:
        return Response(serializers.ReportDetail(readings.for_page(self.actor, pk)).data)


class CostReportView(GovernedView):
    @extend_schema(request=serializers.CostReportRequest, responses={201: serializers.ReportDetail})
    def post(self, request: Request) -> Response:
        """Ask for the report on a month's published money, of a team or of all."""
        body = serializers.CostReportRequest(data=request.data)
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        report = commands.request_cost_report(
            actor=self.actor,
            month=first_day(asked["month"]),
            currency=asked["currency"],
            team_id=asked.get("team"),
        )
        return Response(serializers.ReportDetail(report).data, status=201)


class ReportFileView(GovernedView):
    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    def get(self, _request: Request, pk: UUID) -> HttpResponse:
        """The sealed PDF. Taking it away is noted in the ledger."""
        report = commands.record_download(actor=self.actor, report_id=pk)
        return HttpResponse(files.read(report.digest), content_type="application/pdf")


class ReportEvidenceView(GovernedView):
    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, _request: Request, pk: UUID) -> Response:
        """The frozen content, as embedded in the PDF, with the ledger proof beside it."""
        report = readings.for_page(self.actor, pk)
        if not report.content:
            raise Missing("not-frozen", "This report's content has not been frozen yet.")
        return Response({"evidence": report.content, "ledger_proof": report.proof})


class ReportRecallView(GovernedView):
    @extend_schema(request=serializers.RecallRequest, responses=serializers.ReportDetail)
    def post(self, request: Request, pk: UUID) -> Response:
        """Take an issued report back. A person must do it, signed in; tokens are refused."""
        body = serializers.RecallRequest(data=request.data)
        body.is_valid(raise_exception=True)
        report = commands.recall_report(
            actor=self.actor, report_id=pk, reason=body.validated_data["reason"]
        )
        return Response(serializers.ReportDetail(report).data)


class VerifyView(GovernedView):
    parser_classes = (MultiPartParser,)

    @extend_schema(
        parameters=[OpenApiParameter("sha256", OpenApiTypes.STR, required=True)],
        responses=serializers.DigestStanding,
        auth=[],
    )
    def get(self, request: Request) -> Response:
        """Ask by digest alone: was a file with this SHA-256 issued, and is it still current?"""
        digest = request.query_params.get("sha256", "").lower()
        if len(digest) != _DIGEST_LENGTH or not set(digest) <= _HEX:
            raise Invalid("bad-digest", "sha256 must be 64 hexadecimal digits.")
        return Response(_standing(digest))

    @extend_schema(
        request={"multipart/form-data": serializers.VerifyRequest},
        responses={200: OpenApiResponse(serializers.VerifyAnswer)},
        auth=[],
    )
    def post(self, request: Request) -> Response:
        """Examine a file: seal, ledger and standing, each question with its answer."""
        body = serializers.VerifyRequest(data=request.data)
        body.is_valid(raise_exception=True)
        file: Any = body.validated_data["file"]
        if too_large(file):
            raise TooLarge("too-large", f"Reports are smaller than {MAX_BYTES // 2**20} MB.")
        return Response(verify_report(file.read()).facts())


def _standing(digest: str) -> dict[str, Any]:
    report = Report.objects.filter(digest=digest).select_related("superseded_by").first()
    standing = standing_of(report) if report else None
    return {
        "sha256": digest,
        "issued": bool(standing and standing.issued),
        "state": standing.state if standing else None,
        "report": report.public_id if report else None,
        "superseded_by": (standing.successor or None) if standing else None,
        "reason": (standing.reason or None) if standing else None,
    }
