"""Bills imported, allocated to 1,000 models and stored, beside the floor of loading and copying.

    python benchmarks/costs.py --rows 1000000 --rounds 3
    python benchmarks/costs.py --rows 10000000 --rounds 1 --limit 900

Both stand on one throw-away PostgreSQL (no fsync, otherwise as Debian sets it up) and read the same
FOCUS file with the dirt of real ones. They take turns, ``--rounds`` times, each in a fork of this
warm process and in a fresh database:

- ``product``: receive, import, allocate exactly and publish, by the product's own commands;
- ``floor``: DuckDB reads the file into a typed table, PostgreSQL takes all its columns by COPY;
- ``changed rule``: the month allocated and published again after one rule was changed;
- ``DuckDB`` and ``pandas`` (floats): both amounts summed by tags and service, the file read before.

Processor time is that of the process and of all of PostgreSQL; ratios of it do not mind what else
the machine does. The peak is the resident memory of the process and what it starts, PostgreSQL
apart. ``--limit`` ends work that takes longer, in seconds. ``--shared-by`` says among whom the
common cluster's lines are shared: all models, which makes more charges than the bill has lines, or
twenty teams.
"""

import argparse
import contextlib
import os
import platform
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import psycopg  # noqa: E402

from benchmarks.costs_watch import Spent, Stages, forked  # noqa: E402
from tests.services import running  # noqa: E402

FLOOR, PEAK, AGAIN, PAGE = 5.0, 2048.0, 30.0, 300.0  # times, MiB, seconds, milliseconds
WORLD = "bench_world"


@dataclass(frozen=True, slots=True)
class Bench:
    """Where everything stands. ``postmaster`` is the throw-away server's process."""

    server: str
    postmaster: int
    folder: Path
    bill: Path
    limit: float
    shared_by: str

    def database(self, name: str) -> str:
        return f"{self.server.rsplit('/', 1)[0]}/{name}"

    def remake(self, name: str, template: str = "template1") -> None:
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")

    def alone(self, work: Any) -> Spent:
        """Do ``work(folder)`` in a fork, with a folder that is removed afterwards."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            return forked(lambda: work(Path(folder)), self.postmaster, self.limit)


@contextlib.contextmanager
def _bench(asked: argparse.Namespace) -> Iterator[Bench]:
    with running() as services, tempfile.TemporaryDirectory(dir=ROOT / "var") as made:
        folder = Path(made)
        lines = (services.folder / "postgres" / "data" / "postmaster.pid").read_text()
        postmaster = int(lines.splitlines()[0])
        where = (services.database_url, postmaster, folder, folder / "bill.csv")
        bench = Bench(*where, asked.limit, asked.shared_by)
        bench.remake(WORLD)
        _set_up(bench)
        from benchmarks import costs_world as world

        bench.alone(lambda _: world.fill(asked.shared_by))
        bench.alone(lambda _: world.write(asked.rows, bench.bill) and None)
        yield bench


def _set_up(bench: Bench) -> None:
    """Set Django up once; each side is a fork of this process."""
    ours = {
        "DATABASE_URL": bench.database(WORLD),
        "DJANGO_SETTINGS_MODULE": "governance.settings",
        "ASSAY_VAR_DIR": str(bench.folder / "var"),
        "ASSAY_BROKER_URL": "memory://",
        "ASSAY_LOG_LEVEL": "WARNING",
        "ASSAY_MAX_UPLOAD_MB": "100000",
    }
    os.environ.update(ours)
    import django

    django.setup()
    import duckdb
    import pandas as pd
    import pyarrow as pa

    from governance.costs import allocating, importing

    del duckdb, pd, pa, allocating, importing  # loaded now, so that no side has to


def _in(database: str, work: Any) -> Any:
    """Return ``work`` done on another database than the settings name."""

    def done(_: Path) -> Any:
        from django.db import connection

        connection.settings_dict["NAME"] = database
        return work()

    return done


def measure(bench: Bench, rounds: int) -> dict[str, list[Spent]]:
    """Let the sides take turns; the last round's product database stays for the pages."""
    from benchmarks import costs_sides as sides

    def fresh_product() -> None:
        bench.remake("bench_costs", WORLD)
        shutil.rmtree(bench.folder / "var" / "blobs", ignore_errors=True)

    floor, stages = "bench_floor", Stages(bench.postmaster)
    rule = f"{bench.shared_by}, changed"
    grouping = partial(sides.grouping, bench.bill)
    turns: dict[str, Any] = {
        "product": _in("bench_costs", lambda: sides.product(bench.bill, stages)),
        "floor": lambda folder: sides.floor(bench.bill, folder, bench.database(floor)),
        "changed rule": _in("bench_costs", lambda: sides.changed(stages, rule)),
        "DuckDB": lambda folder: grouping(folder, pandas=False),
        "pandas": lambda folder: grouping(folder, pandas=True),
    }
    found: dict[str, list[Spent]] = {name: [] for name in turns}
    for _ in range(rounds):
        fresh_product()
        for name, work in turns.items():
            bench.remake(floor)
            spent = bench.alone(work)
            found[name].append(spent)
            note = f"{name}: {spent.wall:.1f} s, cpu {spent.cpu:.1f}, peak {spent.peak:.0f} MiB"
            print(note, file=sys.stderr, flush=True)
    return found


