"""One entry held against its own bytes and its neighbours, whatever the length of the ledger."""

import uuid

import pytest
from django.db import connection, transaction

from governance.kernel.actor import system_actor
from governance.ledger import commands as ledger
from governance.ledger import rules
from governance.ledger.kinds import Subject
from governance.ledger.models import Body, Entry
from governance.ledger.proofs import check_entry
from governance.ledger.triggers import install, remove
from governance.ledger.verification import _facts

pytestmark = pytest.mark.embedded  # each database keeps the ledger by triggers of its own
SUBJECT = Subject("tests.thing", uuid.UUID(int=1))


@pytest.fixture(autouse=True)
def entries(db):
    for n in range(1, 6):
        with transaction.atomic():
            ledger.append(
                actor=system_actor(), kind="tests.thing.done", subject=SUBJECT, body={"n": n}
            )


@pytest.fixture
def bare():
    """The ledger without its triggers: in the hands of whoever owns the database."""
    remove(connection)
    yield
    install(connection)


@pytest.mark.parametrize("seq", [1, 3, 5])
def test_every_untouched_entry_holds(seq) -> None:
    assert check_entry(seq)[0]


def test_entry_that_is_not_there_does_not_hold() -> None:
    assert check_entry(6) == (False, "The ledger has no entry 6.")


@pytest.mark.parametrize("seq", [1, 3, 5])
def test_entry_rewritten_with_hashes_of_its_own_does_not_hold(bare, seq) -> None:
    body = rules.body_bytes({"n": 99})
    Body.objects.filter(pk=seq).update(canonical=body, data={"n": 99})
    entry = Entry.objects.get(pk=seq)
    salt = bytes(Body.objects.get(pk=seq).salt)
    entry.body_digest = rules.body_digest(salt, body)
    entry.preimage = _facts(entry).preimage()
    entry.entry_hash = rules.entry_hash(entry.preimage)
    entry.save()
    assert not check_entry(seq)[0]


@pytest.mark.parametrize(
    "column", [{"kind": "tests.thing.undone"}, {"subject_id": uuid.UUID(int=2)}]
)
def test_entry_whose_columns_say_something_else_does_not_hold(bare, column) -> None:
    Entry.objects.filter(pk=3).update(**column)
    assert not check_entry(3)[0]


def test_entry_whose_queryable_body_says_something_else_does_not_hold(bare) -> None:
    Body.objects.filter(pk=3).update(data={"n": 99})
    assert not check_entry(3)[0]


def test_entry_whose_predecessor_or_successor_is_gone_does_not_hold(bare) -> None:
    Body.objects.filter(pk__in=[2, 4]).delete()
    Entry.objects.filter(pk__in=[2, 4]).delete()
    assert not check_entry(1)[0]
    assert not check_entry(3)[0]


def test_entry_without_its_body_does_not_hold(bare) -> None:
    Body.objects.filter(pk=3).delete()
    assert not check_entry(3)[0]


def test_checking_reads_three_entries_of_a_ledger_of_any_length(django_assert_num_queries) -> None:
    with django_assert_num_queries(2):
        assert check_entry(3)[0]
