"""The sides of the costs' benchmark: the product's own commands, the floor, and grouping alone."""

import time
from pathlib import Path
from typing import Any

import psycopg

from benchmarks import costs_world as world
from benchmarks.costs_watch import Stages, cluster

_AMOUNTS = (
    "BilledCost", "EffectiveCost", "ListCost", "ContractedCost", "ConsumedQuantity",
    "PricingQuantity",
)  # fmt: skip
_TIMES = ("BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd")
_BLOCK = 1024 * 1024
_GROUPED = ("unit", "model", "service")
_GROUP = ("Tags", "ServiceName", "BillingCurrency")


def product(path: Path, stages: Stages) -> dict[str, Any]:
    """Import the bill, allocate its month and publish; return seconds of each stage."""
    _watch(stages)
    begun = time.perf_counter()
    with stages.stage("Receive: hash and keep the file"):
        batch = _receive(path)
    with stages.stage("Import: everything else"):
        batch = _import(batch.pk)
    imported = time.perf_counter() - begun
    run = allocated(stages)
    return {"rows": batch.rows_accepted, "imported": imported, "stages": stages.spent, **run}


def changed(stages: Stages, shared_by: str) -> dict[str, Any]:
    """Allocate and publish again after one rule was changed."""
    _watch(stages)
    world.put_in_force(shared_by)
    return {**allocated(stages), "stages": stages.spent}


def _receive(path: Path) -> Any:
    from django.core.files.uploadedfile import UploadedFile

    from governance.costs import commands as costs
    from governance.costs.models import CostSource

    with path.open("rb") as file:
        upload = UploadedFile(file, name=path.name, size=path.stat().st_size)
        actor, source = world.acting(world.MANAGER), CostSource.objects.get()
        return costs.receive_batch(actor=actor, source_id=source.pk, upload=upload).row


def _import(key: Any) -> Any:
    from governance.costs.importing import import_batch
    from governance.costs.kinds import BatchState

    batch = import_batch(key)
    if batch is None or batch.state != BatchState.ACCEPTED:
        raise RuntimeError(f"The bill was not accepted: {batch and batch.reason}")
    return batch


def allocated(stages: Stages) -> dict[str, Any]:
    """Ask for a run, carry it out, publish it."""
    from governance.costs import commands as costs
    from governance.costs.allocating import allocate
    from governance.costs.kinds import CostRunState

    begun = time.perf_counter()
    with stages.stage("Allocate: everything else"):
        asked = costs.request_run(actor=world.acting(world.MANAGER), month=world.MONTH)
        run = allocate(asked.pk)
        if run is None or run.state != CostRunState.COMPUTED:
            raise RuntimeError(f"The month was not allocated: {run and run.failure}")
        costs.publish_run(actor=world.acting(world.MANAGER), run_id=run.pk)
    return {"allocated": time.perf_counter() - begun, "charges": run.charges.count()}


def _watch(stages: Stages) -> None:
    from governance.costs import allocating, checking, gathering, importing
    from governance.costs import commands as costs
    from governance.costs.commands import lines as storing_lines
    from governance.costs.commands import storing
    from governance.costs.engine import (
        files,
        findings,
        lines,
        reading,
        results,
        routing,
        slicing,
        splitting,
    )

    for owner, function, name in (
        (reading, "unpack", "Import: read the CSV, keep its text as Parquet"),
        (slicing, "make_slices", "Import: find slices, read tags"),
        (reading, "_land", "Import: type, judge, write the landing"),
        (reading, "_totals", "Import: control totals"),
        (slicing, "write_slices", "Import: write slices"),
        (findings, "found", "Import: look for what is odd"),
        (importing, "_kept", "Import: hash and keep the landing"),
        (costs, "make_slices", "Import: COPY slices"),
        (costs, "copy_lines", "Import: lines as CSV"),
        (storing_lines, "_copy", "Import: COPY lines"),
        (costs, "require_whole", "Import: compare sums in PostgreSQL"),
        (lines, "make_slices", "Allocate: read slices, add their lines up"),
        (routing, "route", "Allocate: match rules"),
        (splitting, "share_out", "Allocate: share"),
        (results, "settle", "Allocate: add up charges and days"),
        (files, "digest_of", "Allocate: digest of the result"),
        (results, "count", "Allocate: sums and counts"),
        (allocating, "_write_slices", "Allocate: read slices' keys"),
        (gathering, "book", "Allocate: read rules"),
        (checking, "invariants", "Allocate: check what must hold"),
        (files, "write_charges", "Allocate: charges as CSV"),
        (files, "write_days", "Allocate: days as CSV"),
        (storing, "replace", "Allocate: COPY charges and days"),
    ):
        stages.watch(owner, function, name)


