"""What people type into a search, or a file claims to be, is never a 500."""

import pytest

from governance.access.kinds import Role
from reports.documents import verification
from reports.signing.answer import Examination
from tests.factories import access as make

pytestmark = pytest.mark.django_db
ODD = ["²", "٣", "9" * 100, "-1", "0"]
LISTS = {"/runs/": "RUN", "/cases/": "APR", "/reports/": "RPT", "/models/": "MDL"}


@pytest.mark.parametrize(("path", "prefix"), LISTS.items())
def test_a_list_is_searched_for_whatever_was_typed(client, path, prefix) -> None:
    make.signed_in(client, make.person(Role.VALIDATOR))
    for odd in ODD:
        for typed in (odd, f"{prefix}-{odd}"):
            assert client.get(path, {"q": typed}).status_code == 200, typed


def test_a_file_may_claim_to_be_any_report() -> None:
    for claimed in ("RPT-²", "RPT-" + "9" * 5000, "RPT-", "²", ""):
        examination = Examination(sha256="0" * 64, checks=(), report_id=claimed)
        assert verification._claimed(examination) is None
