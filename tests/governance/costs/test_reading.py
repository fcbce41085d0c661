"""Reading bills: every text means one amount or none, and no split or order changes a sum."""

import datetime as dt
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.costs.engine.database import opened
from governance.costs.engine.errors import UnreadableBillError
from governance.costs.engine.parsing import teach
from governance.costs.engine.reading import Reading, read_bill
from governance.costs.engine.shaping import Terms
from governance.kernel import money
from tests.factories.costs import focus_csv

TERMS = Terms(source="s")


def read(content: bytes, terms: Terms = TERMS, name: str = "bill.csv") -> Reading:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        return read_bill(path, Path(folder), terms)


def billed(*amounts: str, **more: str) -> Reading:
    return read(focus_csv(*({"BilledCost": amount} for amount in amounts), **more))


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Any:
    found = opened(tmp_path_factory.mktemp("words"))
    teach(found, "dmy")
    return found


NUMBERS = st.from_regex(
    r"-?([0-9]{1,22}(\.[0-9]{0,24})?|\.[0-9]{1,24})([eE][+-]?[0-9]{1,2})?", fullmatch=True
)
FLOATS = st.floats(allow_nan=False, allow_infinity=False, width=64).map(repr)


@given(texts=st.lists(NUMBERS | FLOATS, min_size=1, max_size=40))
@settings(max_examples=60)
def test_sets_of_texts_are_read_as_kernel_money_reads_each(
    connection: Any, texts: list[str]
) -> None:
    found = connection.execute("SELECT amount(t) FROM (SELECT unnest(?) AS t)", [texts]).fetchall()
    for text, (amount,) in zip(texts, found, strict=True):
        try:
            units = money.from_text(text)[0]
        except ValueError:
            assert amount is None, text
            continue
        if abs(units) <= money.MOST:
            assert amount is not None, text
            assert amount == money.to_decimal(units), text


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("$50,000.00 ", "50000"),
        ("-$1,234.50", "-1234.5"),
        ("1,234,567", "1234567"),
        ("12.50 EUR", "12.5"),
        ("35.2E-7", "0.00000352"),
        ("1E+3", "1000"),
    ],
)
def test_one_way_to_read_it_is_a_number(connection: Any, text: str, amount: str) -> None:
    assert connection.execute("SELECT amount(?)", [text]).fetchone() == (Decimal(amount),)


@pytest.mark.parametrize("text", ["1.234,56", "1,234", "12,5", "1 234.50"])
def test_two_ways_to_read_it_is_none(text: str) -> None:
    found = billed(text)
    assert found.refused_by_code == {"ambiguous-number": 1}


@pytest.mark.parametrize("text", ["n/a", "(5.00)", "NaN", "inf", "1_000", "", "NULL"])
def test_what_is_no_number_is_refused(text: str) -> None:
    assert billed(text).refused_by_code == {"unreadable-amount": 1}


@given(
    amounts=st.lists(st.decimals(-(10**9), 10**9, places=11), min_size=1, max_size=30),
    order=st.randoms(use_true_random=False),
    pieces=st.integers(1, 4),
)
@settings(max_examples=12)
def test_any_split_and_any_order_sum_alike(amounts: list[Decimal], order: Any, pieces: int) -> None:
    whole = billed(*map(str, amounts))
    shuffled = list(amounts)
    order.shuffle(shuffled)
    parts = [billed(*map(str, shuffled[n::pieces])) for n in range(pieces) if shuffled[n::pieces]]
    assert sum(part.totals[0].billed for part in parts) == whole.totals[0].billed
    assert sum(part.rows_accepted for part in parts) == whole.rows_accepted == len(amounts)


