"""The site on a port, its people, and a browser for each of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser

from governance.access.kinds import Role
from governance.access.models import Team, User
from tests.factories import access, policies
from tests.journeys.visitor import Visitor


@dataclass(frozen=True)
class Cast:
    """Four people of one team, and the policy in force."""

    team: Team
    developer: User
    validator: User
    officer: User
    auditor: User


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    policies.default_policy()
    team = access.team("lending")
    return Cast(
        team,
        access.person(Role.MODEL_OWNER, Role.DEVELOPER, team=team, name="Dana Brandt"),
        access.person(Role.VALIDATOR, team=team, name="Viktor Lund"),
        access.person(Role.RISK_OFFICER, team=team, name="Rosa Marin"),
        access.person(Role.AUDITOR, name="Avery Stone"),
    )


@pytest.fixture
def visitor(browser: Browser, live_server: Any) -> Iterator[Callable[..., Visitor]]:
    """Make visitors; in the end none of them may have met a fault or a barrier."""
    came: list[Visitor] = []

    def come(**options: Any) -> Visitor:
        came.append(Visitor(browser, live_server.url, **options))
        return came[-1]

    yield come
    for one in came:
        one.leave()
