"""Charges and days as files that a database copies in, and the digest over all charges."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from governance.costs.engine.job import Work
from governance.costs.engine.sets import insert_rows
from governance.costs.rules.allocation import UNALLOCATED
from governance.costs.rules.matching import quoted

NOTHING = "\\N"  # how the files write NULL; an empty text is empty
_CSV = f"(FORMAT csv, HEADER false, NULLSTR '{NOTHING}')"
_PIECE = 4 * 1024 * 1024


def list_paths(work: Work) -> None:
    """Make ``way``: each path's steps as JSON and the rule that it ends with."""
    rows = [
        (number, way.text, way.steps[-1].rule if way.steps else "")
        for number, way in enumerate(work.paths.known)
    ]
    insert_rows(work.db, "way", {"path": "INTEGER", "steps": "VARCHAR", "rule": "VARCHAR"}, rows)


def digest_of(work: Work, folder: Path) -> str:
    """Return the SHA-256 over all charges, written in an order that depends on nothing else."""
    file = folder / "digest.csv"
    work.db.execute(f"""
        COPY (SELECT part, slice_digest, steps, target, n, billed, effective
              FROM charge JOIN payee USING (payee) JOIN slice USING (sid) JOIN way USING (path)
              ORDER BY ALL) TO {quoted(str(file))} {_CSV}""")
    total = hashlib.sha256()
    with file.open("rb") as stream:
        while piece := stream.read(_PIECE):
            total.update(piece)
    file.unlink()
    return total.hexdigest()


def write_charges(
    work: Work, file: Path, *, run: str, targets: Mapping[str, str], slices: Path
) -> None:
    """Write ``charge`` as CSV for ``AllocatedCharge``: run, slice, part, rule, target, path …

    ``targets`` gives the id for each key, ``slices`` is a CSV of slices' ids and digests. Raises
    ``KeyError`` when a slice is not there.
    """
    _list_targets(work, targets)
    _read_slices(work, slices)
    work.db.execute(f"""
        COPY (SELECT {quoted(run)}, slice_id, part, CASE WHEN rule <> '' THEN rule END, target_id,
                     steps, {_reason()}, CAST(n AS BIGINT), billed, effective
              FROM charge JOIN slice USING (sid) JOIN slice_key USING (slice_digest)
              JOIN way USING (path) JOIN payee USING (payee) JOIN target_key USING (target))
        TO {quoted(str(file))} {_CSV}""")


def write_days(work: Work, file: Path, *, run: str, targets: Mapping[str, str]) -> None:
    """Write ``view`` as CSV for ``ChargeDay``: run, target, day, currency, issuer …"""
    _list_targets(work, targets)
    work.db.execute(f"""
        COPY (SELECT {quoted(run)}, target_id, DATE '1970-01-01' + day_no, currency, issuer,
                     service, service_category, category, phase, {_reason()},
                     CAST(sum(n) AS BIGINT), sum(billed), sum(effective)
              FROM view JOIN kind USING (kid) JOIN payee USING (payee)
              JOIN target_key USING (target) GROUP BY ALL)
        TO {quoted(str(file))} {_CSV}""")


def _reason() -> str:
    start, length = quoted(UNALLOCATED), len(UNALLOCATED)
    return f"(CASE WHEN starts_with(target, {start}) THEN substr(target, {length + 1}) ELSE '' END)"


def _list_targets(work: Work, targets: Mapping[str, str]) -> None:
    """Make ``target_key``: the id of each target that is charged; raises ``KeyError``."""
    paying = work.db.execute("SELECT DISTINCT target FROM payee").fetchall()
    rows = [(target, targets[target]) for (target,) in paying]
    work.db.execute("DROP TABLE IF EXISTS target_key")
    insert_rows(work.db, "target_key", {"target": "VARCHAR", "target_id": "VARCHAR"}, rows)


def _read_slices(work: Work, slices: Path) -> None:
    work.db.execute(f"""
        CREATE TABLE slice_key AS SELECT * FROM read_csv({quoted(str(slices))}, header = false,
            columns = {{'slice_id': 'BIGINT', 'slice_digest': 'VARCHAR'}})""")
    lost = work.db.execute(
        "SELECT slice_digest FROM slice ANTI JOIN slice_key USING (slice_digest)"
    )
    if missing := lost.fetchone():
        raise KeyError(f"no slice {missing[0]}")
