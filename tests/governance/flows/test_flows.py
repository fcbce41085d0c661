"""What follows an event: at least once, in order, each reaction by itself."""

import threading
import uuid
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from governance.approvals.kinds import Kind as Case
from governance.approvals.models import ApprovalCase
from governance.flows import commands as flows
from governance.flows.kinds import LONGEST_RETRY_SECONDS
from governance.flows.models import Cursor
from governance.flows.querysets import overview
from governance.flows.reactions import REACTIONS, Reaction
from governance.flows.rules import wait_after
from governance.flows.tasks import advance as task
from governance.kernel.errors import Missing
from governance.ledger.proofs import head_position
from reports.documents.models import Report
from tests.factories import approvals as cases
from tests.factories import runs

pytestmark = pytest.mark.django_db(transaction=True)
OPENED = frozenset({Case.CASE_OPENED.value})


def noting(name: str, seen: list[int]) -> Reaction:
    return Reaction(name, OPENED, "Notes it", lambda event: seen.append(event.seq))


def failing(name: str) -> Reaction:
    def fail(event):
        raise RuntimeError(f"no room for #{event.seq}")

    return Reaction(name, OPENED, "Fails", fail)


def test_completed_run_is_attached_to_the_open_draft():
    bench = cases.bench(checked=False)
    case = cases.opened(bench)
    run = runs.completed(bench.subject)
    task()
    case.refresh_from_db()
    assert case.run_id == run.pk
    assert case.evidence.count() == run.checks.count()


@pytest.mark.parametrize("choice", ["favour", "against"])
def test_decided_case_has_its_report_requested_once(choice):
    case = cases.decided(decision=choice)
    flows.advance()
    Cursor.objects.update(seq=0)
    flows.advance()
    assert list(Report.objects.values_list("case", flat=True)) == [case.pk]


def test_conditional_approval_has_its_report_requested_too():
    bench = cases.bench()
    condition = cases.condition(bench.version.created_by)
    case = cases.decided(bench, "conditional", conditions=(condition,))
    flows.advance()
    assert Report.objects.filter(case=case).count() == 1


def test_nothing_new_writes_nothing():
    cases.opened()
    flows.advance()
    before = list(Cursor.objects.values()), head_position()
    assert flows.advance() == 0
    assert (list(Cursor.objects.values()), head_position()) == before


def test_events_come_in_order_and_each_once():
    seen: list[int] = []
    for _ in range(3):
        cases.opened()
    assert flows.advance([noting("note", seen)]) == 3
    assert flows.advance([noting("note", seen)]) == 0
    assert seen == sorted(seen)
    assert len(seen) == 3


def test_reaction_that_fails_stops_only_itself_and_waits_longer_each_time():
    seen: list[int] = []
    cases.opened()
    reactions = [failing("fail"), noting("note", seen)]
    flows.advance(reactions)
    assert len(seen) == 1
    stuck = Cursor.objects.get(reaction="fail")
    assert (stuck.seq, stuck.failures) == (0, 1)
    assert "no room" in stuck.error
    assert stuck.retry_at > timezone.now()
    flows.advance(reactions)
    stuck.refresh_from_db()
    assert stuck.failures == 1
    Cursor.objects.update(retry_at=None)
    flows.advance(reactions)
    stuck.refresh_from_db()
    assert stuck.failures == 2


def test_reaction_goes_on_where_it_failed_once_the_cause_is_gone():
    seen: list[int] = []
    cases.opened()
    flows.advance([failing("mend")])
    flows.retry_now("mend")
    assert flows.advance([noting("mend", seen)]) == 1
    mended = Cursor.objects.get(reaction="mend")
    assert (mended.failures, mended.error, mended.retry_at) == (0, "", None)
    with pytest.raises(Missing):
        flows.retry_now("no such reaction")


def test_who_died_leaves_a_lease_that_runs_out():
    seen: list[int] = []
    cases.opened()
    later = timezone.now() + timedelta(minutes=1)
    Cursor.objects.create(reaction="note", lease_holder=uuid.uuid4(), lease_until=later)
    assert flows.advance([noting("note", seen)]) == 0
    Cursor.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert flows.advance([noting("note", seen)]) == 1


def test_four_workers_at_once_react_once_to_each_event():
    seen: list[int] = []
    for _ in range(3):
        cases.opened()

    def work():
        flows.advance([noting("note", seen)])
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == len(set(seen)) == 3
    assert Cursor.objects.get(reaction="note").lease_holder is None


def test_waits_double_up_to_an_hour():
    waits = [wait_after(n).total_seconds() for n in (1, 2, 3, 50)]
    assert waits == [5, 10, 20, LONGEST_RETRY_SECONDS]


def test_names_of_reactions_are_unique():
    assert len({reaction.name for reaction in REACTIONS}) == len(REACTIONS)


def test_overview_and_command_tell_what_waits_and_what_fails():
    cases.opened()
    assert {line.state for line in overview()} == {"waiting", "current"}
    out = StringIO()
    call_command("flows", "--advance", stdout=out)
    assert "attach-evidence" in out.getvalue()
    assert {line.state for line in overview()} == {"current"}
    Cursor.objects.filter(reaction="attach-evidence").update(failures=2, error="#7 broke")
    with pytest.raises(SystemExit):
        call_command("flows", stdout=out)
    assert "#7 broke" in out.getvalue()
    assert ApprovalCase.objects.exists()
