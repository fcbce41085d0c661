import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from audits.engine.conform import as_labels, as_values, infer_kind
from audits.engine.frames import DataError, conform, profile, read_frame
from audits.engine.plan import Column, ColumnKind

NUMBER, CATEGORY, BOOLEAN = ColumnKind.NUMBER, ColumnKind.CATEGORY, ColumnKind.BOOLEAN


def refused(data: bytes, form: str, columns: list[str] | None = None) -> DataError:
    with pytest.raises(DataError) as caught:
        read_frame(io.BytesIO(data), form, columns)
    return caught.value


def test_same_table_reads_the_same_from_each_format() -> None:
    frame = pd.DataFrame({"a": [1, 2, 3], "t": ["x", None, "z"], "b": [True, False, True]})
    columns = (Column("a", NUMBER), Column("t", CATEGORY), Column("b", BOOLEAN))
    parquet = io.BytesIO()
    frame.to_parquet(parquet, index=False)
    files = {
        "parquet": parquet.getvalue(),
        "csv": frame.to_csv(index=False).encode(),
        "jsonl": frame.to_json(orient="records", lines=True).encode(),
    }
    read = {
        form: conform(read_frame(io.BytesIO(data), form), columns) for form, data in files.items()
    }
    for form in ("csv", "jsonl"):
        pd.testing.assert_frame_equal(read[form], read["parquet"])
    assert read["csv"].dtypes.tolist() == [np.float64, object, np.float64]


def test_only_the_columns_asked_for_are_read_in_their_order() -> None:
    data = b"a,b,c\n1,2,3\n"
    frame = read_frame(io.BytesIO(data), "csv", ["c", "a"], optional=["b", "zz"])
    assert frame.columns.tolist() == ["c", "a", "b"]


@pytest.mark.parametrize("form", ["parquet", "csv", "jsonl"])
def test_empty_file_says_so(form: str) -> None:
    assert refused(b"", form).code == "empty"


def test_header_without_rows_is_an_empty_table() -> None:
    assert refused(b"a,b\n", "csv").code == "empty"
    sink = io.BytesIO()
    pq.write_table(pa.table({"a": pa.array([], pa.int64())}), sink)
    assert refused(sink.getvalue(), "parquet").code == "empty"


def test_truncated_parquet_is_refused() -> None:
    sink = io.BytesIO()
    pq.write_table(pa.table({"a": list(range(1000))}), sink)
    for cut in (10, 100, len(sink.getvalue()) - 5):
        error = refused(sink.getvalue()[:cut], "parquet")
        assert error.code == "unreadable"
        assert "parquet" in error.message


def test_damaged_parquet_pages_are_refused() -> None:
    sink = io.BytesIO()
    pq.write_table(pa.table({"a": list(range(1000)), "s": ["x"] * 1000}), sink)
    data = bytearray(sink.getvalue())
    data[100:900] = b"A" * 800
    assert refused(bytes(data), "parquet").code == "unreadable"


def test_broken_csv_names_the_line_even_behind_blank_lines_and_quoted_breaks() -> None:
    error = refused(b'a,b\n1,"x\ny"\n\n3\n4,5\n', "csv")
    assert error.code == "broken-csv"
    assert "line 5" in error.message
    assert "2 fields expected, 1 found" in error.message


def test_jsonl_with_changing_types_names_the_column() -> None:
    error = refused(b'{"a":1}\n{"a":"x"}\n', "jsonl")
    assert error.code == "unreadable"
    assert "/a" in error.message


def test_missing_columns_are_all_named_with_what_is_there() -> None:
    error = refused(b"a,b\n1,2\n", "csv", ["a", "x", "y"])
    assert error.code == "missing-columns"
    assert "“x”, “y”" in error.message
    assert "“a”, “b”" in error.message


def test_duplicate_column_names_are_refused() -> None:
    assert refused(b"a,a\n1,2\n", "csv").code == "duplicate-columns"


def test_nested_values_are_refused_only_where_they_are_needed() -> None:
    data = b'{"a":1,"n":{"x":1}}\n'
    assert refused(data, "jsonl").code == "nested-column"
    assert read_frame(io.BytesIO(data), "jsonl", ["a"])["a"].tolist() == [1]


def test_unknown_format_lists_the_known() -> None:
    assert "parquet, csv, jsonl" in refused(b"x", "xlsx").message


