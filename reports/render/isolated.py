"""Rendering in a process of its own: memory comes back, a runaway ends, and no secret is at hand.

The child is given the content on its standard input and the path to write to; its environment
holds neither keys nor database addresses.
"""

import base64
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from governance.kernel.canonical import Json
from reports.render.content import ReportContent
from reports.render.contentjson import to_json
from reports.render.pdf import Extra, RenderError

ROOT = Path(__file__).parents[2]
KEPT = ("PATH", "LANG", "LD_LIBRARY_PATH", "ASSAY_FONTS_DIR", "VIRTUAL_ENV", "FONTCONFIG_FILE")
REFUSED = 3


def render_pdf_isolated(
    content: ReportContent,
    *,
    ledger_proof: Json = None,
    attachments: tuple[Extra, ...] = (),
    fonts: Path | None = None,
    seconds: int = 300,
    mebibytes: int = 2048,
) -> bytes:
    """Return what ``render_pdf`` returns, computed in a child within these bounds.

    Raises ``RenderError`` with the reason: too slow, too large, or what the child said.
    """
    job = {
        "content": to_json(content),
        "ledger_proof": ledger_proof,
        "mebibytes": mebibytes,
        "fonts": str(fonts.resolve()) if fonts else "",
        "attachments": [
            [file.name, base64.b64encode(file.data).decode(), file.description]
            for file in attachments
        ],
    }
    return _made(job, "report.pdf", seconds)


def render_html_isolated(content: ReportContent, *, seconds: int = 120) -> str:
    """Return what ``render_html`` returns, drawn in a child: a web process draws no charts.

    Raises ``RenderError`` as ``render_pdf_isolated`` does.
    """
    job = {"content": to_json(content), "mebibytes": 2048}
    return _made(job, "report.html", seconds).decode()


def _made(job: dict[str, Any], name: str, seconds: int) -> bytes:
    with tempfile.TemporaryDirectory(prefix="assay-render-") as folder:
        target = Path(folder) / name
        _run(json.dumps(job).encode(), target, seconds)
        return target.read_bytes()


def _run(job: bytes, target: Path, seconds: int) -> None:
    env = {name: os.environ[name] for name in KEPT if name in os.environ}
    # What the child leaves lying about goes with its folder.
    env |= dict.fromkeys(("HOME", "TMPDIR", "MPLCONFIGDIR"), str(target.parent))
    env |= {"PYTHONHASHSEED": "0"}
    env |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # each thread reserves memory
    command = [sys.executable, "-m", "reports.render", str(target)]
    try:
        done = subprocess.run(
            command, input=job, cwd=ROOT, env=env, timeout=seconds, capture_output=True, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise RenderError(f"The report was not drawn within {seconds} seconds.") from error
    if done.returncode == REFUSED:
        raise RenderError(done.stderr.decode(errors="replace").strip().splitlines()[-1])
    if done.returncode or not target.is_file():
        raise RenderError(f"The drawing process ended with status {done.returncode}.")
