"""Cases, decisions, conditions and gates over REST."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.access.reauthentication import prove
from governance.access.rest import GovernedView, GovernedViewSet
from governance.approvals import commands as approvals
from governance.approvals.kinds import Choice
from governance.approvals.models import ApprovalCase, Condition, Decision
from governance.approvals.presentation import (
    CONDITION_FIELDS,
    DECISION_FIELDS,
    ROW_FIELDS,
    case_body,
    case_row,
    condition_row,
    decision_row,
)
from governance.approvals.querysets import answers, statements
from governance.approvals.rules.statements import seen_digest
from governance.approvals.rules.words import NewCondition, Words
from governance.approvals.serializers import cases as forms
from governance.kernel.actor import Actor
from governance.kernel.errors import Conflict, DomainError, Missing, Moved, NotPermitted
from governance.kernel.rest.etags import etag_of, require_match
from governance.kernel.rest.paging import Page, keyset_page
from governance.kernel.rest.problems import MEDIA_TYPE
from governance.kernel.rest.schema import ProblemSerializer, page_of, reading, writing
from inventory.catalog.models import ModelVersion

_PRECONDITION_REQUIRED = 428
_IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="The digest of the statement that was read, in quotes.",
)
_UNNAMED: dict[Any, Any] = {
    (_PRECONDITION_REQUIRED, MEDIA_TYPE): OpenApiResponse(
        ProblemSerializer, description="If-Match is missing: name the statement that was read."
    )
}


def _asked(serializer: type[Any], data: Any) -> dict[str, Any]:
    form = serializer(data=data)
    form.is_valid(raise_exception=True)
    return dict(form.validated_data)


def _paged(page: "Page[Any]", row: Any) -> Response:
    return Response({"items": [row(item) for item in page.items], "next": page.next_cursor})


def _whole(actor: Actor, pk: UUID) -> ApprovalCase:
    found: ApprovalCase = ApprovalCase.objects.whole().get_visible(actor, pk)
    return found


class CaseViewSet(GovernedViewSet):
    @extend_schema(
        operation_id="list_cases",
        parameters=[forms.CaseQuery],
        responses=reading(page_of(forms.CaseRowSerializer)),
    )
    def list(self, request: Request) -> Response:
        """Cases, the newest first."""
        asked = _asked(forms.CaseQuery, request.query_params)
        rows = ApprovalCase.objects.all()
        if asked["waiting_on_me"]:
            rows = rows.waiting_on(self.actor)
        wanted = {name: asked[name] for name in ("state", "tier", "version") if name in asked}
        page = keyset_page(
            rows.visible_to(self.actor).filter(**wanted),
            order=("-opened_at", "-id"),
            size=asked.get("limit", 50),
            cursor=asked.get("cursor"),
            fields=ROW_FIELDS,
        )
        return _paged(page, case_row)

    @extend_schema(
        operation_id="open_case",
        request=forms.OpenSerializer,
        responses=writing(forms.CaseSerializer),
    )
    def create(self, request: Request) -> Response:
        """Ask that a version may be used."""
        asked = _asked(forms.OpenSerializer, request.data)
        version_id = asked.pop("version")
        case = approvals.open_case(actor=self.actor, version_id=version_id, **asked)
        return self._answer(case.pk, status=201)

    @extend_schema(operation_id="read_case", responses=reading(forms.CaseSerializer))
    def retrieve(self, _request: Request, pk: UUID) -> Response:
        """One case with its evidence, steps, decisions and conditions."""
        return self._answer(pk)

    @extend_schema(
        operation_id="submit_case", request=None, responses=writing(forms.CaseSerializer, 200)
    )
    def submit(self, _request: Request, pk: UUID) -> Response:
        """Hand a draft to its reviewers."""
        return self._answer(approvals.submit_case(actor=self.actor, case_id=pk).pk)

    @extend_schema(
        operation_id="withdraw_case",
        request=forms.WithdrawSerializer,
        responses=writing(forms.CaseSerializer, 200),
    )
    def withdraw(self, request: Request, pk: UUID) -> Response:
        """Take back an open case."""
        asked = _asked(forms.WithdrawSerializer, request.data)
        return self._answer(approvals.withdraw_case(actor=self.actor, case_id=pk, **asked).pk)

    @extend_schema(operation_id="read_statement", responses=reading(forms.StatementSerializer))
    def statement(self, _request: Request, pk: UUID) -> Response:
        """The statement that a decision at the open step is taken on, for the person asking."""
        case = _whole(self.actor, pk)
        presented = statements.present(case, self.actor.id)
        if presented is None:
            raise Missing("no-open-step", "No step of this case is open; there is nothing to sign.")
        body = {
            "step": presented.step.pk,
            "digest": presented.digest,
            "statement": presented.statement,
        }
        return Response(body, headers={"ETag": etag_of(presented.digest)})

    def _answer(self, pk: UUID, status: int = 200) -> Response:
        case = _whole(self.actor, pk)
        body = case_body(case)
        spoken = len(body["decisions"])
        etag = etag_of(case.pk, case.state, spoken, case.run_id)
        return Response(body, status=status, headers={"ETag": etag})


class DecisionView(GovernedView):
    @extend_schema(
        operation_id="decide_case",
        parameters=[_IF_MATCH],
        request=forms.DecideSerializer,
        responses=writing(forms.DecisionSerializer) | _UNNAMED,
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Say something at the open step: signed in, with the password; tokens are refused."""
        case = _whole(self.actor, pk)
        if self.actor.is_token:
            raise NotPermitted("person-needed", "A person signed in says this, never a token.")
        asked = _asked(forms.DecideSerializer, request.data)
        presented = statements.present(case, self.actor.id)
        if presented is None:
            raise Conflict("no-open-step", "No step of this case is open.")
        _require_named(request, asked["statement"])
        decision = approvals.decide_step(
            actor=self.actor,
            step_id=presented.step.pk,
            words=_words(asked),
            seen=asked["statement"],
            proof=prove(request._request, self.actor, asked["password"]),  # noqa: SLF001
        )
        return Response(_decision(decision), status=201)


