"""Versions, what they are made of, and where they run."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from audits.engine.plan import ColumnKind, Task
from governance.kernel.rest.schema import PageQuery
from inventory.catalog import kinds
from inventory.catalog.serializers.fields import (
    PersonSerializer,
    PlainObjectField,
    TeamSerializer,
    TextField,
    UploadField,
)

_Body = serializers.Serializer[Any]


class ColumnSerializer(_Body):
    """One feature: its bounds (numbers) or allowed values (categories) are what quality checks."""

    name = serializers.CharField(max_length=200)
    kind = serializers.ChoiceField([(kind.value, kind.value) for kind in ColumnKind])
    required = serializers.BooleanField(required=False)  # type: ignore[assignment]
    minimum = serializers.FloatField(required=False, allow_null=True)
    maximum = serializers.FloatField(required=False, allow_null=True)
    allowed = serializers.ListField(child=serializers.CharField(), required=False)


class SignatureSerializer(_Body):
    """What a version takes and gives."""

    task = serializers.ChoiceField([(task.value, task.value) for task in Task])
    features = ColumnSerializer(many=True)
    target = serializers.CharField(max_length=200)
    positive_label = serializers.CharField(required=False, allow_null=True)
    threshold = serializers.FloatField(required=False)
    protected = serializers.ListField(child=serializers.CharField(), required=False)
    favourable = serializers.BooleanField(required=False)


@extend_schema_field(SignatureSerializer)
class SignatureField(serializers.JSONField):
    """Checked by the command, which names each wrong field."""


class ArtifactCreate(_Body):
    team = serializers.SlugField(max_length=50)
    file = UploadField()
    sha256 = serializers.CharField(required=False, max_length=64)


class ArtifactSerializer(_Body):
    id = serializers.UUIDField()
    team = TeamSerializer()
    digest = serializers.CharField()
    format = serializers.ChoiceField(kinds.ArtifactFormat.choices)
    size = serializers.IntegerField()
    file_name = serializers.CharField(allow_blank=True)
    inspection = serializers.ChoiceField(kinds.Inspection.choices)
    inspection_note = serializers.CharField(allow_blank=True)
    facts = serializers.DictField()
    created_at = serializers.DateTimeField()


class DatasetVersionCreate(_Body):
    dataset = serializers.UUIDField()
    role = serializers.ChoiceField(kinds.DataRole.choices)
    file = UploadField()
    sha256 = serializers.CharField(required=False, max_length=64)
    window_start = serializers.DateField(required=False, allow_null=True)
    window_end = serializers.DateField(required=False, allow_null=True)


class DatasetVersionSerializer(_Body):
    id = serializers.UUIDField()
    dataset = serializers.UUIDField()
    number = serializers.IntegerField()
    role = serializers.ChoiceField(kinds.DataRole.choices)
    digest = serializers.CharField()
    format = serializers.ChoiceField(kinds.DataFormat.choices)
    size = serializers.IntegerField()
    file_name = serializers.CharField(allow_blank=True)
    window_start = serializers.DateField(allow_null=True)
    window_end = serializers.DateField(allow_null=True)
    inspection = serializers.ChoiceField(kinds.Inspection.choices)
    inspection_note = serializers.CharField(allow_blank=True)
    rows = serializers.IntegerField(allow_null=True)
    columns = serializers.ListField(child=serializers.DictField())
    created_at = serializers.DateTimeField()


class EnvironmentCreate(_Body):
    """``lock`` is the text of a requirements file, every line pinned with ==."""

    team = serializers.SlugField(max_length=50)
    name = serializers.CharField(max_length=200)
    lock = TextField(max_length=2_000_000)
    python = serializers.CharField(required=False, allow_blank=True, max_length=40)
    os = serializers.CharField(required=False, allow_blank=True, max_length=100)
    image_digest = serializers.CharField(required=False, allow_blank=True, max_length=100)


class EnvironmentSerializer(_Body):
    id = serializers.UUIDField()
    team = TeamSerializer()
    name = serializers.CharField()
    python = serializers.CharField(allow_blank=True)
    os = serializers.CharField(allow_blank=True)
    lock_digest = serializers.CharField()
    image_digest = serializers.CharField(allow_blank=True)
    packages = serializers.ListField(child=serializers.DictField())
    created_at = serializers.DateTimeField()


class VersionCreate(_Body):
    model = serializers.UUIDField()
    artifact = serializers.UUIDField()
    signature = SignatureField()
    change_type = serializers.ChoiceField(kinds.ChangeType.choices)
    training_data = serializers.UUIDField(required=False, allow_null=True)
    environment = serializers.UUIDField(required=False, allow_null=True)
    predecessor = serializers.UUIDField(required=False, allow_null=True)
    change_note = TextField(required=False, allow_blank=True)
    code_reference = serializers.CharField(required=False, allow_blank=True, max_length=500)
    parameters = PlainObjectField(required=False)
    reported_metrics = PlainObjectField(required=False)


class VersionSerializer(_Body):
    id = serializers.UUIDField()
    model = serializers.UUIDField()
    model_public_id = serializers.CharField()
    number = serializers.IntegerField()
    artifact = serializers.UUIDField()
    artifact_digest = serializers.CharField()
    inspection = serializers.ChoiceField(kinds.Inspection.choices)
    training_data = serializers.UUIDField(allow_null=True)
    environment = serializers.UUIDField(allow_null=True)
    predecessor = serializers.UUIDField(allow_null=True)
    change_type = serializers.ChoiceField(kinds.ChangeType.choices)
    change_note = serializers.CharField(allow_blank=True)
    code_reference = serializers.CharField(allow_blank=True)
    parameters = serializers.DictField()
    reported_metrics = serializers.DictField()
    signature = SignatureSerializer()
    created_by = PersonSerializer()
    created_at = serializers.DateTimeField()


class VersionDetailSerializer(VersionSerializer):
    content_digest = serializers.CharField()


class DeploymentCreate(_Body):
    version = serializers.UUIDField()
    target = serializers.CharField(max_length=200)
    valid_from = serializers.DateTimeField()
    traffic_share = serializers.DecimalField(
        max_digits=5, decimal_places=2, required=False, min_value=Decimal(0), max_value=Decimal(100)
    )
    consumers = TextField(required=False, allow_blank=True)
    rollback_target = serializers.UUIDField(required=False, allow_null=True)
    fallback = TextField(required=False, allow_blank=True)
    human_oversight = TextField(required=False, allow_blank=True)


class DeploymentEnd(_Body):
    ended_at = serializers.DateTimeField()


class DeploymentSerializer(_Body):
    id = serializers.UUIDField()
    version = serializers.UUIDField()
    target = serializers.CharField()
    traffic_share = serializers.DecimalField(max_digits=5, decimal_places=2)
    consumers = serializers.CharField(allow_blank=True)
    rollback_target = serializers.UUIDField(allow_null=True)
    fallback = serializers.CharField(allow_blank=True)
    human_oversight = serializers.CharField(allow_blank=True)
    valid_from = serializers.DateTimeField()
    valid_to = serializers.DateTimeField(allow_null=True)
    recorded_from = serializers.DateTimeField()
    recorded_to = serializers.DateTimeField(allow_null=True)


class VersionQuery(PageQuery):
    model = serializers.UUIDField(required=False)


class ArtifactQuery(PageQuery):
    team = serializers.SlugField(required=False, max_length=50)
    digest = serializers.CharField(required=False, max_length=64)


class DatasetVersionQuery(PageQuery):
    dataset = serializers.UUIDField(required=False)
    digest = serializers.CharField(required=False, max_length=64)


class DeploymentQuery(PageQuery):
    """``current`` true leaves out rows that were closed or have ended."""

    version = serializers.UUIDField(required=False)
    model = serializers.UUIDField(required=False)
    current = serializers.BooleanField(required=False)
