"""What a reader gets from the page components: words beside colours, whole digests, safe text."""

import datetime as dt
import html
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.contrib.staticfiles import finders
from django.http import HttpRequest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils.safestring import mark_safe

from audits.engine.outcome import Axis, Figure, Interval, Measure, Series, Table, Verdict
from governance.portal.components import badges, figures, tables, texts

HOSTILE = '<script>alert("x")</script>'
SOURCES = Path(__file__).resolve().parents[3] / "governance" / "portal"


def render(source: str, request: HttpRequest | None = None, **values: Any) -> str:
    return Template(source).render(Context({"request": request, **values}))


def words(markup: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", markup).split())


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_has_an_icon_and_a_word(verdict: Verdict) -> None:
    shown = render("{% verdict v %}", v=verdict)
    assert words(shown).lower() == verdict.value
    assert "icons.svg#" in shown


def test_only_pass_wears_the_colours_of_passing() -> None:
    tones = {verdict: badges.VERDICTS[verdict.value].tone for verdict in Verdict}
    assert [verdict for verdict, tone in tones.items() if tone == "pass"] == [Verdict.PASS]


def test_missing_verdict_reads_not_run() -> None:
    assert words(render("{% verdict v %}", v=None)) == "Not run"


def test_state_with_underscores_is_written_as_words() -> None:
    shown = render("{% status s %}", s="approved_with_conditions")
    assert words(shown) == "Approved with conditions"
    assert 'data-tone="warn"' in shown


def test_unknown_state_keeps_its_word_and_claims_nothing() -> None:
    shown = render("{% status s %}", s="something new")
    assert words(shown) == "Something new"
    assert 'data-tone="neutral"' in shown


def test_tally_puts_the_worst_first_and_leaves_out_what_did_not_happen() -> None:
    shown = render("{% tally c %}", c={Verdict.PASS: 5, Verdict.FAIL: 1, Verdict.ERROR: 0})
    assert words(shown) == "1 fail 5 pass"


def test_short_tally_still_says_its_words_to_screen_readers() -> None:
    assert "fail" in words(render("{% tally c short=True %}", c={"fail": 2}))


def test_digest_is_short_to_read_and_whole_to_copy() -> None:
    value = "ab" * 32
    shown = render("{% digest d %}", d=value)
    assert f'data-copy="{value}"' in shown
    assert f'title="SHA-256 {value}"' in shown
    assert f">{value[:12]}<" in shown


@pytest.mark.parametrize("tag", ["digest", "person", "when", "number", "measure"])
def test_absent_value_is_a_dash_that_is_read_as_none(tag: str) -> None:
    assert words(render("{% " + tag + " v %}", v=None)) == "— none"


def test_time_is_written_in_utc_and_says_so() -> None:
    moment = dt.datetime(2026, 3, 31, 23, 5, 9, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    shown = render("{% when m %}", m=moment)
    assert words(shown) == "31 Mar 2026, 21:05 UTC"
    assert 'datetime="2026-03-31T21:05:09Z"' in shown
    assert 'title="2026-03-31 21:05:09 UTC"' in shown


def test_plain_date_is_not_moved_by_a_time_zone() -> None:
    shown = render("{% when d %}", d=dt.date(2026, 1, 1))
    assert words(shown) == "1 Jan 2026"
    assert "data-when" not in shown


def test_naive_time_and_iso_text_are_utc() -> None:
    naive = dt.datetime(2026, 1, 2, 3, 4)  # noqa: DTZ001
    assert render("{% when m %}", m=naive) == render("{% when m %}", m="2026-01-02T03:04:00+00:00")


def test_text_that_is_no_time_is_not_shown_as_one() -> None:
    assert words(render("{% when m %}", m="soon")) == "— none"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"), (0.0, "0.000"), (12345, "12,345"), (0.821437, "0.8214"), (1234.5678, "1,235"),
        (-0.5, "-0.5000"), (0.0000123, "1.2e-05"), (48250000.0, "48,250,000"),
        (float("nan"), "—"), (float("inf"), "—"), (True, "True"), ("text", "text"),
    ],
)  # fmt: skip
def test_numbers_have_four_significant_figures(value: Any, text: str) -> None:
    assert texts.plain_number(value) == text


