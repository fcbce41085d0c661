"""The API keeps its own description: fuzzed over WSGI with the tokens and sessions of many roles.

Each example is undone by a savepoint, so that examples do not depend on each other.
"""

import re
import zlib
from collections import Counter
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, settings
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from governance.wsgi import application
from tests.api.world import World, place_of

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("api-schema")]

PREFIX = "/api/v1/"
PUBLIC = "/api/v1/reports/verify/"  # GET asks by digest, POST examines a file
# Frozen content, a sealed file and shared-out lines take a worker: the journeys have one.
UNREACHED = {
    "GET /api/v1/reports/{id}/evidence/",
    "GET /api/v1/reports/{id}/file/",
    "GET /api/v1/costs/export/focus-1.3/{id}/file/",
    "GET /api/v1/costs/runs/{id}/charges/{number}/lines/",
}
CASES = 3000
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
QUIET = {"deadline": None, "suppress_health_check": list(HealthCheck), "database": None}
PHASES = (Phase.explicit, Phase.generate)


@pytest.fixture(scope="module")
def api(described: dict[str, Any], world: World) -> Iterator[Any]:
    """Requests share the test's transaction, so none of them may close its connection."""
    schema = schemathesis.openapi.from_dict(described)
    schema.app = application
    for ends in (request_started, request_finished):
        ends.disconnect(close_old_connections)
    yield schema
    for ends in (request_started, request_finished):
        ends.connect(close_old_connections)


lazy = schemathesis.pytest.from_fixture("api")


ASKED: Counter[str] = Counter()
ANSWERS: Counter[tuple[str, int]] = Counter()


def ask(case: Any, world: World) -> None:
    """Send ``case`` as one of the callers, with real ids in most of its places."""
    label = case.operation.label
    seed = f"{ASKED[label]}{case.path_parameters}{case.query}{case.body}"
    ASKED[label] += 1
    place = place_of(case.path.removeprefix(PREFIX))
    for given in (case.path_parameters, case.query, case.body):
        if isinstance(given, dict):
            _fill(given, place, seed, world)
    point = transaction.savepoint()
    try:
        answer = case.call(**world.caller(seed).sent())
        ANSWERS[label, answer.status_code] += 1
        case.validate_response(answer, checks=CHECKS)
    finally:
        transaction.savepoint_rollback(point)
        transaction.savepoint_commit(point)  # or each example would nest in the one before


def _fill(given: dict[str, Any], place: str, seed: str, world: World) -> None:
    for name in given:
        known = world.thing(name, place, seed)
        if known is not None and zlib.crc32(f"{name}{seed}".encode()) % 4:
            given[name] = known


def test_the_description_is_valid_openapi_3_1(described) -> None:
    assert described["openapi"].startswith("3.1")
    assert [str(error) for error in OpenAPIV31SpecValidator(described).iter_errors()] == []


@lazy.parametrize()
@settings(max_examples=15, derandomize=True, phases=PHASES, **QUIET)
def test_every_answer_is_as_described(case, world) -> None:
    ask(case, world)


@pytest.mark.campaign
@lazy.parametrize()
@settings(max_examples=400, phases=PHASES, **QUIET)
def test_every_answer_is_as_described_at_length(case, world) -> None:
    ask(case, world)


def test_the_fuzzing_reached_what_lies_behind_every_reading_operation(described) -> None:
    reading = {f"GET {path}" for path, item in described["paths"].items() if "get" in item}
    found = {label for label, status in ANSWERS if status == HTTPStatus.OK}
    assert reading - found - UNREACHED == set()
    assert ANSWERS.total() >= CASES


@pytest.mark.django_db
def test_nobody_gets_anything_without_signing_in(client, described, world) -> None:
    for path, item in described["paths"].items():
        for method in item.keys() & {"get", "post", "patch", "delete"}:
            names = re.findall(r"{(\w+)}", path)
            place = place_of(path.removeprefix(PREFIX))
            values = {name: world.thing(name, place, "any") for name in names}
            answer = client.generic(method.upper(), path.format(**values))
            expected = 400 if path == PUBLIC else 401
            assert answer.status_code == expected, (method, path)
            assert answer.headers["Content-Type"] == "application/problem+json"
