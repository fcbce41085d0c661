"""Targets as the API takes and gives them."""

from typing import Any

from rest_framework import serializers

from governance.costs import kinds
from governance.costs.rules.targets import LONGEST_ALIAS, MOST_ALIASES
from governance.costs.serializers.facets import TargetFacets
from inventory.catalog.serializers.rows import Reading, Shown

_Body = serializers.Serializer[Any]
_STATES = ("in_use", "retired")


class TargetQuery(TargetFacets):
    kind = serializers.ChoiceField(kinds.TargetKind.choices, required=False)
    state = serializers.ChoiceField(_STATES, required=False)
    q = serializers.CharField(max_length=200, required=False, help_text="Part of a name or key.")


class PoolCreate(_Body):
    slug = serializers.CharField(max_length=60, help_text="The key becomes pool/<slug>.")
    name = serializers.CharField(max_length=300)
    owner = serializers.UUIDField(required=False, help_text="The caller, unless named.")


class TargetWrite(_Body):
    name = serializers.CharField(max_length=300, required=False, help_text="Of a pool only.")
    owner = serializers.UUIDField(required=False, allow_null=True)
    aliases = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_ALIAS),
        max_length=MOST_ALIASES,
        required=False,
        help_text="What tags call it, compared without case.",
    )


class TargetRetire(_Body):
    on = serializers.DateField(help_text="From this day on charges go elsewhere.")
    successor = serializers.CharField(
        max_length=200, required=False, allow_blank=True, help_text="The key of another target."
    )


class TargetSerializer(_Body):
    id = serializers.UUIDField()
    key = serializers.CharField(help_text="Stable, e.g. MDL-00042/v3/serve or pool/gpu.")
    kind = serializers.ChoiceField(kinds.TargetKind.choices)
    name = serializers.CharField()
    aliases = serializers.ListField(child=serializers.CharField())
    team = serializers.CharField(allow_null=True, help_text="Its slug.")
    use_case = serializers.UUIDField(allow_null=True)
    model = serializers.UUIDField(allow_null=True)
    version = serializers.UUIDField(allow_null=True)
    phase = serializers.ChoiceField([*kinds.Phase.choices, ("", "")])
    owner = serializers.UUIDField(allow_null=True)
    retired_on = serializers.DateField(allow_null=True)
    successor = serializers.CharField(allow_null=True, help_text="Its key.")


_PLAIN = ("id", "key", "kind", "name", "aliases", "phase", "retired_on")
_NAMED = {
    "team": "team__slug",
    "use_case": "use_case_id",
    "model": "model_id",
    "version": "version_id",
    "owner": "owner_id",
    "successor": "successor__key",
}


def _target(row: Shown) -> Shown:
    plain = {name: row[name] for name in _PLAIN}
    return plain | {name: row[path] for name, path in _NAMED.items()}


TARGET = Reading((*_PLAIN, *_NAMED.values()), _target)
