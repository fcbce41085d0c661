"""The peer: MLflow's model registry in an environment of its own, with the same models.

Its tables are made by its own ``mlflow db upgrade``; rows are written by SQL as its own store
writes them (one model made over its API looks the same). It runs under gunicorn, as we do: its
default (uvicorn with several processes) answers on loopback only after the kernel's delayed ACK.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "var" / "benchmarks"
HOME = FOLDER / "mlflow"
PACKAGES = ("mlflow", "psycopg2-binary")
# The registry alone: without the nine processes that wait for its other jobs.
ENVIRONMENT = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
_MODELS = """
INSERT INTO registered_models (name, creation_time, last_updated_time, description)
SELECT 'credit-model-' || lpad(n::text, 5, '0'), 1760000000000 + n, 1760000000000 + n,
       'Scores applications for consumer loans at the counter and online.'
FROM generate_series(1, {models}) AS n
"""
_VERSIONS = """
INSERT INTO model_versions (name, version, creation_time, last_updated_time, description, user_id,
    current_stage, source, run_id, status, status_message, run_link, storage_location)
SELECT 'credit-model-' || lpad(n::text, 5, '0'), v, 1760000000000 + n, 1760000000000 + n, '', NULL,
       'None', 's3://models/' || n || '/' || v, md5(n || '.' || v), 'READY', NULL, '', NULL
FROM generate_series(1, {models}) AS n, generate_series(1, {versions}) AS v
"""


def installed() -> str:
    """Install MLflow when it is not there yet; return its version."""
    python = HOME / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(HOME)], check=True)
    if not (HOME / "bin" / "mlflow").exists():
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    said = subprocess.run(
        [str(HOME / "bin" / "mlflow"), "--version"], check=True, capture_output=True, text=True
    )
    return said.stdout.split()[-1]


def uri(database_url: str) -> str:
    return "postgresql+psycopg2://" + database_url.split("://", 1)[1]


def make_tables(database_url: str) -> None:
    command = [str(HOME / "bin" / "mlflow"), "db", "upgrade", uri(database_url)]
    subprocess.run(command, check=True, capture_output=True, cwd=FOLDER)


def rows(models: int, versions: int) -> list[str]:
    """The statements that fill its empty tables."""
    named = {"models": models, "versions": versions}
    return [_MODELS.format(**named), _VERSIONS.format(**named)]


def command(database_url: str, port: int, processes: int, server: str) -> list[str]:
    """How it is served; ``server`` is "gunicorn" or "uvicorn"."""
    store = ["--backend-store-uri", uri(database_url), "--registry-store-uri", uri(database_url)]
    where = ["--host", "127.0.0.1", "--port", str(port), "--workers", str(processes)]
    quiet = {
        "gunicorn": ["--gunicorn-opts", "--worker-class gthread --threads 4 --log-level warning"],
        "uvicorn": ["--uvicorn-opts", "--no-access-log --log-level warning"],
    }[server]
    return [str(HOME / "bin" / "mlflow"), "server", *store, "--no-serve-artifacts", *where, *quiet]


def requests(newest: str) -> dict[str, str]:
    """Paths of the requests that are compared with ours of the same name."""
    base = "/api/2.0/mlflow/registered-models"
    return {
        "one model": f"{base}/get?name={newest}",
        "page of 100": f"{base}/search?max_results=100",
    }
