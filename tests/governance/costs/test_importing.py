"""A bill from the file to what counts: exact, whole, once, and never into a closed period."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from governance.access.models import User
from governance.costs import commands as costs
from governance.costs import importing, models
from governance.costs.kinds import BatchState, PeriodState
from governance.costs.rules.months import next_month
from governance.kernel import money
from governance.kernel.actor import system_actor
from governance.kernel.amounts import ExactSum
from governance.kernel.errors import Conflict, NotPermitted, RuleBroken
from governance.kernel.money import UNIT
from governance.ledger.models import Entry
from governance.portal.demo.bill import BillPlan, write_bill
from tests.factories import access
from tests.factories import costs as bills

pytestmark = pytest.mark.django_db(transaction=True)
Person = Callable[[], User]


@pytest.fixture
def sender() -> User:
    return access.person("manager")


@pytest.fixture
def other() -> User:
    return access.person("finance_attester")


@pytest.fixture
def source(sender: User) -> models.CostSource:
    return bills.source(sender)


def spoken() -> dict[str, int]:
    """What the lines of all speaking parts sum to, by month, billed."""
    parts = models.BatchPart.objects.current()
    rows = models.CostLine.objects.filter(part__in=parts).order_by()
    sums = rows.values("part__period__start").annotate(billed=ExactSum("billed"))
    return {f"{row['part__period__start']:%Y-%m}": row["billed"] for row in sums}


def entries() -> int:
    return Entry.objects.count()


@pytest.mark.embedded
def test_a_dirty_bill_counts_to_the_last_unit(
    sender: User, source: models.CostSource, tmp_path: Path
) -> None:
    bill = write_bill(BillPlan(rows=3000, months=2), tmp_path / "bill.csv")
    batch = bills.imported(sender, source, bill.path.read_bytes())
    assert (batch.state, batch.reason) == (BatchState.ACCEPTED, "")
    assert (batch.rows_read, batch.rows_accepted, batch.rows_rejected) == (3000, 3000, 0)
    assert spoken() == {f"{day:%Y-%m}": told[1] for day, told in bill.totals.items()}
    lines = models.CostLine.objects.filter(part__batch=batch)
    assert lines.aggregate(e=ExactSum("effective"))["e"] == sum(t[2] for t in bill.totals.values())
    assert {finding["code"] for finding in batch.findings} >= {
        "null-text",
        "no-time-zone",
        "symbol-in-amount",
        "other-spelling",
        "unknown-columns",
    }


@pytest.mark.parametrize("kind", ["csv.gz", "parquet"])
def test_packed_and_columnar_files_are_read_alike(
    kind: str, sender: User, source: models.CostSource, tmp_path: Path
) -> None:
    bill = write_bill(BillPlan(rows=400), tmp_path / f"bill.{kind}")
    batch = bills.imported(sender, source, bill.path.read_bytes())
    assert batch.rows_accepted == 400
    assert list(spoken().values()) == [told[1] for told in bill.totals.values()]


def test_the_same_bytes_again_write_nothing(sender: User, source: models.CostSource) -> None:
    content = bills.focus_csv({})
    first = bills.imported(sender, source, content)
    before = entries()
    again = costs.receive_batch(
        actor=access.actor(sender), source_id=source.pk, upload=_upload(content)
    )
    assert (again.row, again.fresh, entries()) == (first, False, before)


def test_a_replacement_silences_what_it_replaces(sender: User, source: models.CostSource) -> None:
    first = bills.imported(sender, source, bills.focus_csv({"BilledCost": "10"}))
    second = bills.imported(sender, source, bills.focus_csv({"BilledCost": "12"}))
    first.refresh_from_db()
    assert (first.state, second.state) == (BatchState.SUPERSEDED, BatchState.ACCEPTED)
    assert spoken() == {"2026-01": 12 * UNIT}
    moved = second.facts["movements"]
    assert [(move["before"], move["after"]) for move in moved] == [("10", "12")]


@pytest.mark.parametrize("rows", [(), ({"BilledCost": "n/a"},)])
def test_a_file_without_a_row_to_take_replaces_nothing_and_says_so(
    sender: User, source: models.CostSource, rows: tuple[dict[str, str], ...]
) -> None:
    bills.imported(sender, source, bills.focus_csv({"BilledCost": "10"}))
    head = bills.focus_csv({}).splitlines(keepends=True)[0]
    batch = bills.imported(sender, source, bills.focus_csv(*rows) if rows else head)
    assert batch.state == BatchState.REFUSED
    assert batch.reason.endswith("So it replaces nothing: what was delivered before stays.")
    assert spoken() == {"2026-01": 10 * UNIT}


def test_nobody_bills_the_month_after_next(sender: User, source: models.CostSource) -> None:
    start = next_month(next_month(timezone.localdate()))
    far = {"BillingPeriodStart": f"{start}", "BillingPeriodEnd": f"{next_month(start)}"}
    batch = bills.imported(sender, source, bills.focus_csv({}, far))
    assert batch.rejected.get().codes == ["future-period"]
    costs.ensure_targets(actor=system_actor())
    before = (entries(), models.ImportBatch.objects.count())
    entry = {"target": "organisation", "start": f"{start}", "currency": "USD", "amount": "5"}
    with pytest.raises(RuleBroken, match="later than next month"):
        costs.record_entries(actor=access.actor(sender), rows=[entry])
    assert (entries(), models.ImportBatch.objects.count()) == before


@pytest.mark.parametrize("pieces", [("abcd",), ("ab", "cd"), ("cd", "ab"), ("d", "b", "ca")])
def test_any_split_and_any_order_of_files_gives_targets_the_same(
    manager: User, rules: models.RuleSet, pieces: tuple[str, ...]
) -> None:
    """Down to the units that are left over when a line is split."""
    lines = {
        "a": {"ServiceName": "Cluster", "BilledCost": "10"},
        "b": {"ServiceName": "Cluster", "BilledCost": "-0.000000000000000001"},
        "c": {"ResourceId": "r-2", "BilledCost": "5"},
        "d": {"ServiceName": "Cluster", "BilledCost": "0.000000000000000007"},
    }
    source = bills.source(manager, delivery="append")
    for piece in pieces:
        bills.imported(manager, source, bills.focus_csv(*(lines[name] for name in piece)))
    run = bills.allocated(manager)
    assert {row["target"]: row["billed"] for row in run.summary["targets"]} == {
        "pool/a": "8.333333333333333336",
        "pool/b": "3.333333333333333335",
        "pool/c": "3.333333333333333335",
    }


def test_an_older_file_that_is_read_late_does_not_replace_a_newer_one(
    sender: User, source: models.CostSource
) -> None:
    older = bills.received(sender, source, bills.focus_csv({"BilledCost": "10"}))
    bills.imported(sender, source, bills.focus_csv({"BilledCost": "12"}))
    late = importing.import_batch(older.pk)
    assert late is not None
    assert late.state == BatchState.SUPERSEDED
    assert spoken() == {"2026-01": 12 * UNIT}


def test_added_files_add_up(sender: User) -> None:
    source = bills.source(sender, delivery="append")
    for amount in ("1", "2", "-0.5"):
        bills.imported(sender, source, bills.focus_csv({"BilledCost": amount}))
    assert spoken() == {"2026-01": 5 * UNIT // 2}


def test_a_much_smaller_replacement_waits_for_somebody_else(
    sender: User, other: User, source: models.CostSource
) -> None:
    bills.imported(sender, source, bills.focus_csv({"BilledCost": "100"}))
    batch = bills.imported(sender, source, bills.focus_csv({"BilledCost": "20"}))
    assert batch.state == BatchState.HELD
    assert "This removes 80.00 USD" in batch.reason
    assert spoken() == {"2026-01": 100 * UNIT}
    with pytest.raises(RuleBroken, match="Somebody else"):
        costs.accept_batch(
            actor=access.actor(sender),
            proof=access.proof(sender),
            batch_id=batch.pk,
            reason="Credit came.",
        )
    costs.accept_batch(
        actor=access.actor(other),
        proof=access.proof(other),
        batch_id=batch.pk,
        reason="Credit came.",
    )
    done = importing.import_batch(batch.pk)
    assert done is not None
    assert done.state == BatchState.ACCEPTED
    assert spoken() == {"2026-01": 20 * UNIT}


def test_rows_that_nobody_can_take_hold_the_batch_and_are_told_one_by_one(
    sender: User, source: models.CostSource, tmp_path: Path
) -> None:
    bill = write_bill(BillPlan(rows=300, broken=5), tmp_path / "bill.csv")
    batch = bills.imported(sender, source, bill.path.read_bytes())
    assert batch.state == BatchState.HELD
    told = {row.codes[0]: row for row in batch.rejected.all()}
    assert set(told) == {
        "unreadable-amount",
        "ambiguous-number",
        "bad-currency",
        "unreadable-date",
        "ragged-row",
    }
    assert told["ragged-row"].raw == "left,over,cells"
    assert (told["ragged-row"].line_no, told["unreadable-amount"].line_no) == (306, 302)
    assert told["bad-currency"].billed == 25 * UNIT // 2


def test_a_closed_period_never_moves(sender: User, source: models.CostSource) -> None:
    bills.imported(sender, source, bills.focus_csv({"BilledCost": "10"}))
    models.BillingPeriod.objects.update(state=PeriodState.CLOSED)
    february = {
        "BillingPeriodStart": "2026-02-01T00:00:00Z",
        "BillingPeriodEnd": "2026-03-01T00:00:00Z",
        "BilledCost": "3",
    }
    batch = bills.imported(sender, source, bills.focus_csv({"BilledCost": "99"}, february))
    assert (batch.state, batch.rows_rejected) == (BatchState.ACCEPTED, 1)
    assert batch.rejected.get().codes == ["period-closed"]
    assert batch.facts["refused_money"] == [
        {"codes": "period-closed", "month": "2026-01", "currency": "USD", "rows": 1, "billed": "99"}
    ]
    assert spoken() == {"2026-01": 10 * UNIT, "2026-02": 3 * UNIT}


def test_a_period_that_closes_while_its_bill_is_read_stays_as_it_was(
    sender: User, source: models.CostSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    bills.imported(sender, source, bills.focus_csv({"BilledCost": "10"}))
    batch = bills.received(sender, source, bills.focus_csv({"BilledCost": "11"}))
    whole = costs.require_whole

    def closing(row: Any) -> None:
        whole(row)
        models.BillingPeriod.objects.update(state=PeriodState.CLOSED)

    monkeypatch.setattr(costs, "require_whole", closing)
    released = importing.import_batch(batch.pk)
    assert released is not None
    assert (released.state, released.attempt) == (BatchState.RECEIVED, 0)
    models.ImportBatch.objects.update(lease_until=None)
    done = importing.import_batch(batch.pk)
    assert done is not None
    assert done.state == BatchState.REFUSED
    assert "period-closed" in done.reason
    assert spoken() == {"2026-01": 10 * UNIT}


def test_a_superseded_batch_can_be_made_current_again(
    sender: User, source: models.CostSource
) -> None:
    first = bills.imported(sender, source, bills.focus_csv({"BilledCost": "10"}))
    bills.imported(sender, source, bills.focus_csv({"BilledCost": "12"}))
    actor = access.actor(sender)
    again = costs.repeat_batch(actor=actor, batch_id=first.pk, reason="The later file was wrong.")
    assert again.again_of_id == first.pk
    importing.import_batch(again.pk)
    assert spoken() == {"2026-01": 10 * UNIT}
    known = costs.receive_batch(
        actor=actor, source_id=source.pk, upload=_upload(bills.focus_csv({"BilledCost": "10"}))
    )
    assert (known.row.pk, known.fresh) == (first.pk, False)


def test_a_worker_that_died_leaves_nothing_to_see_and_the_next_starts_anew(
    sender: User, source: models.CostSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = bills.received(sender, source, bills.focus_csv({}, {"BilledCost": "2"}))

    def dying(_: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(costs, "require_whole", dying)
        with pytest.raises(SystemExit):
            importing.import_batch(batch.pk)
    assert models.CostLine.objects.count() == 2
    assert spoken() == {}
    assert importing.import_batch(batch.pk) is None
    models.ImportBatch.objects.update(lease_until="2026-01-01T00:00:00Z")
    done = importing.import_batch(batch.pk)
    assert done is not None
    assert (done.state, done.attempt) == (BatchState.ACCEPTED, 2)
    assert spoken() == {"2026-01": 3 * UNIT}


def test_a_batch_whose_worker_is_lost_three_times_is_refused(
    sender: User, source: models.CostSource
) -> None:
    batch = bills.received(sender, source, bills.focus_csv({}))
    models.ImportBatch.objects.update(attempt=3, state=BatchState.CHECKING, progress="")
    assert costs.sweep_batches(actor=system_actor()) == []
    batch.refresh_from_db()
    assert batch.state == BatchState.REFUSED


def test_who_may_not_import_is_refused_and_nothing_is_written(source: models.CostSource) -> None:
    owner = access.person("model_owner")
    before = (entries(), models.ImportBatch.objects.count())
    with pytest.raises(NotPermitted):
        costs.receive_batch(
            actor=access.actor(owner), source_id=source.pk, upload=_upload(bills.focus_csv({}))
        )
    assert (entries(), models.ImportBatch.objects.count()) == before


def test_only_a_held_batch_waits_for_an_answer(
    sender: User, other: User, source: models.CostSource
) -> None:
    batch = bills.imported(sender, source, bills.focus_csv({}))
    before = entries()
    with pytest.raises(Conflict):
        costs.accept_batch(
            actor=access.actor(other),
            proof=access.proof(other),
            batch_id=batch.pk,
            reason="So be it.",
        )
    with pytest.raises(Conflict):
        costs.refuse_batch(actor=access.actor(other), batch_id=batch.pk, reason="No.")
    with pytest.raises(Conflict):
        costs.repeat_batch(actor=access.actor(other), batch_id=batch.pk, reason="Again.")
    assert entries() == before


def test_what_rounding_left_over_is_summed(sender: User, source: models.CostSource) -> None:
    rows = [{"BilledCost": text} for text in ("3.7300000000000003e-08", "1E-19", "0.1")]
    batch = bills.imported(sender, source, bills.focus_csv(*rows))
    exact = money.from_text("0.1000000373")[0]
    assert spoken() == {"2026-01": exact}
    assert batch.residual == "0.000000000000000000100003"


def test_invoices_and_the_issuers_word_are_noted_at_the_period(
    sender: User, source: models.CostSource
) -> None:
    head = "BillingPeriodStart,BillingPeriodEnd,InvoiceIssuerName"
    when = "2026-01-01T00:00:00Z,2026-02-01T00:00:00Z,Cloud"
    bills.imported(
        sender,
        source,
        f"InvoiceDetailId,InvoiceId,BilledCost,BillingCurrency,{head}\n1,A,2.5,USD,{when}\n"
        f"2,A,3,USD,{when}\n3,B,7,USD,{when}\n4,A,9,EUR,{when}\n".encode(),
    )
    bills.imported(sender, source, f"BillingPeriodStatus,{head}\nClosed,{when}\n".encode())
    period = models.BillingPeriod.objects.get()
    assert period.invoices == {
        "USD": {"invoices": {"A": "5.5", "B": "7"}},
        "EUR": {"invoices": {"A": "9"}},
    }
    assert (period.issuer_state, period.state) == ("closed", PeriodState.OPEN)


def _upload(content: bytes) -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile("bill.csv", content)


def test_a_bill_whose_month_is_closed_while_it_is_read_ends_as_period_closed(
    sender: User, source: models.CostSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closing waits for nobody; the batch is read again and its rows are refused, each named."""
    batch, copied = bills.received(sender, source, bills.focus_csv({})), importing._copy

    def closed_meanwhile(*args: Any) -> None:
        copied(*args)
        models.BillingPeriod.objects.update(state=PeriodState.CLOSED)

    monkeypatch.setattr(importing, "_copy", closed_meanwhile)
    again = importing.import_batch(batch.pk)
    assert again is not None
    assert (again.state, again.attempt) == (BatchState.RECEIVED, 0)
    assert again.progress.endswith("is closed.")
    monkeypatch.undo()
    models.ImportBatch.objects.update(lease_until=None)
    done = importing.import_batch(batch.pk)
    assert done is not None
    assert (done.state, done.facts["code"]) == (BatchState.REFUSED, "no-rows")
    assert done.rejected.get().codes == ["period-closed"]
    assert spoken() == {}
