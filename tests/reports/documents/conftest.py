"""One report, issued for real, for every test of a file that only reads it."""

from dataclasses import dataclass

import pytest
from django.db import transaction

from reports.documents import files
from reports.documents.models import Report
from tests.factories import approvals as cases
from tests.factories import documents


@dataclass(frozen=True)
class Issued:
    bench: cases.Bench
    report: Report
    data: bytes


@pytest.fixture(scope="module")
def issued(django_db_setup, django_db_blocker):
    """Kept in a transaction about the whole file, as a test case keeps what its tests share."""
    with django_db_blocker.unblock():
        block = transaction.atomic()
        block._from_testcase = True
        with block:
            bench = cases.bench()
            report = documents.issued(bench)
            yield Issued(bench, report, files.read(report.digest))
            transaction.set_rollback(True)


@pytest.fixture
def officer(issued):
    return issued.bench.officer
