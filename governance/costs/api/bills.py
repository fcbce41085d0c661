"""Bills over REST: sources, delivered files and what became of each."""

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.access.reauthentication import prove
from governance.costs import commands as costs
from governance.costs.models import CostLine, CostSource, ImportBatch, PartTotal, RejectedRow
from governance.costs.models.bills import LINE_BITS
from governance.costs.querysets.replacing import again, replaced_by
from governance.costs.serializers import bills as forms
from governance.kernel import money
from governance.kernel.errors import RuleBroken
from governance.kernel.rest.paging import DEFAULT_SIZE, keyset_page
from governance.kernel.rest.schema import PageQuery, page_of, reading, writing
from inventory.catalog.api.base import CatalogViewSet, Given, one, shown
from inventory.catalog.serializers.rows import Reading, Shown


class SourceViewSet(CatalogViewSet):
    @extend_schema(
        operation_id="list_cost_sources",
        parameters=[PageQuery],
        responses=reading(page_of(forms.SourceSerializer)),
    )
    def list(self, _request: Request) -> Response:
        """Where bills come from."""
        query = self.asked(PageQuery)
        return Response(self.page(CostSource.objects.visible_to(self.actor), forms.SOURCE, query))

    @extend_schema(
        operation_id="create_cost_source",
        request=forms.SourceWrite,
        responses=writing(forms.SourceSerializer),
    )
    def create(self, _request: Request) -> Response:
        fields = source_fields(self.given(forms.SourceWrite))
        row = costs.create_source(actor=self.actor, fields=fields)
        return self._answer(row.pk, 201)

    @extend_schema(operation_id="read_cost_source", responses=reading(forms.SourceSerializer))
    def retrieve(self, _request: Request, pk: uuid.UUID) -> Response:
        return self._answer(pk)

    @extend_schema(
        operation_id="replace_cost_source",
        request=forms.SourceWrite,
        responses=writing(forms.SourceSerializer, 200),
    )
    def update(self, _request: Request, pk: uuid.UUID) -> Response:
        """Change a source's terms; they hold for what is read from now on."""
        fields = source_fields(self.given(forms.SourceWrite))
        costs.edit_source(actor=self.actor, source_id=pk, fields=fields)
        return self._answer(pk)

    def _answer(self, pk: uuid.UUID, status: int = 200) -> Response:
        return shown(one(CostSource.objects.visible_to(self.actor), forms.SOURCE, pk), status)


