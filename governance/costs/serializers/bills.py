"""Sources, batches, lines and rates as the API takes and gives them. Amounts are text."""

from typing import Any

from rest_framework import serializers

from governance.costs import kinds
from governance.costs.commands.receiving import VERSIONS
from governance.costs.models.bills import LINE_BITS
from governance.costs.rules.entries import ENTRY_KINDS, MOST_ENTRIES
from governance.costs.serializers.facets import MonthField
from governance.kernel.ids import public_id
from governance.kernel.money import text_or_none, to_text
from governance.kernel.rest.schema import PageQuery
from inventory.catalog.serializers.rows import Reading, Shown

_Body = serializers.Serializer[Any]
_LONG = 400


class SourceWrite(_Body):
    name = serializers.CharField(max_length=100)
    kind = serializers.ChoiceField(kinds.SourceKind.choices, default=kinds.SourceKind.FOCUS_FILE)
    issuer = serializers.CharField(
        max_length=200, required=False, allow_blank=True, help_text="Where a file names nobody."
    )
    delivery = serializers.ChoiceField(kinds.Delivery.choices, default=kinds.Delivery.REPLACE)
    date_order = serializers.ChoiceField(
        kinds.DateOrder.choices, required=False, allow_blank=True, help_text="Of dates with slashes"
    )
    settlement_days = serializers.IntegerField(min_value=0, max_value=90, default=3)
    floor = serializers.CharField(
        max_length=60, default="0", help_text="Money of a refused row that stops a batch."
    )
    owner = serializers.UUIDField(required=False, help_text="The caller, unless named.")


class SourceSerializer(_Body):
    id = serializers.UUIDField()
    revision = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(kinds.SourceKind.choices)
    issuer = serializers.CharField()
    delivery = serializers.ChoiceField(kinds.Delivery.choices)
    date_order = serializers.CharField()
    settlement_days = serializers.IntegerField()
    floor = serializers.CharField()
    owner = serializers.UUIDField()


class BatchQuery(PageQuery):
    source = serializers.UUIDField(required=False)  # type: ignore[assignment]
    state = serializers.ChoiceField(kinds.BatchState.choices, required=False)
    period = MonthField(required=False, help_text="A billing month that it speaks of, 2026-01.")
    q = serializers.CharField(max_length=200, required=False, help_text="A number or file name.")


class BatchCreate(_Body):
    source = serializers.UUIDField()  # type: ignore[assignment]
    file = serializers.FileField(help_text="FOCUS as CSV (any separator), CSV.gz or Parquet.")
    sha256 = serializers.CharField(max_length=100, required=False)
    delivery = serializers.ChoiceField(kinds.Delivery.choices, required=False)
    focus = serializers.ChoiceField(VERSIONS[1:], required=False)


class ReasonWrite(_Body):
    reason = serializers.CharField(max_length=20_000)


class DatesWrite(_Body):
    order = serializers.ChoiceField(
        [("dmy", "Day first"), ("mdy", "Month first")], help_text="Of dates with slashes."
    )


class AcceptWrite(ReasonWrite):
    password = serializers.CharField(max_length=4096, trim_whitespace=False)


class BatchSerializer(_Body):
    id = serializers.UUIDField()
    public_id = serializers.CharField(help_text="As people quote it, e.g. BAT-00042.")
    source = serializers.UUIDField()  # type: ignore[assignment]
    file_name = serializers.CharField()
    digest = serializers.CharField()
    size = serializers.IntegerField()
    delivery = serializers.ChoiceField(kinds.Delivery.choices)
    focus_declared = serializers.CharField(allow_blank=True)
    focus_detected = serializers.CharField(allow_blank=True)
    state = serializers.ChoiceField(kinds.BatchState.choices)
    rows_read = serializers.IntegerField()
    rows_accepted = serializers.IntegerField()
    rows_rejected = serializers.IntegerField()
    residual = serializers.CharField(
        allow_blank=True, help_text="What rounding to 18 decimals took from the billed cost."
    )
    reason = serializers.CharField(allow_blank=True, help_text="Why it waits or was refused.")
    answer = serializers.CharField(allow_blank=True)
    progress = serializers.CharField(allow_blank=True)
    received_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    again_of = serializers.UUIDField(allow_null=True)


class TotalSerializer(_Body):
    issuer = serializers.CharField()
    month = serializers.CharField()
    currency = serializers.CharField()
    rows = serializers.IntegerField()
    billed = serializers.CharField()
    effective = serializers.CharField()
    listed = serializers.CharField(allow_null=True, help_text="Null: no line was delivered one.")
    contracted = serializers.CharField(allow_null=True)
    superseded_by = serializers.UUIDField(allow_null=True)


class ReplacedSerializer(_Body):
    id = serializers.UUIDField()
    public_id = serializers.CharField()


class MovementSerializer(_Body):
    period = serializers.CharField()
    currency = serializers.CharField()
    before = serializers.CharField(help_text="Billed, by what speaks today.")
    after = serializers.CharField(help_text="Billed, by this batch.")


class BatchDetailSerializer(BatchSerializer):
    totals = TotalSerializer(many=True)
    replaced = ReplacedSerializer(many=True)
    again = MovementSerializer(
        many=True, help_text="Of a superseded batch: what making it current again would change."
    )
    findings = serializers.JSONField(help_text="code, count, first_line, message")
    facts = serializers.JSONField(help_text="What was detected, refused money, movements.")


