"""The API's shapes of reports."""

from rest_framework import serializers

from governance.kernel.ids import public_id
from reports.documents.kinds import ReportKind, ReportState


class ReportRequest(serializers.Serializer[object]):
    case = serializers.UUIDField(help_text="A decided case.")


class CostReportRequest(serializers.Serializer[object]):
    month = serializers.RegexField(r"^\d{4}-(0[1-9]|1[0-2])$", help_text="YYYY-MM, published.")
    currency = serializers.RegexField(r"^[A-Z]{3}$")
    team = serializers.UUIDField(
        required=False, allow_null=True, help_text="Left out: the whole organisation."
    )


class RecallRequest(serializers.Serializer[object]):
    reason = serializers.CharField(max_length=2000)


class ReportRow(serializers.Serializer[object]):
    id = serializers.UUIDField()
    public_id = serializers.SerializerMethodField()
    kind = serializers.ChoiceField(choices=ReportKind.choices)
    title = serializers.CharField()
    state = serializers.ChoiceField(choices=ReportState.choices)
    case = serializers.UUIDField(
        source="case_id", allow_null=True, help_text="Of a validation report."
    )
    cost_run = serializers.UUIDField(
        source="cost_run_id", allow_null=True, help_text="Of a cost report."
    )
    content_digest = serializers.CharField(
        help_text="SHA-256 of evidence.json; empty until frozen."
    )
    digest = serializers.CharField(help_text="SHA-256 of the sealed file; empty until issued.")
    size = serializers.IntegerField(allow_null=True)
    pages = serializers.IntegerField(allow_null=True)
    requested_at = serializers.DateTimeField()
    signed_at = serializers.DateTimeField(allow_null=True)

    def get_public_id(self, row: object) -> str:
        number = row["number"] if isinstance(row, dict) else row.number  # type: ignore[attr-defined]
        return public_id("RPT", number)


class ReportDetail(ReportRow):
    short_code = serializers.CharField()
    progress = serializers.CharField()
    failure = serializers.CharField()
    as_of = serializers.DateTimeField(allow_null=True)
    ledger_size = serializers.IntegerField(allow_null=True)
    ledger_root = serializers.CharField()
    issued_seq = serializers.IntegerField(allow_null=True)
    superseded_by = serializers.UUIDField(source="superseded_by_id", allow_null=True)
    recalled_reason = serializers.CharField()


class ReportPage(serializers.Serializer[object]):
    items = ReportRow(many=True)
    next = serializers.CharField(allow_null=True)


class VerifyRequest(serializers.Serializer[object]):
    file = serializers.FileField()


class VerifyCheck(serializers.Serializer[object]):
    name = serializers.CharField()
    title = serializers.CharField()
    passed = serializers.BooleanField(allow_null=True)
    why = serializers.CharField()


class VerifyAnswer(serializers.Serializer[object]):
    answer = serializers.ChoiceField(
        choices=[
            "authentic-current",
            "superseded",
            "recalled",
            "altered",
            "not-ours",
            "key-revoked",
            "cannot-verify",
        ]
    )
    headline = serializers.CharField()
    detail = serializers.CharField()
    where = serializers.ListField(child=serializers.CharField())
    development_key = serializers.BooleanField()
    report = serializers.CharField(allow_null=True)
    sha256 = serializers.CharField()
    signed_at = serializers.CharField(allow_null=True)
    signer = serializers.CharField(allow_null=True)
    checks = VerifyCheck(many=True)


class DigestStanding(serializers.Serializer[object]):
    """What the ledger says of a file with this SHA-256, without the file."""

    sha256 = serializers.CharField()
    issued = serializers.BooleanField()
    state = serializers.CharField(allow_null=True)
    report = serializers.CharField(allow_null=True)
    superseded_by = serializers.CharField(allow_null=True)
    reason = serializers.CharField(allow_null=True)
