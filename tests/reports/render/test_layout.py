from reports.render import content as c
from reports.render import layout, room
from reports.render.figures import Interval, Measure, Table, Threshold, Verdict
from tests.reports.render import figures as sample


def texts(sheet):
    return [[spot.text for spot in row] for row in sheet.rows]


def test_current_and_reference_stand_side_by_side():
    measures = (
        Measure("roc_auc", 0.78, n=796),
        Measure("roc_auc", 0.95, n=1193, group="reference"),
    )
    block = c.MeasureTable("", measures, "EVD-1", (Threshold("roc_auc", ">=", 0.7),))
    (sheet,) = layout.sheets(block)
    assert [spot.text for spot in sheet.head] == ["Measure", "Current", "Reference", "Required"]
    assert texts(sheet) == [
        ["Area under the ROC curve (ROC AUC)", "0.780", "0.950", "at least 0.700"]
    ]
    assert sheet.note == "Current: 796 rows; Reference: 1,193 rows"


def test_measures_of_groups_become_one_row_for_each_group():
    span = Interval(0.5, 0.7, 0.95, "Wilson")
    measures = (
        Measure("selection_rate", 0.6, "share", 83, span, "race: black"),
        Measure("tpr_gap", 0.05, "share", 55, None, "race: black"),
        Measure("selection_rate", 0.8, "share", 668, None, "race: white"),
    )
    (sheet,) = layout.sheets(c.MeasureTable("", measures, "E", (Threshold("tpr_gap", "<=", 0.1),)))
    assert texts(sheet) == [
        ["race: black", "83", "60 %", "5 %"],
        ["race: white", "668", "80 %", ""],
    ]
    assert [spot.small for spot in sheet.head][-1] == "at most 10 %"
    assert [spot.small for spot in sheet.rows[0]][2:] == ["50 to 70 %", "n 55"]


def test_charts_without_a_twin_share_a_line_and_an_odd_one_goes_first():
    charts = tuple(c.FigureBlock(sample.histogram(), "E", twin=False) for _ in range(3))
    section = c.Section("a", "A", (*charts, c.Text("End")))
    lines = layout.lines(section, 0, {})
    assert [len(line.items) for line in lines] == [1, 2, 1]


def test_a_chart_stands_beside_the_table_of_its_numbers():
    table = c.DataTable(Table("importance", "I", ("Feature", "Share"), (("a", 0.5), ("b", 0.4))))
    section = c.Section("a", "A", (c.FigureBlock(sample.importance(), "E", twin=False), table))
    (line,) = layout.lines(section, 0, {})
    assert line.pair
    assert line.tabled


def test_what_is_printed_elsewhere_is_kept_and_not_drawn():
    hidden = c.MeasureTable("", (Measure("x", 1),), "E", drawn=False)
    assert layout.lines(c.Section("a", "A", (hidden,)), 0, {}) == []


def test_verdicts_are_counted_in_words():
    rows = [
        c.VerdictRow("x", "X", verdict, "", "E")
        for verdict in (Verdict.PASS, Verdict.PASS, Verdict.FAIL, Verdict.INSUFFICIENT)
    ]
    assert layout.tally(rows) == "2 passed, 1 failed, 1 not decided for lack of evidence"


def test_however_full_the_first_page_its_claim_is_not_cut_shorter():
    assert {step.claim for step in room.STEPS} == {room.Room().claim}