@pytest.mark.parametrize("separator", [";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_separator_and_encoding_are_found_out(separator: str, encoding: str) -> None:
    text = focus_csv({"ResourceId": "größe"}).decode().replace(",", separator)
    found = read(text.encode(encoding))
    assert (found.rows_accepted, found.totals[0].billed) == (1, money.UNIT)
    assert found.facts["separator"] == ("tab" if separator == "\t" else separator)


def test_line_ends_of_any_kind_are_read() -> None:
    for end in ("\r\n", "\r"):
        found = read(focus_csv({}, {}).decode().replace("\n", end).encode())
        assert found.rows_accepted == 2


def test_a_needed_column_twice_or_not_at_all_refuses_the_file() -> None:
    twice = focus_csv({"BilledCost": "1", "billedcost ": "2"})
    with pytest.raises(UnreadableBillError, match="BilledCost more than once"):
        read(twice)
    with pytest.raises(UnreadableBillError, match="ChargePeriodEnd"):
        read(focus_csv({}).replace(b"ChargePeriodEnd", b"Other"))


@pytest.mark.parametrize("content", [b"", b"  \n", b"one column\n1\n", b"PK\x03\x04zip", b"PAR1no"])
def test_what_is_no_table_says_so(content: bytes) -> None:
    with pytest.raises(UnreadableBillError):
        read(content)


def test_columns_are_matched_without_case_and_byte_order_mark() -> None:
    text = focus_csv({}).decode().replace("BilledCost", "billedCOST", 1)
    assert read(("\ufeff" + text).encode()).rows_accepted == 1


def test_a_ragged_row_moves_no_other_rows_line() -> None:
    lines = focus_csv({}, {}, {"BilledCost": "x"}).decode().splitlines()
    lines.insert(2, "too,few")
    found = read("\n".join(lines).encode())
    assert [(row.line_no, row.codes[0]) for row in found.refused] == [
        (3, "ragged-row"),
        (5, "unreadable-amount"),
    ]


def test_what_is_refused_is_summed_by_the_month_of_its_bill() -> None:
    february = {"BillingPeriodStart": "2026-02-01", "BillingPeriodEnd": "2026-03-01"}
    rows = [
        {"BilledCost": "5"},
        {**february, "BilledCost": "7"},
        {**february, "BilledCost": "-9"},
        {"BillingPeriodStart": "soon", "BilledCost": "3"},
    ]
    content = focus_csv(*rows, ChargeCategory="") + b"left,over\n"
    assert [(r.month, r.rows, r.billed // money.UNIT) for r in read(content).refused_money] == [
        ("2026-01", 1, 5),
        ("2026-02", 2, -2),
        ("", 1, 3),
        ("", 1, 0),
    ]


def test_a_wrong_currency_and_a_bad_period_are_named() -> None:
    rows = [
        {"BillingCurrency": "XXX"},
        {"BillingCurrency": ""},
        {"BillingPeriodEnd": "2026-01-01"},
        {"ChargePeriodEnd": "2026-01-01"},
        {"ChargeCategory": ""},
        {"InvoiceIssuerName": "x" * 201},
    ]
    assert read(focus_csv(*rows)).refused_by_code == {
        "bad-currency": 1,
        "no-currency": 1,
        "bad-period": 1,
        "bad-charge-period": 1,
        "no-category": 1,
        "too-long": 1,
    }


def test_slashes_are_read_in_the_sources_order_or_not_at_all() -> None:
    content = focus_csv({"ChargePeriodStart": "5/1/26", "ChargePeriodEnd": "6/1/2026 10:00"})
    assert read(content).refused_by_code == {"date-order-needed": 1}
    assert read(content, Terms(source="s", date_order="dmy")).rows_accepted == 1


def test_tags_are_kept_as_delivered_and_contradictions_told() -> None:
    rows = [
        {"Tags": '{" org":"a","org":"b"}'},
        {"Tags": '{"spot":true}'},
        {"Tags": "team=credit"},
        {"Tags": "NULL"},
    ]
    found = {finding.code: finding.count for finding in read(focus_csv(*rows)).findings}
    assert (found["tags-differ-by-spelling"], found["bad-tags"]) == (1, 1)


@pytest.mark.parametrize(
    ("text", "kept", "told"),
    [
        ('{"to":"a","to":"b"}', '{"to":["a","b"]}', 1),
        ('[{"key":"to","value":"b"},{"key":"to","value":"a"}]', '{"to":["b","a"]}', 1),
        ('{"to":"a","to":"a"}', '{"to":"a"}', 0),
        ('[{"value":"a","key":"to"}]', '{"to":"a"}', 0),
        ('{"to":{"in":1}}', '{"to":{"in":1}}', 0),
    ],
)
def test_a_tag_key_twice_is_not_settled_by_which_stands_last(
    text: str, kept: str, told: int, tmp_path: Path
) -> None:
    path = tmp_path / "bill.csv"
    path.write_bytes(focus_csv({"Tags": text}))
    found = read_bill(path, tmp_path, TERMS)
    counts = {finding.code: finding.count for finding in found.findings}
    assert counts.get("tags-differ-by-spelling", 0) == told
    assert duckdb.read_parquet(str(found.landing)).select("tags").fetchall() == [(kept,)]


def test_a_period_that_begins_later_than_allowed_is_refused() -> None:
    terms = Terms(source="s", latest=dt.date(2026, 1, 1))
    later = {"BillingPeriodStart": "2026-01-02", "BillingPeriodEnd": "2026-02-02"}
    found = read(focus_csv({}, later), terms)
    assert (found.rows_accepted, found.refused_by_code) == (1, {"future-period": 1})


def test_closed_periods_are_refused_by_issuer_and_month() -> None:
    terms = Terms(source="s", closed=frozenset({("Cloud", dt.date(2026, 1, 1))}))
    found = read(focus_csv({}, {"InvoiceIssuerName": "Other"}), terms)
    assert (found.refused_by_code, found.rows_against_terms) == ({"period-closed": 1}, 0)
    assert [total.issuer for total in found.totals] == ["Other"]
