"""The child of ``isolated``: one job on standard input, one examination on standard output."""

import base64
import json
import resource
import sys

from reports.signing.examine import examine_pdf
from reports.signing.isolated import to_json


def main() -> None:
    job = json.load(sys.stdin)
    memory = job["mebibytes"] * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (job["seconds"], job["seconds"]))
    found = examine_pdf(
        base64.b64decode(job["data"]),
        tuple(base64.b64decode(root) for root in job["roots"]),
        expected_sha256=job["expected_sha256"],
        expected_content=job["expected_content"],
    )
    json.dump(to_json(found), sys.stdout)


main()
