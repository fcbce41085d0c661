"""One rendered and sealed report, shared by the tests that only read it."""

from datetime import UTC, datetime, timedelta

import pytest

from reports.render.isolated import render_pdf_isolated
from reports.signing.keys import init_keys, load_key, load_roots
from reports.signing.seal import seal_pdf
from tests.reports.render.sample import report

PROOF = {"leaf": "00", "path": [], "size": 1299}


@pytest.fixture(scope="session")
def rendered():
    return render_pdf_isolated(report(), ledger_proof=PROOF)


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    return init_keys(tmp_path_factory.mktemp("keys") / "signing", "correct horse", "Northern Bank")


@pytest.fixture(scope="session")
def key(made):
    return load_key(made.key, "correct horse")


@pytest.fixture(scope="session")
def roots(made):
    return load_roots(made.root)


@pytest.fixture(scope="session")
def signed_at(key):
    return max(datetime.now(UTC), key.not_before + timedelta(minutes=1)).replace(microsecond=0)


@pytest.fixture(scope="session")
def sealed(rendered, key, signed_at):
    return seal_pdf(
        rendered,
        key,
        reason="Issued",
        location="Boston",
        report_id="RPT-00012",
        signed_at=signed_at,
    )