@pytest.mark.parametrize(
    "source",
    [
        "{% status v %}", "{% status 'open' label=v %}", "{% digest v %}",
        "{% person v role=v url=v %}",
        "{% number 1 unit=v %}", "{% crumb v v %}", "{% stat v v note=v url=v %}", "{% th v 'k' %}",
        "{% facts pairs %}", "{% panel title=v %}{{ v }}{% endpanel %}",
        "{% callout title=v %}{{ v }}{% endcallout %}", "{% empty v %}{{ v }}{% endempty %}",
        "{% factlist %}{% fact v %}{{ v }}{% endfact %}{% endfactlist %}",
        "{% steps label=v %}{% step v who=v %}{{ v }}{% endstep %}{% endsteps %}",
        "{% confirm v v verb=v %}{{ v }}{% endconfirm %}",
        "{% progress 1 2 label=v note=v left=v %}",
        "{% poll 'a' v %}{{ v }}{% endpoll %}", "{% data_table table %}",
        "{% figure figure evidence=v %}",
    ],
)  # fmt: skip
def test_text_from_outside_never_becomes_markup(source: str) -> None:
    axis = Axis(HOSTILE, HOSTILE, (HOSTILE,))
    drawn = Figure("k", "bar", HOSTILE, axis, axis, (Series(HOSTILE, (0.0,), (1.0,)),), HOSTILE)
    table = Table("k", HOSTILE, (HOSTILE,), ((HOSTILE,),), HOSTILE)
    shown = render(source, v=HOSTILE, pairs=[(HOSTILE, HOSTILE)], table=table, figure=drawn)
    assert HOSTILE not in shown
    assert "alert" in shown


def test_text_once_shown_as_markup_is_still_escaped_when_it_comes_from_outside() -> None:
    assert "<b>x</b>" in render("{% status 'open' label=v %}", v=mark_safe("<b>x</b>"))
    assert "<b>x</b>" not in render("{% status 'open' label=v %}", v="<b>x</b>")


def test_interval_is_drawn_and_its_method_named() -> None:
    one = Measure("AUC", 0.8, interval=Interval(0.7, 0.9, 0.95, "bootstrap, B=400"))
    shown = render("{% measure m low=0 high=1 bound=0.75 digits=2 %}", m=one)
    assert words(shown) == "0.80 [0.70, 0.90]"
    assert "95% interval, bootstrap, B=400" in shown
    assert "<svg" in shown


def test_measure_from_stored_json_reads_as_the_measure_itself() -> None:
    one = Measure("AUC", 0.8, unit="", n=10, interval=Interval(0.7, 0.9, 0.95, "b"))
    stored = {
        "name": "AUC", "value": 0.8, "unit": "", "n": 10, "group": "",
        "interval": {"low": 0.7, "high": 0.9, "level": 0.95, "method": "b"},
    }  # fmt: skip
    assert render("{% measure m %}", m=one) == render("{% measure m %}", m=stored)


def test_measures_on_one_scale_stand_at_comparable_places() -> None:
    def place(value: float) -> float:
        one = Measure("m", value, interval=Interval(value - 0.1, value + 0.1, 0.9, "b"))
        found = re.search(r'circle cx="([\d.]+)"', render("{% measure m low=-1 high=3 %}", m=one))
        assert found
        return float(found[1])

    assert place(-0.5) < place(0.5) < place(2.5)
    assert place(1.0) == pytest.approx(60)


def test_figure_carries_its_numbers_as_a_table() -> None:
    axis = Axis("Column", categories=("income", "age"))
    series = (Series("Now", (0.0, 1.0), (0.25, 0.5), (0.2, 0.4), (0.3, 0.6)),)
    drawn = Figure("drift", "bar", "Drift", axis, Axis("PSI"), series)
    columns, rows = figures.twin(drawn)
    assert columns == ["Column", "Now", "Now, low", "Now, high"]
    assert rows == [["income", 0.25, 0.2, 0.3], ["age", 0.5, 0.4, 0.6]]


def test_series_on_different_places_become_long_rows() -> None:
    series = (Series("A", (0.0, 1.0), (0.0, 1.0)), Series("B", (0.5,), (0.7,), (0.6,), (0.8,)))
    drawn = Figure("roc", "roc", "ROC", Axis("FPR"), Axis("TPR"), series)
    columns, rows = figures.twin(drawn)
    assert columns == ["Series", "FPR", "TPR", "Low", "High"]
    assert rows[0] == ["A", 0.0, 0.0, None, None]
    assert rows[2] == ["B", 0.5, 0.7, 0.6, 0.8]


