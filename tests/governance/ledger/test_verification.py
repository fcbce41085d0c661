"""Recomputing the ledger while others write, and copies that only look the same."""

import threading
import uuid

import pytest
from django.db import connection, connections, transaction
from django.db.utils import DatabaseError, IntegrityError

from governance.kernel.actor import system_actor
from governance.ledger import commands as ledger
from governance.ledger import verification
from governance.ledger.kinds import Subject
from governance.ledger.models import Body, Entry, Head
from governance.ledger.triggers import install, remove
from governance.ledger.verification import verify_ledger

pytestmark = pytest.mark.embedded  # each database keeps the ledger by triggers of its own
SUBJECT = Subject("tests.thing", uuid.UUID(int=1))


def append(**body) -> Entry:
    with transaction.atomic():
        return ledger.append(
            actor=system_actor(), kind="tests.thing.done", subject=SUBJECT, body=body
        )


@pytest.mark.django_db(transaction=True)
def test_healthy_ledger_is_whole_while_somebody_writes(monkeypatch) -> None:
    """A writer commits between the reading of the head and the reading of the entries."""
    for n in range(3):
        append(n=n)
    plain = verification._pairs

    def write() -> None:
        append(n=3)
        connections.close_all()

    def meanwhile(*given):
        writer = threading.Thread(target=write)
        writer.start()
        writer.join(30)
        assert not writer.is_alive(), "the verification kept a writer waiting"
        return plain(*given)

    monkeypatch.setattr(verification, "_pairs", meanwhile)
    found = verify_ledger()
    assert (found.whole, found.entries, found.reason) == (True, 3, "")
    monkeypatch.undo()
    assert verify_ledger().entries == 4


@pytest.mark.django_db
def test_entry_beyond_the_head_is_found() -> None:
    first = append(n=1)
    Entry.objects.create(
        seq=2,
        ts=first.ts,
        actor_id=first.actor_id,
        actor_role="",
        kind="tests.thing.done",
        subject_type="tests.thing",
        subject_id=SUBJECT.id,
        body_digest="0" * 64,
        prev_hash=first.entry_hash,
        entry_hash="1" * 64,
        preimage=b"{}",
    )
    assert verify_ledger().bad_seq == 2


@pytest.mark.django_db
@pytest.mark.parametrize("copy", [True, 1.0, "1"])
@pytest.mark.parametrize("wrap", [lambda v: {"n": v}, lambda v: {"n": [{"m": v}]}])
def test_copy_of_another_type_is_found(copy, wrap) -> None:
    append(**wrap(1))
    remove(connection)
    Body.objects.update(data=wrap(copy))
    install(connection)
    assert verify_ledger().bad_seq == 1


@pytest.mark.django_db
def test_numbers_of_every_size_are_the_same_when_read_back() -> None:
    append(small=1e-7, whole=5.0, large=1e22, negative=-1e22, exact=2**53 - 1, share=0.1)
    assert verify_ledger().whole


@pytest.mark.django_db
def test_database_refuses_a_second_head() -> None:
    head = append(n=1)
    with pytest.raises((IntegrityError, DatabaseError)), transaction.atomic():
        Head.objects.create(pk=2, size=0, hash=head.entry_hash, ts=head.ts)
    assert Head.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", ["ledger_entry", "ledger_body", "ledger_head"])
def test_sqlite_refuses_to_replace_a_row_without_the_pragma(table) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("INSERT OR REPLACE is SQLite's own")
    append(n=1)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA recursive_triggers=OFF")
        try:
            with pytest.raises(DatabaseError, match="append-only"):
                cursor.execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")  # noqa: S608
        finally:
            cursor.execute("PRAGMA recursive_triggers=ON")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("ledger_entry", "actor_id = 'nobody'"),
        ("ledger_entry", "subject_id = 'nothing'"),
        ("ledger_entry", "ts = 'yesterday'"),
        ("ledger_entry", "kind = 5"),
        ("ledger_entry", "preimage = 'text'"),
        ("ledger_entry", "entry_hash = x'00ff'"),
        ("ledger_body", "canonical = 'text'"),
        ("ledger_body", "salt = 'text'"),
    ],
)
def test_values_of_no_kind_in_the_data_file_are_found_where_they_stand(table, change) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL keeps the types of its columns")
    for n in range(3):
        append(n=n)
    remove(connection)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {change} WHERE rowid = 2")  # noqa: S608
    found = verify_ledger()
    assert (found.bad_seq, found.entries) == (2, 1)
    install(connection)


@pytest.mark.django_db(transaction=True)
def test_ledger_is_not_held_outside_a_transaction() -> None:
    with pytest.raises(ledger.OutsideTransaction):
        ledger.hold()
