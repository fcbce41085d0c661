"""Appending to the ledger, and what the database refuses."""

import io
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.db.utils import DatabaseError

from governance.kernel.actor import system_actor
from governance.ledger import commands as ledger
from governance.ledger import proofs, reading, rules
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


@pytest.mark.django_db
def test_an_entry_follows_the_one_before_it() -> None:
    first, second = append(n=1), append(n=2)
    assert second.seq == first.seq + 1
    assert second.prev_hash == first.entry_hash
    assert second.ts >= first.ts
    assert proofs.head_position() == (second.seq, second.entry_hash)
    assert verify_ledger().whole


@pytest.mark.django_db(transaction=True)
def test_appending_outside_a_transaction_is_refused() -> None:
    with pytest.raises(ledger.OutsideTransaction):
        ledger.append(actor=system_actor(), kind="tests.thing.done", subject=SUBJECT, body={})
    assert not Entry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_event_goes_when_its_transaction_is_rolled_back() -> None:
    append(n=1)
    with transaction.atomic():
        ledger.append(actor=system_actor(), kind="tests.thing.done", subject=SUBJECT, body={})
        transaction.set_rollback(True)
    assert Entry.objects.count() == 1
    assert verify_ledger().whole


@pytest.mark.django_db(transaction=True)
def test_eight_writers_at_once_leave_one_chain_without_gaps() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one writer in at a time by itself")

    def work(number: int) -> None:
        for step in range(10):
            append(writer=number, step=step)
        connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    found = verify_ledger()
    assert found.whole
    assert found.entries == 80


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        lambda: Entry.objects.filter(seq=1).update(kind="tests.thing.undone"),
        lambda: Entry.objects.filter(seq=1)._raw_delete("default"),
        lambda: Body.objects.update(data={"n": 2}),
        lambda: Body.objects.filter(entry_id=1)._raw_delete("default"),
        lambda: Head.objects.update(size=0),
        lambda: Head.objects.all()._raw_delete("default"),
    ],
)
def test_the_database_refuses_to_change_the_ledger(change) -> None:
    append(n=1)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        change()
    assert verify_ledger().entries == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", ["ledger_entry", "ledger_body", "ledger_head"])
def test_the_database_refuses_to_empty_the_ledger(table) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE; DELETE is refused")
    append(n=1)
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"TRUNCATE {table} CASCADE")


@pytest.mark.django_db
def test_sqlite_cannot_replace_an_entry() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("INSERT OR REPLACE is SQLite's own")
    append(n=1)
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("INSERT OR REPLACE INTO ledger_entry SELECT * FROM ledger_entry")


TAMPERINGS = {
    "kind": lambda: Entry.objects.filter(seq=3).update(kind="tests.thing.undone"),
    "actor": lambda: Entry.objects.filter(seq=3).update(actor_id=uuid.uuid4()),
    "role": lambda: Entry.objects.filter(seq=3).update(actor_role="administrator"),
    "subject": lambda: Entry.objects.filter(seq=3).update(subject_id=uuid.uuid4()),
    "bytes": lambda: Entry.objects.filter(seq=3).update(preimage=b"{}"),
    "hash": lambda: Entry.objects.filter(seq=3).update(entry_hash="f" * 64),
    "body": lambda: Body.objects.filter(entry_id=3).update(canonical=b'{"n":99}'),
    "queryable body": lambda: Body.objects.filter(entry_id=3).update(data={"n": 99}),
    "salt": lambda: Body.objects.filter(entry_id=3).update(salt=b"0" * 16),
    "missing body": lambda: Body.objects.filter(entry_id=3)._raw_delete("default"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", TAMPERINGS)
def test_whoever_gets_past_the_triggers_is_found_and_the_entry_named(name) -> None:
    for n in range(5):
        append(n=n)
    remove(connection)
    TAMPERINGS[name]()
    install(connection)
    assert verify_ledger().bad_seq == 3


@pytest.mark.django_db
def test_a_cut_off_end_is_found() -> None:
    for n in range(5):
        append(n=n)
    remove(connection)
    Body.objects.filter(entry_id=5)._raw_delete("default")
    Entry.objects.filter(seq=5)._raw_delete("default")
    install(connection)
    found = verify_ledger()
    assert found.bad_seq == 5
    assert "cut off" in found.reason


@pytest.mark.django_db
def test_the_command_line_says_how_many_entries_hold_and_which_does_not() -> None:
    append(n=1)
    append(n=2)
    out, err = io.StringIO(), io.StringIO()
    call_command("verify_ledger", stdout=out, stderr=err)
    assert "2 entries" in out.getvalue()
    remove(connection)
    TAMPERINGS["kind"]()
    Entry.objects.filter(seq=2).update(kind="tests.thing.undone")
    with pytest.raises(SystemExit) as ended:
        call_command("verify_ledger", stdout=out, stderr=err)
    assert ended.value.code == 1
    assert "entry 2" in err.getvalue()


@pytest.mark.django_db
def test_a_proof_can_be_followed_from_body_to_root_without_us() -> None:
    entries = [append(n=n) for n in range(6)]
    at = proofs.position()
    proof = proofs.prove([entries[1].seq, entries[4].seq], at)
    assert len(proof["entries"]) == 2
    for one in proof["entries"]:
        said = rules.body_digest(bytes.fromhex(one["salt"]), one["body"].encode())
        assert f'"body_digest":"{said}"' in one["preimage"]
        leaf = rules.entry_hash(one["preimage"].encode())
        reached = rules.root_from_path(leaf, one["seq"] - 1, proof["size"], one["path"])
        assert reached == at.root == proof["root"]


@pytest.mark.django_db
def test_a_cursor_sees_each_event_once_and_in_order() -> None:
    for n in range(5):
        append(n=n)
    kinds = ["tests.thing.done"]
    first = reading.events_after(0, kinds, 3)
    rest = reading.events_after(first[-1].seq, kinds, 10)
    assert [e.body["n"] for e in (*first, *rest)] == [0, 1, 2, 3, 4]
    assert reading.events_after(0, ["other"], 10) == ()