def test_figures_of_two_checks_with_one_key_have_different_ids() -> None:
    drawn = Figure("importance", "bar", "T", Axis("x"), Axis("y"), ())
    first = figures.figure(drawn, prefix="explanation.global")
    assert first["id"] != figures.figure(drawn, prefix="explanation.local")["id"]


def test_figure_data_in_the_page_is_the_figure() -> None:
    drawn = Figure("k", "line", "T", Axis("x"), Axis("y", "%"), (Series("s", (1.0,), (2.0,)),))
    shown = render("{% figure f %}", f=drawn)
    found = re.search(r'data-figure="([^"]*)"', shown)
    assert found
    assert figures.as_figure(json.loads(html.unescape(found[1]))) == drawn


class SampleForm(forms.Form):
    name = forms.CharField(help_text="As people call it.")
    note = forms.CharField(required=False)
    tier = forms.ChoiceField(choices=[("1", "Tier 1"), ("2", "Tier 2")], required=False)
    choice = forms.ChoiceField(choices=[("a", "A")], widget=forms.RadioSelect)
    agreed = forms.BooleanField()
    secret = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean(self) -> dict[str, Any]:
        self.add_error(None, "The two do not fit.")
        return self.cleaned_data


def test_field_ties_label_help_and_error_together() -> None:
    shown = render("{% field f.name %}", f=SampleForm({}))
    assert '<label for="id_name">' in shown
    assert 'aria-describedby="id_name_helptext id_name_error"' in shown
    assert 'id="id_name_helptext"' in shown
    assert 'id="id_name_error"' in shown
    assert 'aria-invalid="true"' in shown


def test_hint_given_by_the_page_is_tied_to_its_field() -> None:
    shown = render('{% field f.note hint="Short." %}', f=SampleForm())
    assert 'aria-describedby="id_note_helptext"' in shown


def test_optional_field_says_so_and_required_one_does_not() -> None:
    assert "(optional)" in words(render("{% field f.note %}", f=SampleForm()))
    assert "(optional)" not in words(render("{% field f.name %}", f=SampleForm()))


def test_radio_choice_is_a_group_with_a_legend() -> None:
    shown = render("{% field f.choice %}", f=SampleForm())
    assert "<fieldset" in shown
    assert "<legend>Choice</legend>" in shown


def test_form_fields_draws_hidden_ones_too() -> None:
    shown = render("{% form_fields f %}", f=SampleForm())
    assert 'type="hidden" name="secret"' in shown
    assert shown.count("<label") == 5


def test_error_summary_links_every_error_to_its_field() -> None:
    shown = render("{% error_summary f %}", f=SampleForm({}))
    assert "4 things to put right" in words(shown)
    assert 'href="#id_name"' in shown
    assert "The two do not fit." in shown


def test_form_that_was_not_sent_has_no_summary() -> None:
    assert not render("{% error_summary f %}", f=SampleForm()).strip()


@dataclass
class Page:
    items: list[int]
    next_cursor: str | None


def asked(query: str) -> HttpRequest:
    return RequestFactory().get(f"/models/{query}")


def test_heading_sorts_up_then_down_and_tells_which() -> None:
    plain = render("{% th 'Tier' 'tier' %}", asked("?q=loan&cursor=abc"))
    up = render("{% th 'Tier' 'tier' %}", asked("?sort=tier"))
    down = render("{% th 'Tier' 'tier' %}", asked("?sort=-tier"))
    assert 'href="?q=loan&amp;sort=tier"' in plain
    assert "aria-sort" not in plain
    assert 'aria-sort="ascending"' in up
    assert 'href="?sort=-tier"' in up
    assert 'aria-sort="descending"' in down


def test_default_order_is_told_when_the_address_names_none() -> None:
    assert 'aria-sort="descending"' in render("{% th 'When' 'at' default='-at' %}", asked(""))


def test_pager_keeps_filters_and_offers_the_next_page() -> None:
    shown = render(
        "{% pager p 'models' total=12000 estimated=True %}", asked("?q=a"), p=Page([1], "xyz")
    )
    assert 'href="?q=a&amp;cursor=xyz"' in shown
    assert "1 of about 12,000 models" in words(shown)
    assert "First page" not in shown


