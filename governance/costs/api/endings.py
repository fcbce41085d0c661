"""Work that ended, what it cost and what was learnt, over REST."""

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.costs import commands as costs
from governance.costs.models import WorkEnding
from governance.costs.querysets.failed import failed_work
from governance.costs.rules.subjects import Subject
from governance.costs.serializers import endings as forms
from governance.kernel.rest.schema import page_of, reading, writing
from inventory.catalog.api.base import CatalogViewSet, one, shown


class FailedViewSet(CatalogViewSet):
    @extend_schema(
        operation_id="read_failed_work",
        parameters=[forms.FailedQuery],
        responses=reading(forms.FailedSerializer),
    )
    def retrieve(self, _request: Request) -> Response:
        """What was spent on work that ended before use, the most money first."""
        query = self.asked(forms.FailedQuery)
        found = failed_work(self.actor, query.pop("start"), query.pop("end"), query)
        return Response(forms.failed_body(found))


class EndingViewSet(CatalogViewSet):
    @extend_schema(
        operation_id="list_work_endings",
        parameters=[forms.EndingQuery],
        responses=reading(page_of(forms.EndingSerializer)),
    )
    def list(self, _request: Request) -> Response:
        """Work that ended, the newest first; what was taken up again too."""
        query = self.asked(forms.EndingQuery)
        found = WorkEnding.objects.narrowed(query).visible_to(self.actor)
        return Response(self.page(found, forms.ENDING, query))

    @extend_schema(
        operation_id="stop_work",
        request=forms.WorkStop,
        responses=writing(forms.EndingSerializer),
    )
    def create(self, _request: Request) -> Response:
        """Stop a use case or a version, with a reason."""
        values = self.given(forms.WorkStop)
        subject = Subject(
            use_case_id=values.pop("use_case", None), version_id=values.pop("version", None)
        )
        row = costs.stop_work(actor=self.actor, subject=subject, **values)
        return self._answer(row.pk, 201)

    @extend_schema(operation_id="read_work_ending", responses=reading(forms.EndingSerializer))
    def retrieve(self, _request: Request, pk: uuid.UUID) -> Response:
        return self._answer(pk)

    @extend_schema(
        operation_id="record_lesson",
        request=forms.LessonWrite,
        responses=writing(forms.EndingSerializer),
    )
    def lesson(self, _request: Request, pk: uuid.UUID) -> Response:
        """Write down what was learnt."""
        costs.record_lesson(actor=self.actor, ending_id=pk, **self.given(forms.LessonWrite))
        return self._answer(pk, 201)

    @extend_schema(
        operation_id="resume_work",
        request=forms.WorkResume,
        responses=writing(forms.EndingSerializer),
    )
    def resume(self, _request: Request, pk: uuid.UUID) -> Response:
        """Take up again what people stopped."""
        costs.resume_work(actor=self.actor, ending_id=pk, **self.given(forms.WorkResume))
        return self._answer(pk, 201)

    def _answer(self, pk: uuid.UUID, status: int = 200) -> Response:
        return shown(one(WorkEnding.objects.visible_to(self.actor), forms.ENDING, pk), status)
