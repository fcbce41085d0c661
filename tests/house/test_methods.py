"""A page that only shows answers no POST, and one that only writes answers no GET."""

import re

import pytest

from governance.access.kinds import Role
from tests.factories import access
from tests.house.test_doors import _ours, _url, routes

WRITES_ONLY = {
    "access:token-revoke",
    "approvals:case-submit",
    "catalog:model-share",
    "costs:batch-accept",
    "costs:batch-dates",
    "costs:batch-refuse",
    "costs:batch-repeat",
    "costs:batch-reread",
    "costs:claim-decide",
    "costs:claim-withdraw",
    "costs:experiment-conclude",
    "costs:experiment-look",
    "costs:experiment-observe",
    "costs:ending-lesson",
    "costs:ending-resume",
    "costs:hint-answer",
    "costs:anomaly-answer",
    "costs:budget-decide",
    "costs:period-adjust",
    "costs:period-grant",
    "costs:period-invoice",
    "costs:period-refuse",
    "costs:period-reopen",
    "costs:ruleset-approve",
    "costs:ruleset-return",
    "costs:ruleset-submit",
    "costs:run-export-request",
    "costs:run-publish",
    "costs:run-request",
    "catalog:model-unshare",
    "documents:report-recall",
    "documents:report-request",
    "portal:flow-retry",
    "runs:run-cancel",
}
VERBS = {
    *("create", "edit", "register", "upload", "record", "end", "open", "decide", "withdraw"),
    *("meet", "request", "verify", "share", "unshare", "submit", "cancel", "recall", "revoke"),
    *("look", "observe", "conclude", "answer", "transfer", "publish"),
    *("accept", "refuse", "repeat", "reread", "approve", "return", "retire", "dryrun"),
    *("stop", "lesson", "resume"),
    *("adjust", "close", "dates", "grant", "invoice", "reopen"),
    *("retry", "tokens", "account", "token"),
}


def _pages():
    return [name for name in _ours() if not name.startswith("api:")]


@pytest.mark.django_db
@pytest.mark.parametrize("name", [n for n in _pages() if re.split("[:-]", n)[-1] not in VERBS])
def test_page_that_only_shows_answers_no_post(client, name):
    person = access.person(*(r for r in Role if r is not Role.SYSTEM))
    access.signed_in(client, person)
    assert client.post(_url(name, routes()[name])).status_code == 405


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(WRITES_ONLY & set(_pages())))
def test_page_that_only_writes_answers_no_get(client, name):
    person = access.person(*(r for r in Role if r is not Role.SYSTEM))
    access.signed_in(client, person)
    assert client.get(_url(name, routes()[name])).status_code == 405
