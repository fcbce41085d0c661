"""The wall around the host: which parts of this machine it can see, and nothing else.

Read-only: the interpreter, the shared libraries, the virtual environment, this package and the
canonical JSON that it needs. No network, no /etc, no home, its own process table.
"""

import importlib.util
import shutil
import site
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from audits.engine.job import Limits

CODE = Path("/assay")
NOBODY = "65534"
PROBE_SECONDS = 60.0  # a busy machine must not look like one without a sandbox
ENVIRONMENT = {
    "HOME": "/tmp",  # noqa: S108 - the sandbox' own
    "TMPDIR": "/tmp",  # noqa: S108
    "MPLCONFIGDIR": "/tmp",  # noqa: S108
    "NUMBA_CACHE_DIR": "/tmp",  # noqa: S108
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "DO_NOT_TRACK": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONNOUSERSITE": "1",
    "MALLOC_ARENA_MAX": "2",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_MAX_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
}


def command(limits: Limits, packages: Sequence[str]) -> list[str]:
    """Return the bubblewrap command up to the program that it is to run.

    ``packages`` are further top-level packages that the host must be able to import.
    """
    found = shutil.which("bwrap")
    if found is None:
        raise FileNotFoundError("bwrap")
    wall = [found, "--unshare-all", "--die-with-parent", "--new-session", "--clearenv"]
    wall += ["--cap-drop", "ALL", "--uid", NOBODY, "--gid", NOBODY, "--hostname", "assay"]
    # First, so that a product which itself lies below /tmp is bound into it and not hidden by it.
    wall += ["--size", str(limits.temporary_bytes), "--tmpfs", "/tmp"]  # noqa: S108
    for place in _system():
        wall += _bound(place)
    for place in _python():
        wall += ["--ro-bind", str(place), str(place)]
    for source, name in _code(packages):
        wall += ["--ro-bind", str(source), str(CODE / name)]
    wall += ["--proc", "/proc", "--dev", "/dev"]
    wall += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp"]  # noqa: S108
    for name, value in {**ENVIRONMENT, "PYTHONPATH": str(CODE)}.items():
        wall += ["--setenv", name, value]
    return wall


@cache
def works() -> bool:
    """Say whether this machine lets us build the wall: bubblewrap installed, namespaces allowed."""
    try:
        wall = command(Limits(), ())
    except FileNotFoundError:
        return False
    probe = [*wall, sys.executable, "-s", "-c", "import audits.engine.jail"]
    try:
        done = subprocess.run(probe, capture_output=True, timeout=PROBE_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def package_root(name: str) -> Path:
    """Return the folder of an importable top-level package; raises ``ModuleNotFoundError``."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(name)
    return Path(next(iter(spec.submodule_search_locations)))


def _bound(place: Path) -> list[str]:
    if place.is_symlink():
        return ["--symlink", str(place.readlink()), str(place)]
    return ["--ro-bind-try", str(place), str(place)]


def _system() -> Iterable[Path]:
    """Shared libraries and time zones; processor facts for the libraries that count cores."""
    for name in ("/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64"):
        if Path(name).exists():
            yield Path(name)
    yield Path("/etc/ld.so.cache")
    yield Path("/usr/share/zoneinfo")
    yield Path("/sys/devices/system/cpu")


def _python() -> list[Path]:
    """The interpreter, its standard library and the virtual environment, each once."""
    real = Path(sys.executable).resolve()
    libraries = sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")
    places = [Path(sys.prefix), real, *map(Path, libraries), *map(Path, site.getsitepackages())]
    shared = Path(sys.base_prefix) / "lib"
    if not str(shared).startswith("/usr"):
        places.append(shared)
    places += _links(Path(sys.executable))
    kept: list[Path] = []
    for place in sorted({place for place in places if place.exists()}):
        if not any(place.is_relative_to(above) for above in [*kept, Path("/usr/lib")]):
            kept.append(place)
    return kept


def _links(path: Path) -> list[Path]:
    """Return what a chain of symbolic links names on its way, so that the chain holds inside."""
    found = []
    while path.is_symlink():
        target = path.readlink()
        path = target if target.is_absolute() else path.parent / target
        found.append(path)
    return found


def _code(packages: Sequence[str]) -> Iterable[tuple[Path, str]]:
    """The engine and the kernel alone; their parents are namespace packages inside."""
    audits = package_root("audits")
    kernel = package_root("governance") / "kernel"
    yield audits / "engine", "audits/engine"
    yield kernel, "governance/kernel"
    for name in packages:
        yield package_root(name), name
