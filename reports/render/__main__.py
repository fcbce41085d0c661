"""``python -m reports.render FILE``: a job as JSON on standard input → a PDF, or HTML where the
file's name ends so (see ``isolated``).
"""

import base64
import json
import resource
import sys
from pathlib import Path
from typing import Any

from reports.render.contentjson import from_json
from reports.render.isolated import REFUSED
from reports.render.page import render_html
from reports.render.pdf import Extra, RenderError, render_pdf


def main(target: Path) -> int:
    """Write what was asked for; the reason of a refusal is the last line on standard error."""
    job = json.load(sys.stdin)
    limit = int(job["mebibytes"]) * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    try:
        target.write_bytes(_page(job) if target.suffix == ".html" else _render(job))
    except MemoryError:
        sys.stderr.write(f"The report needs more than {job['mebibytes']} MiB of memory.\n")
        return REFUSED
    except (RenderError, ValueError) as error:
        sys.stderr.write(" ".join(str(error).split()) + "\n")
        return REFUSED
    return 0


def _page(job: dict[str, Any]) -> bytes:
    return render_html(from_json(job["content"])).encode()


def _render(job: dict[str, Any]) -> bytes:
    files = tuple(
        Extra(name, base64.b64decode(data), words) for name, data, words in job["attachments"]
    )
    return render_pdf(
        from_json(job["content"]),
        ledger_proof=job["ledger_proof"],
        attachments=files,
        fonts=Path(job["fonts"]) if job["fonts"] else None,
    )


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
