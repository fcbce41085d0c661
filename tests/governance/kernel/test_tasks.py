"""Sending work when the broker is away."""

import pytest
from celery import current_app
from django.db import transaction

from governance.access.kinds import Role
from governance.access.models import ApiToken
from governance.kernel.tasks import enqueue
from tests.factories import access as make


@pytest.fixture
def no_broker(monkeypatch):
    monkeypatch.setattr(current_app.conf, "broker_url", "redis://127.0.0.1:1/0")
    monkeypatch.setattr(current_app.conf, "broker_write_url", "redis://127.0.0.1:1/0")
    monkeypatch.setattr(current_app.amqp, "_producer_pool", None)
    monkeypatch.setattr(current_app, "_pool", None)


@pytest.mark.django_db(transaction=True)
def test_a_write_succeeds_when_its_task_cannot_be_sent(no_broker) -> None:
    with transaction.atomic():
        enqueue("governance.flows.advance")


@pytest.mark.django_db(transaction=True)
def test_a_request_succeeds_without_a_broker_and_once(no_broker, client) -> None:
    user = make.person(Role.DEVELOPER)
    make.signed_in(client, user)
    for _ in range(2):
        answer = client.post(
            "/api/v1/tokens/",
            {"label": "ci", "scopes": ["read"]},
            content_type="application/json",
        )
        assert answer.status_code == 201
    assert ApiToken.objects.count() == 2