def test_last_page_leads_back_to_the_first() -> None:
    shown = render("{% pager p %}", asked("?cursor=xyz"), p=Page([1], None))
    assert "First page" in shown
    assert "Next page" not in shown


class SampleFilter(forms.Form):
    q = forms.CharField(required=False, label="Name")
    tier = forms.MultipleChoiceField(required=False, choices=[("1", "Tier 1"), ("2", "Tier 2")])


def test_each_filter_in_force_can_be_taken_out_alone() -> None:
    request = asked("?q=loan&tier=1&tier=2&sort=name&cursor=x")
    chosen = SampleFilter(request.GET)
    assert chosen.is_valid()
    found = tables.chips(request, chosen)
    assert [chip["text"] for chip in found["chips"]] == ["loan", "Tier 1, Tier 2"]
    assert found["chips"][0]["url"] == "?tier=1&tier=2&sort=name"
    assert found["clear"] == "?sort=name"


def test_polling_ends_when_the_work_has_ended() -> None:
    source = "{% poll 'live' '/runs/1/live/' live=live %}done{% endpoll %}"
    assert 'hx-trigger="every 2s"' in render(source, live=True)
    assert "hx-" not in render(source, live=False)


def test_progress_of_nothing_is_not_a_crash() -> None:
    assert "0 of 0" in words(render("{% progress 0 0 label='Checks' %}"))


def test_destructive_act_carries_the_token_and_says_what_it_does() -> None:
    source = (
        "{% confirm 'Retire' '/x/' verb='Retire it' %}<p>Nobody can use it.</p>{% endconfirm %}"
    )
    shown = render(source, csrf_token="tok")
    assert 'name="csrfmiddlewaretoken" value="tok"' in shown
    assert "Nobody can use it." in words(shown)
    assert 'method="post"' in shown


def test_tab_of_this_address_is_the_current_one() -> None:
    items = [
        {"label": "One", "url": "/models/"},
        {"label": "Two", "url": "/models/two/", "count": 0},
    ]
    shown = render("{% tabs items label='Model' %}body{% endtabs %}", asked("?sort=x"), items=items)
    assert shown.count('aria-current="page"') == 1
    assert words(shown) == "One Two 0 body"


def test_markup_made_by_other_tags_stays_markup_in_facts() -> None:
    shown = render("{% facts pairs %}", pairs=[("Owner", mark_safe("<b>Ada</b>")), ("Next", None)])
    assert "<b>Ada</b>" in shown
    assert words(shown) == "Owner Ada Next —"


@pytest.mark.parametrize(
    ("noun", "one"),
    [("batches", "batch"), ("policies", "policy"), ("use cases", "use case"), ("runs", "run")],
)
def test_one_of_a_list_is_counted_in_the_singular(noun: str, one: str) -> None:
    assert tables.pager(None, Page([1], None), noun)["noun"] == one


def test_person_is_shown_by_full_name_with_initials() -> None:
    class User:
        def get_full_name(self) -> str:
            return "Ada Marsh"

    assert words(render("{% person u role='Validator' %}", u=User())) == "AM Ada Marsh Validator"


def templates() -> list[Path]:
    """Return every template of the house."""
    house = Path(__file__).resolve().parents[3]
    apps = (house / name for name in ("governance", "inventory", "audits", "reports"))
    return [path for app in apps for path in app.rglob("templates/**/*.html")]


def drawn_icons() -> set[str]:
    sprite = Path(str(finders.find("portal/icons.svg"))).read_text()
    return set(re.findall(r'<symbol id="([\w-]+)"', sprite))


def test_every_icon_that_is_named_is_drawn() -> None:
    looks = [*badges.VERDICTS.values(), *badges.STATES.values(), badges.NOT_RUN, badges.UNKNOWN]
    named = {look.icon for look in looks}
    for template in templates():
        found = re.findall(r'{% icon "([\w-]+)"| symbol="([\w-]+)"', template.read_text())
        named |= {name for pair in found for name in pair if name}
    assert named <= drawn_icons()


def test_no_template_of_the_shell_needs_inline_style_or_script() -> None:
    for template in (SOURCES / "templates").rglob("*.html"):
        source = re.sub(r"{%.*?%}", "", template.read_text())
        assert not re.search(r"\sstyle=|\son[a-z]+=\"|javascript:", source), template.name
        assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", source), (
            template.name
        )
