"""Coaching notes: read by those who may write them, and in nothing that is audited."""

import pytest

from governance.access.kinds import Role
from governance.costs import commands as costs
from governance.costs.kinds import HintKind
from governance.costs.models import CoachingNote, CostHint
from governance.costs.rules.hints import Hint
from governance.kernel.actor import system_actor
from governance.kernel.errors import Conflict, DomainError, Missing, NotPermitted
from governance.kernel.money import UNIT
from governance.ledger.proofs import head_position
from tests.factories import access, spend
from tests.factories import value as made

pytestmark = pytest.mark.django_db
NOTE = "Ask the people of fraud for their labels."


@pytest.fixture
def market():
    return made.Market()


def told(market, kind=HintKind.STUCK) -> CostHint:
    target = spend.of_version(market.version)
    hint = Hint(kind, target.key, "Loans is stuck", ("Why",), {"USD": UNIT}, "", target.key)
    costs.record_hints(actor=system_actor(), hints=[hint], seen_on=spend.JANUARY)
    return CostHint.objects.get(kind=kind)


def write(market, row, text=NOTE, user=None):
    actor = access.actor(user or market.manager)
    return costs.write_coaching(actor=actor, hint_id=row.pk, text=text)


def refused(error: type[DomainError], act) -> None:
    before = list(CoachingNote.objects.values())
    with pytest.raises(error):
        act()
    assert list(CoachingNote.objects.values()) == before


def test_a_note_is_written_replaced_and_erased_without_a_word_in_the_ledger(market):
    row, before = told(market), head_position()
    assert write(market, row).text == NOTE
    write(market, row, "Or drop it.")
    assert [note.text for note in CoachingNote.objects.all()] == ["Or drop it."]
    assert write(market, row, " ") is None
    assert not CoachingNote.objects.exists()
    assert head_position() == (before[0], before[1])


def test_notes_are_for_stuck_work_alone(market):
    row = told(market, HintKind.IDLE_ENDPOINT)
    refused(Conflict, lambda: write(market, row))


def test_who_may_not_coach_neither_writes_nor_reads(market, client):
    row = told(market)
    write(market, row)
    auditor = access.person(Role.AUDITOR, team=market.model.team)
    stranger = access.person(Role.MANAGER, team=access.team())
    refused(NotPermitted, lambda: write(market, row, "No.", auditor))
    refused(Missing, lambda: write(market, row, "No.", stranger))
    assert not CoachingNote.objects.visible_to(access.actor(auditor)).exists()
    assert CoachingNote.objects.visible_to(access.actor(market.manager)).exists()
    access.signed_in(client, auditor)
    assert client.get(f"/costs/hints/{row.pk}/coaching/").status_code == 403
    assert "oaching note" not in client.get(f"/costs/hints/{row.pk}/").content.decode()
    assert "oaching note" not in client.get("/costs/stuck/").content.decode()


def test_a_note_is_on_its_own_page_and_in_no_list_export_or_answer_of_the_api(market, client):
    row = told(market)
    access.signed_in(client, market.manager)
    url = f"/costs/hints/{row.pk}/coaching/"
    assert client.post(url, {"text": NOTE}).status_code == 302
    assert NOTE in client.get(url).content.decode()
    assert "Read the coaching note" in client.get(f"/costs/hints/{row.pk}/").content.decode()
    listed = client.get("/costs/stuck/")
    assert url in listed.content.decode()
    assert NOTE not in listed.content.decode()
    export = client.get("/costs/stuck/", {"format": "csv", "state": "any"})
    assert NOTE not in b"".join(export.streaming_content).decode()
    api = access.api_client(market.manager)
    assert NOTE not in api.get(f"/api/v1/costs/exceptions/{row.pk}/").content.decode()
    client.post(url, {"text": ""})
    assert not CoachingNote.objects.exists()