class BatchViewSet(CatalogViewSet):
    @extend_schema(
        operation_id="list_cost_batches",
        parameters=[forms.BatchQuery],
        responses=reading(page_of(forms.BatchSerializer)),
    )
    def list(self, _request: Request) -> Response:
        """Delivered files, the newest first."""
        query = self.asked(forms.BatchQuery)
        found = ImportBatch.objects.visible_to(self.actor).narrowed(query)
        return Response(self.page(found, forms.BATCH, query))

    @extend_schema(
        operation_id="send_cost_batch",
        request={"multipart/form-data": forms.BatchCreate},
        responses=writing(forms.BatchDetailSerializer),
    )
    def create(self, _request: Request) -> Response:
        """Send a bill; a worker reads it. 200: these bytes came before, as the batch shown."""
        values = self.given(forms.BatchCreate)
        received = costs.receive_batch(
            actor=self.actor,
            source_id=values["source"],
            upload=values["file"],
            sha256=values.get("sha256"),
            delivery=values.get("delivery", ""),
            focus=values.get("focus", ""),
        )
        return self._answer(received.row.pk, 201 if received.fresh else 200)

    @extend_schema(operation_id="read_cost_batch", responses=reading(forms.BatchDetailSerializer))
    def retrieve(self, _request: Request, pk: uuid.UUID) -> Response:
        """One batch: checks, control totals, what was refused and what it moved."""
        return self._answer(pk)

    @extend_schema(
        operation_id="accept_cost_batch",
        request=forms.AcceptWrite,
        responses=writing(forms.BatchDetailSerializer),
    )
    def accept(self, request: Request, pk: uuid.UUID) -> Response:
        """Have a held batch taken in spite of what was found: signed in, not by its sender."""
        values = self.given(forms.AcceptWrite)
        proof = prove(request._request, self.actor, values["password"])  # noqa: SLF001
        costs.accept_batch(actor=self.actor, batch_id=pk, reason=values["reason"], proof=proof)
        return self._answer(pk, 201)

    @extend_schema(
        operation_id="order_cost_batch_dates",
        request=forms.DatesWrite,
        responses=writing(forms.BatchDetailSerializer),
    )
    def dates(self, _request: Request, pk: uuid.UUID) -> Response:
        """Answer ``date-order-needed``: how the source writes dates with slashes."""
        order = self.given(forms.DatesWrite)["order"]
        costs.order_dates(actor=self.actor, batch_id=pk, order=order)
        return self._answer(pk, 201)

    @extend_schema(
        operation_id="refuse_cost_batch",
        request=forms.ReasonWrite,
        responses=writing(forms.BatchDetailSerializer),
    )
    def refuse(self, _request: Request, pk: uuid.UUID) -> Response:
        reason = self.given(forms.ReasonWrite)["reason"]
        costs.refuse_batch(actor=self.actor, batch_id=pk, reason=reason)
        return self._answer(pk, 201)

    @extend_schema(
        operation_id="read_cost_batch_again",
        request=None,
        responses=writing(forms.BatchDetailSerializer),
    )
    def reread(self, _request: Request, pk: uuid.UUID) -> Response:
        """Read a held or refused file again, under its source's terms of today."""
        costs.reread_batch(actor=self.actor, batch_id=pk)
        return self._answer(pk, 201)

    @extend_schema(
        operation_id="repeat_cost_batch",
        request=forms.ReasonWrite,
        responses=writing(forms.BatchDetailSerializer),
    )
    def repeat(self, _request: Request, pk: uuid.UUID) -> Response:
        """Make a superseded batch current again; the answer is the new batch of its bytes."""
        reason = self.given(forms.ReasonWrite)["reason"]
        row = costs.repeat_batch(actor=self.actor, batch_id=pk, reason=reason)
        return self._answer(row.pk, 201)

    @extend_schema(
        operation_id="list_cost_batch_rejected",
        parameters=[PageQuery],
        responses=reading(page_of(forms.RejectedSerializer)),
    )
    def rejected(self, _request: Request, pk: uuid.UUID) -> Response:
        """The rows that were not taken, as they stood in the file."""
        batch = ImportBatch.objects.get_visible(self.actor, pk)
        rows = RejectedRow.objects.filter(batch=batch)
        return Response(self._by(("line_no",), rows, forms.REJECTED))

    @extend_schema(
        operation_id="list_cost_batch_lines",
        parameters=[PageQuery],
        responses=reading(page_of(forms.LineSerializer)),
    )
    def lines(self, _request: Request, pk: uuid.UUID) -> Response:
        """The rows that were taken, in the file's order."""
        batch = ImportBatch.objects.get_visible(self.actor, pk)
        first = batch.first_line_id
        rows = CostLine.objects.visible_to(self.actor).filter(
            pk__gte=first, pk__lt=first + (1 << LINE_BITS), part__accepted_at__isnull=False
        )
        return Response(self._by(("id",), rows, forms.LINE))

    def _by(self, order: tuple[str, ...], rows: Any, shape: Reading) -> Given:
        query = self.asked(PageQuery)
        size, cursor = query.get("limit", DEFAULT_SIZE), query.get("cursor")
        found = keyset_page(rows, order=order, size=size, cursor=cursor, fields=shape.fields)
        return {"items": [shape.shape(row) for row in found.items], "next": found.next_cursor}

    def _answer(self, pk: uuid.UUID, status: int = 200) -> Response:
        row = one(ImportBatch.objects.visible_to(self.actor), forms.BATCH, pk)
        batch = ImportBatch.objects.get(pk=pk)
        more = {"totals": _totals(pk), "findings": batch.findings, "facts": batch.facts}
        return shown(row | more | _replacing(batch), status)


def source_fields(values: Given) -> costs.SourceFields:
    """Return the fields that a body names; raises ``RuleBroken`` for a floor that is no number."""
    try:
        floor, _ = money.from_text(values.pop("floor", "0"))
    except ValueError as error:
        message = "The floor is a number such as 10 or 2.50."
        raise RuleBroken("bad-value", message, errors={"floor": [message]}) from error
    return costs.SourceFields(floor=floor, owner_id=values.pop("owner", None), **values)


def _replacing(batch: ImportBatch) -> Shown:
    moved = [
        (m.period, m.currency, money.to_text(m.before), money.to_text(m.after))
        for m in again(batch)
    ]
    names = ("period", "currency", "before", "after")
    return {
        "replaced": [{"id": one.pk, "public_id": one.public_id} for one in replaced_by(batch)],
        "again": [dict(zip(names, each, strict=True)) for each in moved],
    }


def _totals(pk: uuid.UUID) -> list[Shown]:
    rows = PartTotal.objects.filter(part__batch=pk).select_related("part__period")
    return [
        {
            "issuer": total.part.period.issuer,
            "month": total.part.period.month,
            "currency": total.currency,
            "rows": total.rows,
            "billed": money.to_text(total.billed),
            "effective": money.to_text(total.effective),
            "listed": money.text_or_none(total.listed),
            "contracted": money.text_or_none(total.contracted),
            "superseded_by": total.part.superseded_by_id,
        }
        for total in rows.order_by("part__period__start", "part__period__issuer", "currency")
    ]