def floor(path: Path, folder: Path, database: str) -> dict[str, Any]:
    """Load the CSV with DuckDB, amounts and times typed, and copy all its columns."""
    begun = time.perf_counter()
    connection = _loaded(path, folder)
    loaded = time.perf_counter() - begun
    file = folder / "bill.csv"
    connection.execute(f"COPY bill TO '{file}' (FORMAT csv, HEADER false, NULLSTR '\\N')")
    names = [name for name, *_ in connection.execute("DESCRIBE bill").fetchall()]
    connection.close()
    columns = ", ".join(f'"{name}" {_kind(name, "numeric(38,18)")}' for name in names)
    with psycopg.connect(database) as there:
        there.execute(f"CREATE TABLE bill ({columns})")
        copying = "COPY bill FROM STDIN (FORMAT csv, NULL '\\N')"
        with file.open("rb") as source, there.cursor().copy(copying) as out:
            while block := source.read(_BLOCK):
                out.write(block)
    file.unlink()
    return {"loaded": loaded}


def _kind(name: str, amount: str) -> str:
    if name in _AMOUNTS:
        return amount
    return "timestamptz" if name in _TIMES else "text"


def _loaded(path: Path, folder: Path, columns: tuple[str, ...] = ()) -> Any:
    """A table ``bill``; what cannot be read as its type is NULL, as nobody mends it here."""
    import duckdb

    connection = duckdb.connect(str(folder / "floor.duckdb"))
    connection.execute("SET threads = 2; SET TimeZone = 'UTC'; SET enable_progress_bar = false")
    connection.execute("SET preserve_insertion_order = false")
    with path.open(encoding="utf-8-sig") as file:
        header = file.readline().strip().split(",")
    told = ", ".join(f"'{name}': 'VARCHAR'" for name in header)
    text = f"read_csv('{path}', columns = {{{told}}}, header = true, auto_detect = false)"
    names = columns or header
    kinds = {name: _kind(name, "DECIMAL(38,18)") for name in names}
    chosen = ", ".join(
        name if kind == "text" else f"TRY_CAST(nullif({name}, 'NULL') AS {kind}) AS {name}"
        for name, kind in kinds.items()
    )
    connection.execute(f"CREATE TABLE bill AS SELECT {chosen} FROM {text}")  # noqa: S608
    return connection


def grouping(path: Path, folder: Path, *, pandas: bool) -> dict[str, Any]:
    """Sum both amounts by tags, service and currency; only the grouping is told."""
    connection = _loaded(path, folder, (*_GROUP, "BilledCost", "EffectiveCost"))
    names = ", ".join(_GROUP)
    if not pandas:
        begun = (time.perf_counter(), time.process_time())
        sums = "sum(BilledCost), sum(EffectiveCost)"
        connection.execute(f"SELECT {names}, {sums} FROM bill GROUP BY ALL").fetchall()  # noqa: S608
    else:
        floats = "BilledCost::DOUBLE AS b, EffectiveCost::DOUBLE AS e"
        frame = connection.execute(f"SELECT {names}, {floats} FROM bill").df()  # noqa: S608
        begun = (time.perf_counter(), time.process_time())
        frame.groupby(list(_GROUP), dropna=False)[["b", "e"]].sum()
    return {"wall": time.perf_counter() - begun[0], "cpu": time.process_time() - begun[1]}


def pages(most: int, seconds: float, postmaster: int) -> dict[str, Any]:
    """Ask the explorer as an officer does, through the whole product; milliseconds by page.

    Each page is asked for ``most`` times, or as often as ``seconds`` allow.
    """
    from django.test import Client
    from django.urls import reverse

    from benchmarks.pages_world import BACKEND
    from governance.access.models import User

    client = Client()
    client.force_login(User.objects.get(email=world.OFFICER), backend=BACKEND)
    explorer = reverse("costs:explorer")
    asked = {f"explorer by {group}": f"{explorer}?group={group}" for group in _GROUPED}
    asked["charges"] = reverse("costs:charge-list")
    found: dict[str, Any] = {}
    for name, address in asked.items():
        _ask(client, address)  # the first one fills caches
        before, times = _spent(postmaster), [_ask(client, address)]
        while len(times) < most and sum(times) < seconds * 1000:
            times.append(_ask(client, address))
        spent = (_spent(postmaster) - before) * 1000 / len(times)
        found[name] = {"ms": times, "cpu": spent}
    return found


def _spent(postmaster: int) -> float:
    return time.process_time() + cluster(postmaster)


def _ask(client: Any, address: str) -> float:
    begun = time.perf_counter()
    answer = client.get(address)
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answered {answer.status_code}")
    return (time.perf_counter() - begun) * 1000
