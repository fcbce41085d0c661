"""A full audit by our engine against a bare script that calls the same libraries.

    python benchmarks/audit.py --rows 10000 100000
    python benchmarks/audit.py --quick

Rows are those of the current data and, again, of the reference; 30 columns. Compared are

- ``engine``: our audit in one warm process; it also gives intervals, verdicts, figures and tables;
- ``host``: the same through the warm sandbox, as a worker runs it;
- ``bare``: the same libraries for the same point values in one warm process;
- ``bare, cold``: that script from ``python`` on;
- ``presets``: the bare script with Evidently's presets in place of metric lists;
- ``paper``: PDF and seal of the engine's outcomes, by the product's own worker code.

Each runs in turn, ``--rounds`` times, on one thread. The paper is the same for every side, so it is
measured once a round and its median is added to each side's: ratios are printed for the checks
alone and for the whole audit with paper. Ratios by processor time do not mind what else the machine
does. The peak is the largest resident memory of a process that did this variant only.
"""

import argparse
import io
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median, quantiles

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ.setdefault("DO_NOT_TRACK", "1")

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import benchmarks.audit_bare as bare  # noqa: E402
from benchmarks.audit_paper import paper_of  # noqa: E402
from benchmarks.audit_world import World, world  # noqa: E402

VARIANTS = ("engine", "host", "bare", "bare, cold", "presets", "paper")
AIMS = (("bare", 1.15), ("bare, cold", 1.0), ("presets", 0.5))


def by_engine(made: World):
    from audits.engine.execute import execute, open_context

    data = {"reference": io.BytesIO(made.reference), "current": io.BytesIO(made.current)}
    return execute(made.plan, open_context(made.plan, data, io.BytesIO(made.model)))


def _spent() -> float:
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def _timed(work):
    """Return wall seconds, processor seconds of this process and its ended children, peak MB."""
    wall, cpu = time.perf_counter(), _spent()
    work()
    peak = max(
        resource.getrusage(w).ru_maxrss for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return time.perf_counter() - wall, _spent() - cpu, peak / 1024


def _forked(work):
    """Measure in a child of this warm process, so that memory and caches start alike each time."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            found = _timed(work)
            os.write(write, " ".join(f"{value:.6f}" for value in found).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return tuple(float(part) for part in text.split())


def _cold(folder: Path):
    script = [sys.executable, str(ROOT / "benchmarks" / "audit_bare.py"), str(folder)]
    return _forked(lambda: subprocess.run(script, check=True, capture_output=True))


def _hosted(made: World, folder: Path, host):
    """Time one run through the sandbox; the host says what its child used."""
    files = {role: folder / f"{role}.parquet" for role in ("reference", "current")}
    wall = time.perf_counter()
    results = host.run(made.plan, files, folder / "model.json")
    return time.perf_counter() - wall, host.last["spent"], results.peak_bytes / 2**20


def measure(rows: int, rounds: int, variants: tuple[str, ...]):
    """Return the rounds of each variant: (wall, processor, peak) triples."""
    made = world(rows)
    found: dict[str, list] = {name: [] for name in variants}
    with ExitStack() as stack:
        work = _work(made, variants, stack)
        for number in range(rounds):
            for variant in variants:
                found[variant].append(work[variant]())
                wall, cpu, peak = found[variant][-1]
                note = f"{rows} rows, round {number + 1}: {variant} {wall:.2f} {cpu:.2f} {peak:.0f}"
                print(note, file=sys.stderr, flush=True)
    return found


def _work(made: World, variants, stack: ExitStack):
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    (folder / "reference.parquet").write_bytes(made.reference)
    (folder / "current.parquet").write_bytes(made.current)
    (folder / "model.json").write_bytes(made.model)
    host = stack.enter_context(_host()) if "host" in variants else None
    paper = stack.enter_context(paper_of(by_engine(made))) if "paper" in variants else None
    parts = (made.reference, made.current, made.model)
    return {
        "engine": lambda: _forked(lambda: by_engine(made)),
        "host": lambda: _hosted(made, folder, host),
        "bare": lambda: _forked(lambda: bare.audit(*parts)),
        "bare, cold": lambda: _cold(folder),
        "presets": lambda: _forked(lambda: bare.audit(*parts, evidently=bare.presets)),
        "paper": lambda: _forked(lambda: paper.made()),  # noqa: PLW0108 - None when not asked for
    }


def _host():
    from audits.engine.sandbox import EngineHost

    host = EngineHost(allow_rlimits_only=True)
    host.start()
    print(f"  host: {host.isolation}")
    return host


def show(rows: int, found) -> None:
    print(f"\n{rows:,} rows of 30 columns, reference and current each; medians")
    print(f"  {'':12} {'wall s':>8} {'cpu s':>8} {'cpu middle half':>17} {'peak MB':>8}")
    middle = {
        name: [median(column) for column in zip(*r, strict=True)] for name, r in found.items()
    }
    for name, (wall, cpu, peak) in middle.items():
        spent = [one[1] for one in found[name]]
        low, _, high = quantiles(spent, method="inclusive") if len(spent) > 1 else spent * 3
        print(f"  {name:12} {wall:8.2f} {cpu:8.2f} {f'{low:.2f} to {high:.2f}':>17} {peak:8.0f}")
    paper = middle.pop("paper", None)
    for one in ("engine", "host"):
        for two, aim in AIMS:
            if one in middle and two in middle:
                _ratio(middle[one], middle[two], paper, f"{one} / {two}", aim)


def _ratio(one, two, paper, label: str, aim: float) -> None:
    text = f"  {label:20} checks alone: wall {one[0] / two[0]:.2f}, cpu {one[1] / two[1]:.2f}"
    if paper is not None:
        wall, cpu = ((one[i] + paper[i]) / (two[i] + paper[i]) for i in (0, 1))
        kept = "kept" if cpu <= aim else "missed"
        text += f"; with paper: wall {wall:.2f}, cpu {cpu:.2f} (aim at most {aim:g}: {kept})"
    print(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one round of 10,000 rows")
    parser.add_argument("--only", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    chosen = parser.parse_args()
    rows, rounds = ([10_000], 1) if chosen.quick else (chosen.rows, chosen.rounds)

    from audits.engine.warm import warm

    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    warm()
    small = world(500)
    by_engine(small)
    bare.audit(small.reference, small.current, small.model)
    for size in rows:
        show(size, measure(size, rounds, tuple(chosen.only)))


if __name__ == "__main__":
    main()