class RejectedSerializer(_Body):
    line_no = serializers.IntegerField()
    codes = serializers.ListField(child=serializers.CharField())
    message = serializers.CharField()
    raw = serializers.CharField()
    billed = serializers.CharField(allow_null=True)
    currency = serializers.CharField(allow_blank=True)


class LineSerializer(_Body):
    id = serializers.CharField(help_text="Stable: the batch's number and the place in the file.")
    line_no = serializers.IntegerField()
    month = serializers.CharField()
    charge_start = serializers.DateTimeField()
    charge_end = serializers.DateTimeField()
    currency = serializers.CharField()
    billed = serializers.CharField()
    effective = serializers.CharField()
    category = serializers.CharField()
    service = serializers.CharField(allow_blank=True)
    sku = serializers.CharField(allow_blank=True)
    resource = serializers.CharField(allow_blank=True)
    sub_account = serializers.CharField(allow_blank=True)
    invoice = serializers.CharField(allow_blank=True)
    tags = serializers.JSONField()
    corrects = serializers.CharField(
        allow_null=True, help_text="The id of the line that it takes back, where exactly one fits."
    )


class EntryRow(_Body):
    """Plain text, so that each bad row is named with its reason."""

    target = serializers.CharField(max_length=200, help_text="A target's key.")
    kind = serializers.ChoiceField(list(ENTRY_KINDS), default="other")
    start = serializers.CharField(max_length=_LONG, help_text="2026-01-01")
    end = serializers.CharField(
        max_length=_LONG, required=False, allow_blank=True, help_text="The last day."
    )
    currency = serializers.CharField(max_length=_LONG)
    amount = serializers.CharField(max_length=_LONG, required=False, allow_blank=True)
    hours = serializers.CharField(max_length=_LONG, required=False, allow_blank=True)
    rate = serializers.CharField(max_length=_LONG, required=False, allow_blank=True)
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class EntriesCreate(_Body):
    rows = EntryRow(many=True, max_length=MOST_ENTRIES)  # type: ignore[call-arg]


class RateQuery(PageQuery):
    base = serializers.CharField(max_length=3, required=False)
    target = serializers.CharField(max_length=3, required=False)
    day_from = serializers.DateField(required=False)
    day_to = serializers.DateField(required=False)


class RateRow(_Body):
    day = serializers.DateField()
    base = serializers.CharField(max_length=3)
    target = serializers.CharField(max_length=3)
    rate = serializers.CharField(max_length=60, help_text="Of target for one of base.")
    origin = serializers.CharField(max_length=200, help_text="Who publishes it.")


class RatesCreate(_Body):
    rates = RateRow(many=True, max_length=5000)  # type: ignore[call-arg]


class RateSerializer(RateRow):
    id = serializers.UUIDField()
    recorded_at = serializers.DateTimeField()


class RatesRecorded(_Body):
    recorded = serializers.IntegerField(help_text="Rows that are new.")


_SOURCE = ("id", "revision", "name", "kind", "issuer", "delivery", "date_order", "settlement_days")
_BATCH = (
    *("id", "file_name", "digest", "size", "delivery", "focus_declared", "focus_detected"),
    *("state", "rows_read", "rows_accepted", "rows_rejected", "residual", "reason", "answer"),
    *("progress", "received_at", "decided_at"),
)
_LINE = ("category", "service", "sku", "resource", "sub_account", "invoice", "tags", "currency")
_RATE = ("id", "day", "base", "target", "origin", "recorded_at")


def _source(row: Shown) -> Shown:
    plain = {name: row[name] for name in _SOURCE}
    return plain | {"floor": to_text(row["floor"]), "owner": row["owner_id"]}


def _batch(row: Shown) -> Shown:
    plain = {name: row[name] for name in _BATCH}
    number = public_id("BAT", row["number"])
    return plain | {
        "public_id": number,
        "source": row["source_id"],
        "again_of": row["again_of_id"],
    }


def _rejected(row: Shown) -> Shown:
    billed = text_or_none(row["billed"])
    return {**row, "billed": billed}


def _line(row: Shown) -> Shown:
    return {
        "id": str(row["id"]),
        "line_no": row["id"] & ((1 << LINE_BITS) - 1),
        "month": f"{row['part__period__start']:%Y-%m}",
        "charge_start": row["charge_start"],
        "charge_end": row["charge_end"],
        "billed": to_text(row["billed"]),
        "effective": to_text(row["effective"]),
        "corrects": None if row["corrects"] is None else str(row["corrects"]),
        **{name: row[f"slice__{name}"] for name in _LINE},
    }


def _rate(row: Shown) -> Shown:
    return {name: row[name] for name in _RATE} | {"rate": to_text(row["rate"])}


SOURCE = Reading((*_SOURCE, "floor", "owner_id"), _source)
BATCH = Reading((*_BATCH, "number", "source_id", "again_of_id"), _batch)
REJECTED = Reading(("line_no", "codes", "message", "raw", "billed", "currency"), _rejected)
LINE = Reading(
    (
        *("id", "part__period__start", "charge_start", "charge_end", "billed", "effective"),
        "corrects",
        *(f"slice__{name}" for name in _LINE),
    ),
    _line,
)
RATE = Reading((*_RATE, "rate"), _rate)
