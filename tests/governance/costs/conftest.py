"""A month ready to be shared out: people, pools, rules and a bill; and the order of locks."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.transaction import Atomic

from governance.access.models import User
from governance.costs import commands as costs
from governance.costs import models
from governance.kernel.actor import system_actor
from tests.factories import access
from tests.factories import costs as bills


@pytest.fixture
def manager() -> User:
    return access.person("manager")


@pytest.fixture
def other() -> User:
    return access.person("finance_attester")


@pytest.fixture
def pool(manager: User) -> str:
    costs.ensure_targets(actor=system_actor())
    for slug in ("gpu", "a", "b", "c"):
        costs.create_pool(actor=access.actor(manager), slug=slug, name=slug.upper())
    return "pool/gpu"


@pytest.fixture
def rules(manager: User, other: User, pool: str) -> models.RuleSet:
    """Two thirds and a bit of the cluster to pools a, b and c; ``r-2`` to a; the rest to nobody."""
    parts = [{"target": f"pool/{name}"} for name in "abc"]
    return bills.in_force(
        manager,
        other,
        {
            "priority": 1,
            "matcher": {"field": "service", "is": "Cluster"},
            "method": "direct",
            "targets": [{"target": pool}],
        },
        {
            "priority": 2,
            "matcher": {"field": "resource", "is": "r-2"},
            "method": "direct",
            "targets": [{"target": "pool/a"}],
        },
        {
            "priority": 3,
            "phase": "shared",
            "method": "even",
            "targets": parts,
            "options": {"pool": pool},
        },
    )


@pytest.fixture
def bill(manager: User) -> models.ImportBatch:
    return bills.cluster_bill(manager, "10.00")


class _Locks:
    """Follows the SQL of each command: rows and numbers first, the ledger last."""

    _ROWS = re.compile(r"FOR (NO KEY )?UPDATE|^UPDATE \"ledger_counter\"")

    def __init__(self) -> None:
        self.holds_ledger = False

    def __call__(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if "ledger_head" in sql and "FOR UPDATE" in sql:
            self.holds_ledger = True
        elif self.holds_ledger and self._ROWS.search(sql):
            pytest.fail(f"A row is locked after the ledger: {sql[:300]}")
        return execute(sql, *rest)


@pytest.fixture(autouse=True)
def rows_before_the_ledger(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two that lock in two orders wait for each other: see "One shape of writing"."""
    locks, leave = _Locks(), Atomic.__exit__

    def left(self: Atomic, *about: Any) -> None:
        if self.durable:
            locks.holds_ledger = False
        leave(self, *about)

    monkeypatch.setattr(Atomic, "__exit__", left)
    with connection.execute_wrapper(locks):
        yield
