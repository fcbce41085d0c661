"""What a file is by its content, what a signature must say, what a lock must pin."""

import gzip
import io
import pickle
import zipfile

import numpy as np
import pytest

from governance.kernel.errors import RuleBroken
from inventory.catalog.rules.comparison import compare
from inventory.catalog.rules.environments import read_lock
from inventory.catalog.rules.fields import tidy_file_name
from inventory.catalog.rules.formats import sniff_data, sniff_model
from inventory.catalog.rules.plain import require_plain
from inventory.catalog.rules.signature import missing_columns, read_signature, signature_json
from tests.factories import catalog as made


def _model(content: bytes) -> str:
    return str(sniff_model(io.BytesIO(content)))


def _data(content: bytes) -> str:
    return str(sniff_data(io.BytesIO(content)))


def _told(sniff, content: bytes) -> str:
    with pytest.raises(RuleBroken) as told:
        sniff(content)
    assert told.value.errors == {"file": [told.value.message]}
    return told.value.message


@pytest.fixture(scope="module")
def fitted():
    from sklearn.linear_model import LogisticRegression

    table = made.frame()
    return LogisticRegression().fit(table[["income", "debt"]].to_numpy(), table["paid"])


@pytest.fixture(scope="module")
def onnx_bytes(fitted):
    from skl2onnx import to_onnx

    return to_onnx(fitted, np.zeros((1, 2), dtype=np.float32)).SerializeToString()


@pytest.fixture(scope="module")
def lightgbm_bytes():
    import lightgbm

    table = made.frame()
    data = lightgbm.Dataset(table[["income", "debt"]], table["paid"])
    options = {"objective": "binary", "verbose": -1, "num_threads": 1}
    return lightgbm.train(options, data, 2).model_to_string().encode()


@pytest.fixture(scope="module")
def catboost_bytes(tmp_path_factory):
    from catboost import CatBoostClassifier

    table = made.frame()
    model = CatBoostClassifier(
        iterations=2, thread_count=1, verbose=False, allow_writing_files=False
    )
    model.fit(table[["income", "debt"]], table["paid"])
    path = tmp_path_factory.mktemp("cbm") / "model.cbm"
    model.save_model(str(path))
    return path.read_bytes()


def test_models_of_every_library_are_known_by_content(onnx_bytes, lightgbm_bytes, catboost_bytes):
    assert _model(made.skops_bytes()) == "skops"
    assert _model(made.boosted_bytes("xgboost-json")) == "xgboost-json"
    assert _model(made.boosted_bytes("xgboost-ubj")) == "xgboost-ubj"
    assert _model(onnx_bytes) == "onnx"
    assert _model(lightgbm_bytes) == "lightgbm"
    assert _model(catboost_bytes) == "catboost"


def test_large_skops_file_is_known_by_its_directory():
    from sklearn.ensemble import RandomForestClassifier
    from skops import io as skops_io

    table = made.frame()
    forest = RandomForestClassifier(150, max_depth=2, n_jobs=1)
    fitted = forest.fit(table[["income", "debt"]], table["paid"])
    assert _model(skops_io.dumps(fitted)) == "skops"


def test_cut_off_models_are_refused(onnx_bytes, lightgbm_bytes):
    whole = (made.skops_bytes(), made.boosted_bytes("xgboost-json"), onnx_bytes, lightgbm_bytes)
    for content in (*whole, made.boosted_bytes("xgboost-ubj")):
        assert "cut off" in _told(_model, content[: len(content) * 2 // 3])


@pytest.mark.parametrize("protocol", range(6))
def test_pickles_of_every_protocol_are_refused_with_the_way_out(fitted, protocol):
    said = _told(_model, pickle.dumps(fitted, protocol))
    assert "pickle" in said
    assert "skops.io.dump" in said


def _zip(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return out.getvalue()


def _saved(write, *values) -> bytes:
    out = io.BytesIO()
    write(out, *values)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (gzip.compress(b"x" * 99), "joblib"),
        (b"\x89HDF\r\n\x1a\n" + b"\0" * 99, "HDF5"),
        (_saved(np.save, np.zeros(3)), "NumPy array"),
        (_saved(np.savez, np.zeros(3)), "npz"),
        (_zip("archive/data.pkl", "archive/version"), "PyTorch"),
        (_zip("config.json", "model.weights.h5"), "Keras"),
        (_zip("readme.txt"), "ZIP"),
        (b"\x7fELF" + b"\0" * 99, "program"),
        (b'{"oblivious_trees": []}', "not a model format"),
        (b"<?xml version='1.0'?><PMML>", "PMML"),
        (b"binf" + b"\0" * 99, "old binary"),
        (b"a,b\n1,2\n", "not a model format"),
        (bytes(range(256)) * 4, "not a model format"),
    ],
)
def test_other_files_are_named_and_refused_as_models(content, word):
    assert word in _told(_model, content)


def test_tables_are_known_by_content():
    assert _data(made.parquet_bytes()) == "parquet"
    assert _data(made.csv_bytes()) == "csv"
    assert _data(b"\xef\xbb\xbfa,b\n1,2\n") == "csv"
    assert _data(b'{"a": 1}\n{"a": 2}\n') == "jsonl"
    assert _data("käse,b\n".encode() * 40_000) == "csv"


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (made.parquet_bytes()[:-9], "cut off"),
        (b"PARE" + b"\0" * 99, "encrypted"),
        (_zip("xl/workbook.xml"), "Excel"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 99, "Excel"),
        ("a,b\n1,2\n".encode("utf-16"), "UTF-16"),
        (b"a;b;c\n1;2;3\n", "commas"),
        (b"a\tb\tc\n", "commas"),
        (b'[{"a": 1}]', "one object a line"),
        (b"a,b\n\xff\xfe\xfa,2\n", "UTF-8"),
        (b"<html>", "web page"),
        (pickle.dumps([1]), "pickle"),
        (b"SQLite format 3\0" + b"\0" * 99, "SQLite"),
    ],
)
def test_other_files_are_named_and_refused_as_data(content, word):
    assert word in _told(_data, content)


