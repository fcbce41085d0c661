import dataclasses
import json

import pytest
import rfc8785

from audits.engine import outcome
from reports.render import content as c
from reports.render.contentjson import (
    ContentError,
    content_digest,
    from_bytes,
    from_json,
    settled,
    to_bytes,
    to_json,
)
from reports.render.figures import Measure
from tests.reports.render.sample import control, report, small


def test_content_survives_the_way_through_its_bytes():
    assert to_bytes(from_bytes(to_bytes(report()))) == to_bytes(report())
    assert settled(settled(report())) == settled(report())


def test_equal_numbers_give_one_digest_whatever_their_type():
    one = c.ReportContent(control(), c.Summary(figures=(Measure("spend", 1),)))
    same = c.ReportContent(control(), c.Summary(figures=(Measure("spend", 1.0),)))
    assert content_digest(one) == content_digest(same)
    assert settled(one) == settled(same)


def test_every_changed_word_changes_the_digest():
    assert content_digest(small()) != content_digest(
        c.ReportContent(control(), c.Summary(headline="Spend is within budget!"))
    )


def test_engine_outcome_parts_load_here_unchanged():
    figure = outcome.Figure(
        "k",
        "line",
        "T",
        outcome.Axis("x"),
        outcome.Axis("y"),
        (outcome.Series("s", (1.0,), (2.0,)),),
    )
    body = to_json(report())
    block = {
        "kind": "figure",
        "figure": dataclasses.asdict(figure),
        "evidence": "EVD-1",
        "twin": True,
    }
    body["sections"] = [{"key": "a", "title": "A", "lead": "", "blocks": [block]}]
    loaded = from_json(json.loads(json.dumps(body)))
    assert loaded.sections[0].blocks[0].figure.series[0].y == (2.0,)


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 2},
        {"surprise": 1},
        {"control": []},
        {"sections": [{"key": "a", "title": "A", "lead": "", "blocks": [{"kind": "script"}]}]},
        {"sections": [{"key": "a"}]},
        {
            "summary": {
                "verdicts": [
                    {
                        "check": "a",
                        "title": "a",
                        "verdict": "maybe",
                        "summary": "",
                        "evidence": "",
                        "note": "",
                    }
                ]
            }
        },
        {"sections": [{"key": "a", "title": 3, "lead": "", "blocks": []}]},
    ],
)
def test_json_that_is_not_ours_is_refused_by_name(change):
    with pytest.raises(ContentError):
        from_json({**to_json(small()), **change})


def test_bytes_that_are_not_json_are_refused():
    with pytest.raises(ContentError):
        from_bytes(b"%PDF-1.7")


def test_numbers_without_a_canonical_form_are_refused():
    broken = c.ReportContent(control(), c.Summary(figures=(Measure("x", float("nan")),)))
    with pytest.raises(rfc8785.CanonicalizationError):
        to_bytes(broken)
