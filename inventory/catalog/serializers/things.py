"""Use cases, models and datasets."""

from typing import Any

from rest_framework import serializers

from governance.kernel.rest.schema import PageQuery
from inventory.catalog import kinds
from inventory.catalog.serializers.fields import (
    PersonSerializer,
    PlainObjectField,
    TeamSerializer,
    TextField,
    words_field,
)

_Body = serializers.Serializer[Any]


class UseCaseWrite(_Body):
    """Every field that can be changed; creation needs ``team`` besides."""

    name = serializers.CharField(max_length=200)
    decision = TextField()
    autonomy = serializers.ChoiceField(kinds.Autonomy.choices)
    exposure = serializers.ChoiceField(kinds.Exposure.choices)
    purpose = serializers.ChoiceField(kinds.Purpose.choices)
    reach = serializers.ChoiceField(kinds.Reach.choices)
    affected_persons = TextField(required=False, allow_blank=True)
    personal_data = serializers.BooleanField(required=False)
    jurisdictions = words_field()
    regimes = words_field()
    sponsor = serializers.UUIDField(required=False, allow_null=True)


class UseCaseCreate(UseCaseWrite):
    team = serializers.SlugField(max_length=50)


class UseCaseSerializer(_Body):
    id = serializers.UUIDField()
    public_id = serializers.CharField()
    revision = serializers.IntegerField()
    team = TeamSerializer()
    name = serializers.CharField()
    decision = serializers.CharField(allow_blank=True)
    autonomy = serializers.ChoiceField(kinds.Autonomy.choices)
    exposure = serializers.ChoiceField(kinds.Exposure.choices)
    purpose = serializers.ChoiceField(kinds.Purpose.choices)
    reach = serializers.ChoiceField(kinds.Reach.choices)
    affected_persons = serializers.CharField(allow_blank=True)
    personal_data = serializers.BooleanField()
    jurisdictions = serializers.ListField(child=serializers.CharField())
    regimes = serializers.ListField(child=serializers.CharField())
    sponsor = PersonSerializer(allow_null=True)
    created_at = serializers.DateTimeField()


class ModelWrite(_Body):
    """Every field that can be changed; registration needs ``team`` besides."""

    name = serializers.CharField(max_length=200)
    use_case = serializers.UUIDField()
    kind = serializers.ChoiceField(kinds.ModelClass.choices)
    complexity = serializers.ChoiceField(kinds.Complexity.choices)
    intended_use = TextField()
    prohibited_uses = TextField(required=False, allow_blank=True)
    boundaries = TextField(required=False, allow_blank=True)
    limitations = TextField(required=False, allow_blank=True)
    external_ids = PlainObjectField(required=False)
    owner = serializers.UUIDField(required=False)


class ModelCreate(ModelWrite):
    team = serializers.SlugField(max_length=50)


class ModelRetire(_Body):
    reason = TextField(help_text="Part of the record for good.")


class ModelSerializer(_Body):
    id = serializers.UUIDField()
    public_id = serializers.CharField()
    revision = serializers.IntegerField()
    team = TeamSerializer()
    owner = PersonSerializer()
    name = serializers.CharField()
    use_case = serializers.UUIDField()
    use_case_name = serializers.CharField()
    kind = serializers.ChoiceField(kinds.ModelClass.choices)
    complexity = serializers.ChoiceField(kinds.Complexity.choices)
    intended_use = serializers.CharField(allow_blank=True)
    prohibited_uses = serializers.CharField(allow_blank=True)
    boundaries = serializers.CharField(allow_blank=True)
    limitations = serializers.CharField(allow_blank=True)
    external_ids = serializers.DictField()
    created_at = serializers.DateTimeField()
    retired_at = serializers.DateTimeField(allow_null=True)
    versions = serializers.IntegerField()
    latest_version = serializers.IntegerField(allow_null=True)


class DatasetCreate(_Body):
    team = serializers.SlugField(max_length=50)
    name = serializers.CharField(max_length=200)
    sensitivity = serializers.ChoiceField(kinds.Sensitivity.choices)
    description = TextField(required=False, allow_blank=True)
    licence = serializers.CharField(required=False, allow_blank=True, max_length=200)
    source = serializers.CharField(  # type: ignore[assignment]
        required=False, allow_blank=True, max_length=500
    )
    known_gaps = TextField(required=False, allow_blank=True)
    owner = serializers.UUIDField(required=False)


class DatasetSerializer(_Body):
    id = serializers.UUIDField()
    public_id = serializers.CharField()
    team = TeamSerializer()
    owner = PersonSerializer()
    name = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    sensitivity = serializers.ChoiceField(kinds.Sensitivity.choices)
    licence = serializers.CharField(allow_blank=True)
    source = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    known_gaps = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()


class TeamQuery(PageQuery):
    team = serializers.SlugField(required=False, max_length=50)
    q = serializers.CharField(required=False, max_length=200)


class ModelQuery(TeamQuery):
    kind = serializers.ChoiceField(kinds.ModelClass.choices, required=False)
    use_case = serializers.UUIDField(required=False)
    owner = serializers.UUIDField(required=False)
