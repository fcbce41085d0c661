"""From outcomes to sections: nothing is lost, nothing is printed twice."""

import json

import pytest

from audits.engine.outcome import Axis, Figure, Interval, Measure, Outcome, Series, Table, Verdict
from reports.documents.freezing import tables, wording
from reports.documents.freezing.evidence import evidence_sections
from reports.documents.freezing.facts import CheckFacts
from reports.render import content as c
from reports.render import figures as f
from tests.factories import approvals as cases
from tests.factories import documents


def check(name, evidence="EVD-00001", **parts):
    outcome = Outcome(name, 1, Verdict.PASS, "A sentence.", **parts)
    return CheckFacts(evidence, f"Title of {name}", outcome, "ab" * 32, None)


def drawn(section):
    return [block for block in section.blocks if getattr(block, "drawn", True)]


COLUMNS = ("Column", "State", "Effect", "Size", "Limit", "p-value, corrected", "PSI, deciles")
COLUMNS += ("Evidently's method", "Evidently's score", "n reference", "n current", "Why undecided")


def drift(name, column, evidence):
    row = (
        column,
        "stable",
        "K-S distance",
        0.05,
        0.1,
        1.0,
        0.03,
        "Wasserstein, normed",
        0.07,
        9,
        8,
        "",
    )
    return check(
        name,
        evidence,
        measures=(Measure("ks_distance", 0.05, "", 8, None, column),),
        tables=(Table("columns", "Shift", COLUMNS, (row,)),),
    )


def test_the_checks_of_drift_share_one_table_that_names_each_evidence():
    facts = [drift("drift.columns", "income", "EVD-00001"), drift("drift.target", "y", "EVD-00002")]
    (section,) = evidence_sections(facts)
    (table,) = [block.table for block in drawn(section) if isinstance(block, c.DataTable)]
    assert [(row[0], row[-1]) for row in table.rows] == [
        ("income", "EVD-00001"),
        ("y", "EVD-00002"),
    ]
    kept = [b for b in section.blocks if isinstance(b, c.MeasureTable) and not b.drawn]
    assert [m.group for block in kept for m in block.measures] == ["income", "y"]


def test_fairness_prints_each_comparison_once_and_keeps_every_measure():
    span = Interval(0.69, 0.93, 0.95, "Katz log")
    head = ("Column", "Group", "Against", "Measure", "Value", "Low", "High", "Limit", "Verdict")
    rows = (
        (
            "race",
            "black",
            "white",
            "impact ratio",
            0.8,
            0.69,
            0.93,
            ">= 0.8",
            "insufficient evidence",
        ),
        ("race", "black", "white", "gap of true positive rates", 0.05, 0.0, 0.18, "<= 0.1", "pass"),
    )
    facts = check(
        "fairness.groups",
        measures=(Measure("impact_ratio", 0.8, "", 83, span, "race: black"),),
        tables=(Table("comparisons", "Each group", head, rows),),
    )
    (section,) = evidence_sections([facts])
    (shown,) = [block.table for block in drawn(section) if isinstance(block, c.DataTable)]
    assert shown.columns[2:] == (
        "impact ratio\nat least 0.8",
        "gap of true positive rates\nat most 0.1",
    )
    assert shown.rows == (
        (
            "race: black",
            "white",
            "0.800 (0.690 to 0.930)\nundecided",
            "0.050 (0.000 to 0.180)\npass",
        ),
    )
    hidden = [block for block in section.blocks if not getattr(block, "drawn", True)]
    assert len(hidden) == 2


def test_a_check_that_nobody_knows_is_printed_whole():
    figure = Figure("f", "line", "F", Axis("x"), Axis("y"), (Series("s", (0.0, 1.0), (0.0, 1.0)),))
    facts = check("new.check", measures=(Measure("a", 1.0),), figures=(figure,))
    (section,) = evidence_sections([facts])
    assert section.title == "Further checks"
    assert [type(block) for block in drawn(section)] == [c.Callout, c.MeasureTable, c.FigureBlock]
    assert drawn(section)[-1].twin


def test_columns_of_zeros_are_said_in_a_sentence():
    table = f.Table("columns", "Q", ("Column", "Missing", "New"), (("a", 0, 3), ("b", 0, 0)))
    shorter = tables.quality(table)
    assert shorter.columns == ("Column", "New")
    assert "None in any feature: missing." in shorter.note


def test_a_digest_is_printed_once_where_plan_and_use_agree():
    same = f.Table(
        "digests", "D", ("What", "Plan", "In use", "State"), (("model", "a", "a", "same"),)
    )
    other = f.Table(
        "digests", "D", ("What", "Plan", "In use", "State"), (("model", "a", "b", "no"),)
    )
    assert tables.digests(same).columns == ("What", "SHA-256", "State")
    assert tables.digests(other) == other


@pytest.mark.parametrize(
    ("measure", "words"),
    [
        (f.Measure("roc_auc", 0.7819, n=796), "78.2 % of pairs"),
        (f.Measure("r2", 0.8268, n=796), "82.7 % of the variation"),
        (f.Measure("mae", 14.93, n=796), "off by about 14.93"),
    ],
)
def test_the_claim_is_a_sentence_that_anybody_understands(measure, words):
    assert words in wording.claim(measure, "Applications, version 2")
    assert "796 rows of Applications, version 2." in wording.claim(
        measure, "Applications, version 2"
    )


def test_reasons_of_a_tier_are_short_phrases():
    reason = {
        "factor": "a",
        "title": "Autonomy",
        "points": 1,
        "because": "autonomy: a person decides",
    }
    assert wording.tier_reasons([reason]) == ("Autonomy 1 (a person decides)",)
    assert wording.tier_table(2, [reason]).rows == (("Autonomy", 1, "a person decides"),)


@pytest.mark.django_db
def test_a_frozen_report_says_who_acted_on_what_and_names_no_dictionary(issued):
    content = issued.report.content
    text = json.dumps(content)
    assert "{'" not in text
    assert issued.bench.validator.name in text
    assert issued.bench.officer.name in text
    keys = [section["key"] for section in content["sections"]]
    assert keys[0] == "purpose"
    assert keys[-2:] == ["evidence-index", "definitions"]
    checks = {row["evidence"] for row in content["summary"]["verdicts"]}
    assert len(checks) == issued.bench.run.checks.count()


@pytest.mark.django_db
def test_conditions_and_dissent_stand_in_the_report():
    bench = cases.bench(cases.failing())
    case = cases.decided(
        bench, "conditional", conditions=(cases.condition(bench.version.created_by),)
    )
    from reports.documents import commands, production

    report = documents.requested(bench, case)
    frozen = production._freeze(commands.claim_report(report.pk))
    summary = frozen.content["summary"]
    assert summary["conditions"][0]["text"] == "Watch the drift."
    assert summary["rulings"][-1]["outcome"] == "Approved with conditions"
