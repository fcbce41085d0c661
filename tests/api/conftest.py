"""What the tests of the API as a whole share: its schema, and a world to ask about."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from pytest_django import DjangoDbBlocker

from tests.api.world import World, build


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    """The OpenAPI description that ``/api/v1/schema/`` hands out."""
    described = SchemaGenerator().get_schema(request=None, public=True)
    return dict(json.loads(OpenApiJsonRenderer().render(described)))


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """Built once for a module of read-mostly tests, inside a transaction that is rolled back."""
    with django_db_blocker.unblock():
        around = transaction.atomic()
        around._from_testcase = True
        around.__enter__()
        try:
            yield build()
        finally:
            transaction.set_rollback(True)
            around.__exit__(None, None, None)
