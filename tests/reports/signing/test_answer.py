import pytest

from reports.signing.answer import Check, Examination, Kind, Standing, conclude

GOOD = (Check("chain", "The seal is ours", True, ""), Check("file-digest", "Digest", None, ""))
BAD = (*GOOD, Check("coverage", "The seal covers the whole file", False, "Bytes stand outside."))
WHOLE = Examination("ab", GOOD, ours=True, sealed=True, signed_at="2026-11-23T06:15:00Z")
CHANGED = Examination("cd", BAD, ours=True, sealed=True)
STRANGE = Examination("ef", BAD, sealed=True, signer="Other Bank")
DAMAGED = Examination("01", BAD, broken=True)
BARE = Examination("02", BAD)
ISSUED = Standing(issued=True, known=True)


@pytest.mark.parametrize(
    ("examination", "standing", "kind"),
    [
        (WHOLE, ISSUED, Kind.CURRENT),
        (WHOLE, Standing(True, True, "superseded", "RPT-00013"), Kind.SUPERSEDED),
        (WHOLE, Standing(True, True, "recalled", reason="wrong data"), Kind.RECALLED),
        (WHOLE, Standing(True, True, "lost"), Kind.CANNOT),
        (WHOLE, Standing(True, key_revoked_at="2026-11-01T00:00:00Z"), Kind.KEY_REVOKED),
        (WHOLE, Standing(True, key_revoked_at="2026-12-01T00:00:00Z"), Kind.CURRENT),
        (WHOLE, Standing(True, proof=False, proof_why="no path"), Kind.CANNOT),
        (WHOLE, Standing(True, proof=True), Kind.CURRENT),
        (WHOLE, Standing(False), Kind.ALTERED),
        (WHOLE, None, Kind.CANNOT),
        (CHANGED, Standing(False, known=True), Kind.ALTERED),
        (CHANGED, ISSUED, Kind.CANNOT),
        (CHANGED, None, Kind.ALTERED),
        (STRANGE, Standing(False), Kind.NOT_OURS),
        (STRANGE, None, Kind.NOT_OURS),
        (STRANGE, Standing(False, known=True), Kind.ALTERED),
        (DAMAGED, Standing(False), Kind.ALTERED),
        (DAMAGED, None, Kind.ALTERED),
        (BARE, Standing(False), Kind.NOT_OURS),
    ],
)
def test_each_case_has_its_one_answer(examination, standing, kind):
    answer = conclude(examination, standing)
    assert answer.kind is kind
    assert answer.accepted == (kind is Kind.CURRENT)
    assert answer.headline
    assert answer.detail


def test_an_altered_file_says_where():
    assert conclude(CHANGED, None).where == (
        "The seal covers the whole file: Bytes stand outside.",
    )


def test_reasons_are_passed_on():
    assert (
        "wrong data"
        in conclude(WHOLE, Standing(True, True, "recalled", reason="wrong data")).detail
    )
    assert "RPT-00013" in conclude(WHOLE, Standing(True, True, "superseded", "RPT-00013")).detail


def test_an_open_question_never_counts_as_a_pass():
    assert not conclude(WHOLE, None).accepted