def test_text_far_down_a_number_column_is_found_with_its_row() -> None:
    lines = [b"a"] + [b"1"] * 300_000 + [b"oops", b"2"]
    frame = read_frame(io.BytesIO(b"\n".join(lines)), "csv")
    with pytest.raises(DataError, match=r"1 of 300,002 values are text.*“oops” in row 300001"):
        conform(frame, (Column("a", NUMBER),))


def test_numbers_written_as_text_are_numbers_and_blanks_are_missing() -> None:
    frame = pd.DataFrame({"a": ["1", " 2.5", "", None, "NA"]})
    values = conform(frame, (Column("a", NUMBER),))["a"]
    assert values.tolist()[:2] == [1.0, 2.5]
    assert values.isna().tolist() == [False, False, True, True, True]


def test_infinite_numbers_are_refused() -> None:
    with pytest.raises(DataError, match="finite"):
        conform(pd.DataFrame({"a": [1.0, np.inf]}), (Column("a", NUMBER),))


def test_times_are_no_numbers() -> None:
    with pytest.raises(DataError, match="declared as a number"):
        conform(pd.DataFrame({"a": pd.to_datetime(["2024-01-01"])}), (Column("a", NUMBER),))


def test_categories_have_one_spelling_whatever_type_held_them() -> None:
    columns = (Column("c", CATEGORY),)
    for values in ([1, 2], [1.0, 2.0], ["1", "2"], pd.Categorical([1, 2])):
        assert conform(pd.DataFrame({"c": values}), columns)["c"].tolist() == ["1", "2"]


def test_all_missing_column_stays_missing_in_each_kind() -> None:
    for kind in ColumnKind:
        column = conform(pd.DataFrame({"a": [None, None]}), (Column("a", kind),))["a"]
        assert column.isna().all()


def test_boolean_words_are_understood_and_others_refused() -> None:
    columns = (Column("b", BOOLEAN),)
    frame = pd.DataFrame({"b": ["yes", "No", "TRUE", "0", ""]})
    assert conform(frame, columns)["b"].tolist()[:4] == [1.0, 0.0, 1.0, 0.0]
    with pytest.raises(DataError, match="maybe"):
        conform(pd.DataFrame({"b": ["maybe"]}), columns)


def test_conform_keeps_other_columns_behind_the_declared() -> None:
    frame = conform(pd.DataFrame({"z": [1], "a": [2]}), (Column("a", NUMBER),))
    assert frame.columns.tolist() == ["a", "z"]


@pytest.mark.parametrize("values", [[1, 0], [1.0, 0.0], ["1", "0"], [True, False]])
def test_positive_label_is_found_however_it_is_spelt(values: list[object]) -> None:
    for label in ("1", "1.0", "true"):
        assert as_labels(pd.Series(values), label).tolist() == [True, False]


def test_positive_label_that_never_occurs_is_an_error_but_one_class_is_not() -> None:
    with pytest.raises(DataError, match="does not occur"):
        as_labels(pd.Series(["a", "b"], name="y"), "yes")
    assert as_labels(pd.Series(["b", "b"]), "yes").tolist() == [False, False]


def test_gaps_in_the_target_are_counted() -> None:
    with pytest.raises(DataError, match="empty in 1 of 3 rows"):
        as_values(pd.Series([1.0, None, 2.0], name="y"))


def test_profile_tells_types_and_gaps() -> None:
    found = profile(io.BytesIO(b"n,t,b,d,e\n1,x,true,2024-01-01,\n,y,false,2024-01-02,\n"), "csv")
    assert found.rows == 2
    assert [(c.name, c.type, c.nulls) for c in found.columns] == [
        ("n", "number", 1),
        ("t", "text", 0),
        ("b", "boolean", 0),
        ("d", "time", 0),
        ("e", "empty", 2),
    ]


def test_kind_of_an_undeclared_column_follows_its_values() -> None:
    assert infer_kind(pd.Series([1, 2])) is NUMBER
    assert infer_kind(pd.Series(["a"])) is CATEGORY
    assert infer_kind(pd.Series([True])) is BOOLEAN


def test_rows_that_were_picked_out_of_a_larger_table_conform_as_they_stand() -> None:
    frame = pd.DataFrame({"n": ["1", "2", "x", "4"], "c": ["a", None, "c", "d"], "o": [1, 2, 3, 4]})
    columns = (Column("n", ColumnKind.NUMBER), Column("c", ColumnKind.CATEGORY))
    found = conform(frame[frame["n"] != "x"], columns)
    assert found["n"].tolist() == [1.0, 2.0, 4.0]
    assert found["c"].isna().tolist() == [False, True, False]
    assert found["o"].tolist() == [1, 2, 4]
