"""What may happen to a case, held as a table; words, quorum, validity, standing."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from governance.access.proofs import Reauthentication, check_proof
from governance.approvals.kinds import Act, Capacity, CaseState, Choice, Status, StepKind
from governance.approvals.rules import workflow
from governance.approvals.rules.independence import (
    check_closure,
    check_independent,
)
from governance.approvals.rules.standing import CaseFacts, standing_of
from governance.approvals.rules.statements import moved, require_same, seen_position
from governance.approvals.rules.words import Bounds, NewCondition, Words, check_words
from governance.kernel.actor import Strength
from governance.kernel.errors import Conflict, Invalid, Moved, NotPermitted, RuleBroken

NO = None
TABLE = {
    # state:              attach, submit, speak, approve, conditionally, reject, withdraw
    CaseState.DRAFT: ("draft", "submitted", NO, NO, NO, NO, "withdrawn"),
    CaseState.SUBMITTED: (NO, NO, "in_review", NO, NO, NO, "withdrawn"),
    CaseState.IN_REVIEW: (
        NO,
        NO,
        "in_review",
        "approved",
        "conditional",
        "rejected",
        "withdrawn",
    ),
    CaseState.APPROVED: (NO,) * 7,
    CaseState.CONDITIONAL: (NO,) * 7,
    CaseState.REJECTED: (NO,) * 7,
    CaseState.WITHDRAWN: (NO,) * 7,
}
CELLS = [
    (state, act, wanted)
    for state, row in TABLE.items()
    for act, wanted in zip(Act, row, strict=True)
]


@pytest.mark.parametrize(("state", "act", "wanted"), CELLS)
def test_every_cell_of_the_transition_table(state, act, wanted):
    if wanted is None:
        with pytest.raises(Conflict):
            workflow.after(state, act)
    else:
        assert workflow.after(state, act) == wanted


def test_table_names_every_state():
    assert set(TABLE) == set(CaseState)


@pytest.mark.parametrize(
    ("kind", "quorum", "choices", "met"),
    [
        ("opinion", 1, [], False),
        ("opinion", 1, ["abstain"], False),
        ("opinion", 1, ["against"], True),
        ("opinion", 2, ["against", "abstain"], False),
        ("opinion", 2, ["against", "favour"], True),
        ("decision", 2, ["favour"], False),
        ("decision", 2, ["favour", "abstain"], False),
        ("decision", 2, ["favour", "conditional"], True),
        ("decision", 3, ["against"], True),
        ("decision", 0, [], False),
    ],
)
def test_quorum(kind, quorum, choices, met):
    assert workflow.quorum_met(kind, quorum, choices) is met


@pytest.mark.parametrize(
    ("choices", "conditions", "act"),
    [
        (["favour"], 0, Act.APPROVE),
        (["favour"], 1, Act.APPROVE_CONDITIONALLY),
        (["favour", "conditional"], 1, Act.APPROVE_CONDITIONALLY),
        (["favour", "against"], 1, Act.REJECT),
    ],
)
def test_outcome(choices, conditions, act):
    assert workflow.outcome_of(choices, conditions) == act


@pytest.mark.parametrize(
    ("day", "months", "end"),
    [
        (date(2026, 11, 23), 12, date(2027, 11, 23)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2027, 8, 31), 18, date(2029, 2, 28)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
    ],
)
def test_end_of_validity(day, months, end):
    assert workflow.end_of_validity(day, months) == end


@pytest.mark.parametrize(
    ("held", "wanted", "error"),
    [
        (None, Capacity.VALIDATED, None),
        (Capacity.BUILT, Capacity.VALIDATED, NotPermitted),
        (Capacity.BUILT, Capacity.DECIDED, NotPermitted),
        (Capacity.VALIDATED, Capacity.DECIDED, NotPermitted),
        (Capacity.DECIDED, Capacity.VALIDATED, NotPermitted),
        (Capacity.VALIDATED, Capacity.VALIDATED, Conflict),
        (Capacity.DECIDED, Capacity.DECIDED, Conflict),
    ],
)
def test_parts_exclude_each_other(held, wanted, error):
    person = uuid4()
    parts = {person: held.value} if held else {}
    if error is None:
        check_independent(person, wanted, parts)
    else:
        with pytest.raises(error):
            check_independent(person, wanted, parts)


def test_proof_is_fresh_ones_own_and_strong():
    me, now = uuid4(), datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    good = Reauthentication(me, now - timedelta(minutes=1), Strength.PASSWORD)
    assert check_proof(good, me, now) is Strength.PASSWORD
    for bad in (
        None,
        Reauthentication(uuid4(), now, Strength.PASSWORD),
        Reauthentication(me, now - timedelta(minutes=6), Strength.PASSWORD),
        Reauthentication(me, now + timedelta(minutes=1), Strength.PASSWORD),
        Reauthentication(me, now, Strength.TOKEN),
        Reauthentication(me, now, Strength.NONE),
    ):
        with pytest.raises(NotPermitted):
            check_proof(bad, me, now)


TODAY = date(2026, 11, 23)
WATCH = NewCondition("Watch the drift.", uuid4(), date(2027, 1, 31))


def bounds(**changes):
    given = {
        "kind": StepKind.DECISION,
        "gate_open": True,
        "curable": False,
        "missing": "",
        "opposed": 0,
        "binding": 0,
        "today": TODAY,
        "valid_until": date(2027, 11, 23),
    }
    return Bounds(**(given | changes))


@pytest.mark.parametrize(
    ("words", "given", "field"),
    [
        (Words(Choice.FAVOUR, "Sound."), {}, None),
        (Words(Choice.FAVOUR, " "), {}, "reason"),
        (Words(Choice.FAVOUR, "x" * 10_001), {}, "reason"),
        (Words(Choice.FAVOUR, "Sound."), {"gate_open": False}, "choice"),
        (Words(Choice.FAVOUR, "Sound."), {"gate_open": False, "curable": True}, "choice"),
        (Words(Choice.CONDITIONAL, "Sound.", "", (WATCH,)), {"gate_open": False}, "choice"),
        (
            Words(Choice.CONDITIONAL, "Sound.", "", (WATCH,)),
            {"gate_open": False, "curable": True},
            None,
        ),
        (Words(Choice.CONDITIONAL, "Sound."), {}, "conditions"),
        (Words(Choice.CONDITIONAL, "Sound."), {"binding": 1}, None),
        (Words(Choice.FAVOUR, "Sound.", "", (WATCH,)), {}, "conditions"),
        (Words(Choice.FAVOUR, "Sound."), {"opposed": 1}, "override"),
        (Words(Choice.FAVOUR, "Sound.", "It concerns another use."), {"opposed": 1}, None),
        (Words(Choice.FAVOUR, "Sound."), {"opposed": 1, "kind": StepKind.OPINION}, None),
        (Words(Choice.AGAINST, "Unsound."), {"gate_open": False, "opposed": 1}, None),
        (Words(Choice.ABSTAIN, "I know the owner."), {"gate_open": False}, None),
        (
            Words(Choice.CONDITIONAL, "Sound.", "", (NewCondition("Now", uuid4(), TODAY),)),
            {},
            "conditions",
        ),
        (
            Words(
                Choice.CONDITIONAL, "Sound.", "", (NewCondition("Late", uuid4(), date(2028, 1, 1)),)
            ),
            {},
            "conditions",
        ),
        (Words(Choice.CONDITIONAL, "Sound.", "", (WATCH,) * 21), {}, "conditions"),
    ],
)
def test_words_are_held_to_the_rules(words, given, field):
    if field is None:
        check_words(words, bounds(**given))
    else:
        with pytest.raises(RuleBroken) as told:
            check_words(words, bounds(**given))
        assert set(told.value.errors) == {field}


def test_conditions_are_closed_by_somebody_independent():
    owner, builder, reviewer = uuid4(), uuid4(), uuid4()
    check_closure(reviewer, owner, {builder}, "The monitor is live.", is_open=True)
    for person, note, is_open, error in (
        (owner, "Done.", True, NotPermitted),
        (builder, "Done.", True, NotPermitted),
        (reviewer, " ", True, RuleBroken),
        (reviewer, "Done.", False, Conflict),
    ):
        with pytest.raises(error):
            check_closure(person, owner, {builder}, note, is_open=is_open)


def case(state, **facts):
    return CaseFacts(uuid4(), "APR-00001", state, **({"valid_until": None} | facts))


GOOD = {"valid_until": date(2027, 1, 1)}


@pytest.mark.parametrize(
    ("found", "status"),
    [
        ([], Status.NONE),
        ([case("withdrawn")], Status.NONE),
        ([case("draft")], Status.DRAFT),
        ([case("submitted")], Status.IN_REVIEW),
        ([case("in_review")], Status.IN_REVIEW),
        ([case("approved", **GOOD)], Status.APPROVED),
        ([case("conditional", **GOOD)], Status.CONDITIONAL),
        ([case("approved", valid_until=TODAY)], Status.APPROVED),
        ([case("approved", valid_until=TODAY - timedelta(days=1))], Status.EXPIRED),
        ([case("approved", **GOOD, changed=("The version changed.",))], Status.LAPSED),
        ([case("rejected")], Status.REJECTED),
        ([case("rejected"), case("approved", **GOOD)], Status.REJECTED),
        ([case("draft"), case("approved", **GOOD)], Status.APPROVED),
        ([case("draft"), case("rejected")], Status.DRAFT),
        ([case("withdrawn"), case("approved", **GOOD)], Status.APPROVED),
    ],
)
def test_standing_of_a_version(found, status):
    assert standing_of(found, TODAY).status == status


def test_overdue_condition_keeps_the_approval_and_stops_its_use():
    standing = standing_of([case("conditional", **GOOD, overdue=2)], TODAY)
    assert standing.in_force
    assert not standing.usable
    assert "2 conditions are past" in standing.reasons[0]


def test_what_moved_is_named_in_plain_words():
    now = {"evidence": {"set_digest": "b"}, "tier": 2}
    assert moved({"evidence": {"set_digest": "a"}, "tier": 2}, now) == ["the evidence"]
    with pytest.raises(Moved, match="the evidence"):
        require_same({"evidence": {"set_digest": "a"}, "tier": 2}, now)
    with pytest.raises(Moved, match="the form"):
        require_same({**now, "extra": 1}, now)
    assert require_same(now, now) == require_same(dict(reversed(now.items())), now)


@pytest.mark.parametrize(
    "ledger",
    [
        None,
        {},
        {"size": -1, "head": "0" * 64},
        {"size": True, "head": "0" * 64},
        {"size": 2**60, "head": "0" * 64},
        {"size": 1, "head": "0" * 63},
        {"size": "1", "head": "0" * 64},
    ],
)
def test_position_that_is_none_is_refused(ledger):
    with pytest.raises(Invalid):
        seen_position({"ledger": ledger})
