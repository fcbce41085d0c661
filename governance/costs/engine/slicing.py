"""What describes rows, once for all rows that read the same, and the place of each row."""

import json
from pathlib import Path
from typing import Any

from governance.costs.engine.landing import DESCRIBING
from governance.costs.engine.parsing import teach
from governance.costs.engine.shaping import Shape, text
from governance.costs.engine.unpacking import Unpacked

_PIECE = 10_000


def prepare(connection: Any, unpacked: Unpacked, shape: Shape) -> None:
    """Put up what the queries of one file rest on."""
    teach(connection, shape.terms.date_order)
    connection.execute(
        f"CREATE VIEW raw AS SELECT * FROM read_parquet({text(str(unpacked.raw))}, "
        "file_row_number = true)"
    )
    if unpacked.ragged:
        _place_lines(connection, unpacked)


def line_of(unpacked: Unpacked) -> tuple[str, str]:
    """Return the SQL of a row's line, and the join that it needs, for rows named ``t``."""
    plain = f"t.row + {unpacked.first_line}"
    if not unpacked.ragged:
        return plain, ""
    return f"{plain} + p.before", "JOIN line_places p ON p.row = t.row"


def _place_lines(connection: Any, unpacked: Unpacked) -> None:
    """Make ``line_places``: how many ragged rows stand before each row that is not."""
    gaps: dict[int, int] = {}
    for before, one in enumerate(unpacked.ragged):
        gaps[max(one.line_no - unpacked.first_line - before, 0)] = before + 1
    connection.execute("CREATE TABLE gaps (from_row BIGINT, before BIGINT)")
    connection.executemany("INSERT INTO gaps VALUES (?, ?)", [list(gap) for gap in gaps.items()])
    connection.execute(
        "CREATE TABLE line_places AS SELECT t.row, coalesce(g.before, 0) AS before FROM "
        "(SELECT file_row_number AS row FROM raw) t ASOF LEFT JOIN gaps g ON t.row >= g.from_row"
    )


def key_of(name: str) -> str:
    """The column of ``slices`` that a typed row's column is joined to."""
    return "tags_raw" if name == "tags" else name


def make_slices(connection: Any, shape: Shape) -> None:
    """Make the table ``slices``: fields, ``tags_raw`` as written, tags as JSON, and the digest.

    Texts lose the zero character here, which PostgreSQL cannot keep.
    """
    fields = ", ".join(f"{sql} AS {name}" for name, sql in shape.describing().items())
    connection.execute(f"CREATE TABLE kinds AS SELECT DISTINCT {fields} FROM raw")
    _read_tags(connection)
    plain = ", ".join(
        f"k.{name} AS {name}" if name != "tags" else "g.tags AS tags, k.tags AS tags_raw"
        for name in DESCRIBING
    )
    parts = ", ".join("g.tags" if name == "tags" else f"k.{name}" for name in DESCRIBING)
    digest = f"sha256(CAST(to_json([{text(shape.terms.source)}, {parts}]) AS VARCHAR))"
    connection.execute(
        f"CREATE TABLE slices AS SELECT {plain}, {digest} AS slice_digest, '' AS no_codes "
        "FROM kinds k JOIN tag_texts g ON g.raw = k.tags"
    )


def write_slices(connection: Any, folder: Path) -> Path:
    """Write the slices that landed rows have, each once."""
    path = folder / "slices.parquet"
    fields = ", ".join(f"any_value({name}) AS {name}" for name in DESCRIBING)
    connection.execute(
        f"COPY (SELECT slice_digest, {fields} FROM slices WHERE slice_digest IN "
        f"(SELECT slice_digest FROM landing) GROUP BY slice_digest) TO '{path}' (FORMAT parquet)"
    )
    return path


def _read_tags(connection: Any) -> None:
    """Make ``tag_texts``: each text once, as canonical JSON, and what is wrong with it.

    ``true`` for a tag without a value stays; keys stay as delivered.
    """
    connection.execute("CREATE TABLE tag_texts (raw VARCHAR, tags VARCHAR, fault VARCHAR)")
    connection.execute("CREATE TABLE tags_seen AS SELECT DISTINCT tags AS raw FROM kinds")
    found = connection.cursor()
    found.execute("SELECT raw FROM tags_seen")
    while rows := found.fetchmany(_PIECE):
        read = [(raw, *_tags(raw)) for (raw,) in rows]
        columns = {
            name: [row[at] for row in read] for at, name in enumerate(("raw", "tags", "fault"))
        }
        connection.execute(
            "INSERT INTO tag_texts SELECT unnest($raw), unnest($tags), unnest($fault)", columns
        )


class _Pairs(list[tuple[str, Any]]):
    """An object of JSON with all its keys, in case one stands there twice."""


def _tags(raw: str) -> tuple[str, str]:
    """Return the tags as canonical JSON of an object, and the code of what is wrong with them.

    A key with several values keeps them all, as a list: no rule may choose one of them.
    """
    if not raw.strip():
        return "{}", ""
    try:
        read = json.loads(raw, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError):
        return "{}", "bad-tags"
    pairs = _pairs(read)
    if pairs is None:
        return "{}", "bad-tags"
    found, by_fold = dict[str, list[Any]](), dict[str, Any]()
    fault = ""
    for key, value in pairs:
        values = found.setdefault(key, [])
        values += [value] if value not in values else []
        if by_fold.setdefault(key.strip().casefold(), value) != value:
            fault = "tags-differ-by-spelling"
    plain = {key: values[0] if len(values) == 1 else values for key, values in found.items()}
    ready = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return ready.replace("\\u0000", "").replace("\x00", ""), fault


def _pairs(read: Any) -> list[tuple[str, Any]] | None:
    """Return keys and values of an object, or of a list of objects with ``key`` and ``value``."""
    if isinstance(read, _Pairs):
        return [(key, _plain(value)) for key, value in read]
    if isinstance(read, list) and all(_is_pair(one) for one in read):
        told = [dict(one) for one in read]
        return [(one["key"], _plain(one["value"])) for one in told]
    return None


def _plain(value: Any) -> Any:
    if isinstance(value, _Pairs):
        return {key: _plain(inner) for key, inner in value}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def _is_pair(one: Any) -> bool:
    named = dict(one) if isinstance(one, _Pairs) else {}
    return set(named) == {"key", "value"} and isinstance(named["key"], str)