def pages(bench: Bench) -> dict[str, Any]:
    """Ask for the pages of the last round's product."""
    from benchmarks import costs_sides as sides

    with psycopg.connect(bench.database("bench_costs"), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    asking = partial(sides.pages, 100, 20.0, bench.postmaster)
    told: dict[str, Any] = bench.alone(_in("bench_costs", asking)).told
    return told


def show(rows: int, size: int, found: dict[str, list[Spent]]) -> None:
    print(f"\n{rows:,} rows, {size / 2**20:,.0f} MiB of CSV; medians of {len(found['floor'])}\n")
    print("| | Wall, s | Processor, s | of it PostgreSQL, s | Peak, MiB |\n|---|--:|--:|--:|--:|")
    for name in ("floor", "product", "changed rule"):
        values = [[s.wall, s.cpu, s.postgres, s.peak] for s in found[name]]
        wall, cpu, postgres, peak = (median(column) for column in zip(*values, strict=True))
        print(f"| {name} | {wall:.1f} | {cpu:.1f} | {postgres:.1f} | {peak:,.0f} |")
    for name in ("DuckDB", "pandas"):
        wall, cpu = (median(spent.told[kind] for spent in found[name]) for kind in ("wall", "cpu"))
        print(f"| grouping alone, {name} | {wall:.2f} | {cpu:.2f} | - | - |")
    _stages("product", found)
    _stages("changed rule", found)
    _aims(found)


def _stages(name: str, found: dict[str, list[Spent]]) -> None:
    print(f"\n| Stage of {name} | Wall, s | Processor, s | Share |\n|---|--:|--:|--:|")
    told = [spent.told["stages"] for spent in found[name]]
    middle = {
        stage: [median(one[stage][place] for one in told if stage in one) for place in (0, 1)]
        for stage in told[0]
    }
    whole = sum(cpu for _, cpu in middle.values())
    for stage, (wall, cpu) in sorted(middle.items(), key=lambda item: -item[1][1]):
        print(f"| {stage} | {wall:.2f} | {cpu:.2f} | {cpu / whole:.0%} |")


def show_pages(told: dict[str, Any]) -> None:
    print("\n| Page | p50, ms | p95, ms | Processor, ms |\n|---|--:|--:|--:|")
    for name, page in told.items():
        print(f"| {name} | {median(page['ms']):.0f} | {_p95(page):.0f} | {page['cpu']:.0f} |")
    slowest = max(_p95(page) for name, page in told.items() if name.startswith("explorer"))
    print()
    _aim("slowest explorer page, p95", slowest, PAGE, " ms")


def _p95(page: dict[str, Any]) -> float:
    return quantiles(page["ms"], n=20, method="inclusive")[-1]


def _aims(found: dict[str, list[Spent]]) -> None:
    pairs = list(zip(found["product"], found["floor"], strict=True))
    product = found["product"][0].told
    wall = median(one.wall / two.wall for one, two in pairs)
    print(f"\n{product['rows']:,} rows taken, {product['charges']:,} charges; wall {wall:.1f} x.\n")
    print("| Aim | Measured | |\n|---|---|---|")
    for aim, value, most, unit in (
        ("processor at most 5 x the floor", median(a.cpu / b.cpu for a, b in pairs), FLOOR, " x"),
        ("memory", max(one.peak for one in found["product"]), PEAK, " MiB"),
        ("again after a changed rule", median(_again(found)), AGAIN, " s"),
    ):
        _aim(aim, value, most, unit)


def _aim(aim: str, value: float, most: float, unit: str) -> None:
    kept = "kept" if value <= most else "missed"
    print(f"| {aim} (at most {most:g}{unit}) | {value:,.1f}{unit} | {kept} |")


def _again(found: dict[str, list[Spent]]) -> list[float]:
    return [spent.told["allocated"] for spent in found["changed rule"]]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--shared-by", choices=("models", "teams"), default="models")
    parser.add_argument("--limit", type=float, default=900.0, help="seconds for one side's turn")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server ends too
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    (ROOT / "var").mkdir(exist_ok=True)
    with _bench(asked) as bench:
        size = bench.bill.stat().st_size
        show(asked.rows, size, measure(bench, asked.rounds))
        sys.stdout.flush()
        show_pages(pages(bench))


if __name__ == "__main__":
    main()