class ConditionViewSet(GovernedViewSet):
    @extend_schema(
        operation_id="list_conditions",
        parameters=[forms.ConditionQuery],
        responses=reading(page_of(forms.ConditionSerializer)),
    )
    def list(self, request: Request) -> Response:
        """Conditions of cases, the soonest due first."""
        asked = _asked(forms.ConditionQuery, request.query_params)
        rows = Condition.objects.visible_to(self.actor)
        if "state" in asked:
            rows = rows.filter(state=asked["state"])
        if "due_by" in asked:
            rows = rows.filter(due_on__lte=asked["due_by"])
        page = keyset_page(
            rows,
            order=("due_on", "id"),
            size=asked.get("limit", 50),
            cursor=asked.get("cursor"),
            fields=CONDITION_FIELDS,
        )
        return _paged(page, condition_row)

    @extend_schema(
        operation_id="meet_condition",
        request=forms.MeetSerializer,
        responses=writing(forms.ConditionSerializer, 200),
    )
    def meet(self, request: Request, pk: UUID) -> Response:
        """Declare a condition met: a reviewer who is not its owner, signed in."""
        asked = _asked(forms.MeetSerializer, request.data)
        approvals.meet_condition(actor=self.actor, condition_id=pk, **asked)
        return Response(condition_row(Condition.objects.values(*CONDITION_FIELDS).get(pk=pk)))


class GateView(GovernedView):
    @extend_schema(operation_id="ask_gate", responses=reading(forms.GateAnswerSerializer))
    def get(self, _request: Request, version_id: UUID, action: str) -> Response:
        """Whether a version may pass: ``approve-use`` by its evidence, ``use`` by its approval."""
        version = ModelVersion.objects.select_related("model__use_case", "artifact")
        found = version.get_visible(self.actor, version_id)
        return Response(answers.answer(ApprovalCase.objects.all(), found, action, timezone.now()))


def _require_named(request: Request, statement: dict[str, Any]) -> None:
    if "If-Match" not in request.headers:
        told = "Name the digest of the statement that you read in If-Match."
        raise DomainError("if-match-needed", told, status=_PRECONDITION_REQUIRED)
    if request.headers["If-Match"].strip() == "*":
        raise Moved("statement-unnamed", "Name the statement's digest; any other is not enough.")
    require_match(request, etag_of(seen_digest(statement)))


def _words(asked: dict[str, Any]) -> Words:
    conditions = tuple(
        NewCondition(text=one["text"], owner_id=one["owner"], due_on=one["due_on"])
        for one in asked.get("conditions", [])
    )
    return Words(Choice(asked["choice"]), asked["reason"], asked["override"], conditions)


def _decision(decision: Decision) -> dict[str, Any]:
    rows = Decision.objects.filter(pk=decision.pk)
    return decision_row(rows.values("step_id", "person_id", *DECISION_FIELDS).get())
