"""Scores of past forecasts, and what they say beside the next one."""

from governance.costs.rules.scoring import Score, calibration, score, sentence


def test_error_is_signed_and_held_needs_an_interval() -> None:
    assert score(110, 90, 120, 100) == Score(error=0.1, held=True)
    assert score(90, None, None, 100) == Score(error=-0.1, held=None)
    assert score(110, 105, 120, 100).held is False


def test_without_spend_there_is_no_error() -> None:
    assert score(5, None, None, 0).error is None


def test_calibration_counts_only_intervals_that_were_given() -> None:
    found = calibration([Score(0.1, True), Score(-0.3, False), Score(None, None)])
    assert (found.scored, found.with_interval, found.held, found.share) == (3, 2, 1, 0.5)
    assert found.size is not None
    assert round(found.size, 9) == 0.2
    assert found.bias is not None
    assert round(found.bias, 9) == -0.1


def test_the_sentence_says_share_error_and_side() -> None:
    text = sentence(calibration([Score(0.1, True), Score(-0.3, False)]), "team Credit")
    assert "held in 1 of 2 (50 %)" in text
    assert "20.0 % on average, 10.0 % too low" in text
    assert sentence(calibration([]), "team Credit").startswith("No forecast")
