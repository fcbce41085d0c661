"""What an unwelcome file is, by its first bytes, and what to do instead."""

import re

from inventory.catalog.rules import archives

HOW_MODEL = (
    "Save scikit-learn models with skops.io.dump, XGBoost with save_model('model.ubj'), LightGBM "
    "with save_model('model.txt'), CatBoost with save_model('model.cbm'), others as ONNX."
)
HOW_DATA = "Save the table as Parquet, CSV (UTF-8, commas) or JSON lines."
_PICKLE = "it can run any program when it is opened, so pickles are refused"
_COMPRESSED = "a compressed file (joblib dumps often are); it is not opened here"

_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file (Keras .h5); it can carry Python code, so it is refused"),
    (b"\x93NUMPY", "a NumPy array (.npy)"),
    (b"\x1f\x8b", _COMPRESSED),
    (b"BZh", _COMPRESSED),
    (b"\xfd7zXZ\x00", _COMPRESSED),
    (b"\x04\x22\x4d\x18", _COMPRESSED),
    (b"\x28\xb5\x2f\xfd", _COMPRESSED),
    (b"\x78\x01", _COMPRESSED),
    (b"\x78\x5e", _COMPRESSED),
    (b"\x78\x9c", _COMPRESSED),
    (b"\x78\xda", _COMPRESSED),
    (b"\x5d\x00\x00", _COMPRESSED),
    (b"ZF0x", f"an old joblib dump; {_PICKLE}"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x7fELF", "a program, not data"),
    (b"MZ", "a program, not data"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (
        b"GGUF",
        "a GGUF language model; register it as a vendor or generative model without an artifact",
    ),
    (b"binf", "XGBoost's old binary format; save it again as JSON or UBJSON"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Office file"),
    (b"ARROW1", "an Arrow or Feather file"),
    (b"FEA1", "a Feather file"),
    (b"ORC", "an ORC file"),
    (b"PARE", "an encrypted Parquet file"),
    (b"Obj\x01", "an Avro file"),
    (b"RDX", "an R data file"),
    (b"{\\rtf", "a text document"),
)
_OLD_PICKLE = re.compile(rb"\A(?:\(.)?c[A-Za-z_][\w.]*\n[A-Za-z_][\w.]*\n", re.DOTALL)
_NEW_PICKLES = range(2, 6)


def what_is(head: bytes, tail: bytes) -> str:
    """Return what a known unwelcome file is, as it stands after "This is "; nothing otherwise."""
    if is_pickle(head):
        return f"a Python pickle; {_PICKLE}"
    for start, name in _STARTS:
        if head.startswith(start):
            return name
    if archives.is_zip(head):
        return what_zip_is(archives.names(tail))
    if head[8:10] == b'{"' and b"dtype" in head[:400]:
        return "a safetensors file: weights without the model that uses them"
    return _markup(head)


def _markup(head: bytes) -> str:
    if not head.lstrip().startswith(b"<"):
        return ""
    return "a PMML file" if b"<PMML" in head[:2000] else "a web page or XML file"


def is_pickle(head: bytes) -> bool:
    """Return whether these are the opcodes that a pickle of protocol 0 to 5 begins with."""
    if head[:1] == b"\x80" and len(head) > 1 and head[1] in _NEW_PICKLES:
        return True
    return _OLD_PICKLE.match(head) is not None or head.startswith(
        (b"]q\x00", b"}q\x00", b"(dp0", b"(lp0")
    )


def what_zip_is(entries: list[str]) -> str:
    if any(name.endswith(".pkl") for name in entries):
        return f"a PyTorch file; inside it is a pickle, and {_PICKLE}"
    if any(name.startswith("xl/") for name in entries):
        return "an Excel workbook"
    if any(name.endswith(".weights.h5") for name in entries):
        return "a Keras model; it can carry Python code, so it is refused"
    if entries and all(name.endswith(".npy") for name in entries):
        return "a NumPy archive (.npz)"
    return "a ZIP archive; nothing is unpacked here"