# -- Signatures ------------------------------------------------------------------------------------


def test_signature_is_completed_with_its_defaults():
    read = signature_json(read_signature(made.signature(threshold=None)))
    assert read["threshold"] == 0.5
    assert read["features"][0]["required"] is True


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"task": "clustering"}, "signature.task"),
        ({"features": []}, "signature.features"),
        ({"features": ["income"]}, "signature.features[0]"),
        ({"features": [{"name": "a", "kind": "text"}]}, "signature.features[0].kind"),
        ({"features": [{"name": " ", "kind": "number"}]}, "signature.features[0].name"),
        ({"features": [{"name": "a\x00", "kind": "number"}]}, "signature.features[0].name"),
        ({"features": [{"name": "a", "kind": "number", "x": 1}]}, "signature.features[0].x"),
        ({"features": [{"name": "a", "kind": "number"}] * 2}, "signature.features[1].name"),
        (
            {"features": [{"name": "a", "kind": "number", "minimum": 2, "maximum": 1}]},
            "signature.features[0].maximum",
        ),
        (
            {"features": [{"name": "a", "kind": "number", "minimum": float("nan")}]},
            "signature.features[0].minimum",
        ),
        (
            {"features": [{"name": "a", "kind": "number", "allowed": ["x"]}]},
            "signature.features[0].allowed",
        ),
        ({"target": "income"}, "signature.target"),
        ({"target": None}, "signature.target"),
        ({"positive_label": None}, "signature.positive_label"),
        ({"positive_label": 1}, "signature.positive_label"),
        ({"task": "regression"}, "signature.positive_label"),
        ({"threshold": 1.5}, "signature.threshold"),
        ({"threshold": True}, "signature.threshold"),
        ({"protected": ["paid"]}, "signature.protected"),
        ({"protected": ["group", "group"]}, "signature.protected"),
        ({"favourable": "yes"}, "signature.favourable"),
        ({"colour": "blue"}, "signature.colour"),
    ],
)
def test_wrong_signature_names_its_field(changes, field):
    with pytest.raises(RuleBroken) as told:
        read_signature(made.signature(**changes))
    assert list(told.value.errors) == [field]


@pytest.mark.parametrize("raw", [None, [], "x", 3, {}])
def test_what_is_no_signature_is_refused(raw):
    with pytest.raises(RuleBroken):
        read_signature(raw)


def test_columns_that_data_lacks_are_named_once():
    signature = read_signature(made.signature(protected=["group", "age"]))
    assert missing_columns(signature, ["income", "debt", "region", "paid"]) == ["age", "group"]


# -- Locks, names, values --------------------------------------------------------------------------


def test_lock_is_read_over_continued_lines():
    lock = "# made by a tool\n--index-url https://x\nA.b[extra]==1.0 \\\n  --hash=sha256:00 \\\n"
    packages = read_lock(lock + "  --hash=sha256:11\nc==2 ; python_version<'3.12'\n")
    assert [(p.name, p.version, p.hashed) for p in packages] == [
        ("a.b", "1.0", True),
        ("c", "2", False),
    ]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "names no package"),
        ("a==1\nb>=2\n", "Line 2"),
        ("a==1\n-e .\n", "Line 2"),
        ("a==1\x00", "not a text"),
        ("x @ https://y/z.whl", "Line 1"),
    ],
)
def test_lock_that_does_not_pin_is_refused_by_line(text, word):
    with pytest.raises(RuleBroken) as told:
        read_lock(text)
    assert word in told.value.message


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("../../x", "x"),
        ("C:\\a\\b.csv", "b.csv"),
        ("a\nb\x00", "ab"),
        (None, ""),
        ("é" * 300, "é" * 255),
    ],
)
def test_file_name_is_data_and_never_a_path(raw, kept):
    assert tidy_file_name(raw) == kept


@pytest.mark.parametrize(
    "value", ["\x00", {"a": float("inf")}, [2**60], {"\ud800": 1}, ["x" * 30_000], {1, 2}]
)
def test_values_without_canonical_form_are_refused(value):
    with pytest.raises(RuleBroken):
        require_plain(value, "parameters")


def test_values_nested_without_end_are_refused():
    deep: list = []
    for _ in range(50):
        deep = [deep]
    with pytest.raises(RuleBroken):
        require_plain(deep, "parameters")


def test_comparison_puts_differences_first_and_ignores_the_order_of_columns():
    one = {"A": 1, "S": {"features": [{"name": "x", "kind": "number"}, {"name": "y", "kind": "c"}]}}
    two = {"A": 2, "S": {"features": [{"name": "y", "kind": "c"}, {"name": "x", "kind": "number"}]}}
    lines = compare(one, two)
    assert [(line.name, line.differs) for line in lines] == [
        ("A", True),
        ("S: features: x", False),
        ("S: features: y", False),
    ]
