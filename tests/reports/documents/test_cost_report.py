"""A month's money as a signed report: what is asked for, what it says, what takes its place."""

import datetime as dt
import random
from decimal import Decimal

import pytest
from django.urls import reverse

from governance.access.kinds import Role
from governance.approvals.models import ApprovalCase
from governance.costs import commands as costs
from governance.costs.models import (
    AllocationRun,
    BenefitClaim,
    Budget,
    CostHint,
    CostSlice,
    ForecastRun,
    ImportBatch,
    PartTotal,
    Rule,
)
from governance.costs.rules.subjects import Subject
from governance.kernel import money
from governance.kernel.errors import NotPermitted, RuleBroken
from governance.kernel.money import UNIT
from governance.ledger.models import Entry
from inventory.catalog.models import ModelVersion, RegisteredModel
from reports.documents import commands, files, production
from reports.documents.kinds import ReportState
from reports.documents.models import Report
from reports.documents.verification import verify_report
from reports.render import contentjson
from tests.factories import access, spend
from tests.factories import approvals as cases
from tests.factories import catalog as things

pytestmark = pytest.mark.django_db
SEPTEMBER, OCTOBER = dt.date(2026, 9, 1), dt.date(2026, 10, 1)
CHECKS = [
    {
        "check": "conservation",
        "title": "Allocated and unallocated make the bill",
        "holds": True,
        "blocks": True,
        "statement": "Allocated 1,200 + unallocated 30 = imported 1,230, difference 0",
    }
]


class Month:
    """Two teams' money in September and October, with all that a report can tell of it."""

    def __init__(self) -> None:
        self.manager = access.person(Role.MANAGER)
        self.actor = access.actor(self.manager)
        self.teams = [access.team(), access.team()]
        self.versions = [things.version(things.model(team)) for team in self.teams]
        self.targets = [
            spend.of_version(version, phase)
            for version in self.versions
            for phase in ("train", "serve")
        ]
        self.nobody = spend.target("unallocated/no_rule", "unallocated")
        for month in (SEPTEMBER, OCTOBER):
            self.publish(month)

    def publish(self, month: dt.date) -> None:
        dice = random.Random(month.month)
        run = spend.run(month, self.manager.pk, invariants=CHECKS, result_digest="ab" * 32)
        for day in range(28):
            at = month + dt.timedelta(days=day)
            for target in self.targets:
                amount = f"{dice.uniform(20, 400):.11f}"
                spend.charged(run, target, amount, day=at)
        spend.charged(run, self.targets[1], "910.5", service="Storage", rule_phase="shared")
        spend.charged(run, self.nobody, "41.37", reason="no_rule", rule_phase="")

    def plans(self) -> None:
        target = spend.target(
            f"team/{self.teams[0].slug}", "team", self.teams[0], name=self.teams[0].name
        )
        units = money.from_text
        by = {"created_by_id": self.manager.pk, "currency": "USD"}
        Budget.objects.create(
            target=target,
            start=dt.date(2026, 7, 1),
            end=dt.date(2027, 1, 1),
            basis="effective",
            amount=units("25000")[0],
            state="approved",
            **by,
        )
        ForecastRun.objects.create(
            target=target,
            currency="USD",
            cutoff=dt.date(2026, 10, 31),
            horizon=30,
            method="28-day mean",
            point=units("11800")[0],
            low=units("10900")[0],
            high=units("12950")[0],
            wape=0.071,
            coverage=0.83,
            data_digest="0" * 64,
        )
        BenefitClaim.objects.create(
            number=1,
            model=self.versions[0].model,
            team=self.versions[0].model.team,
            benefit="Fewer manual reviews",
            start=SEPTEMBER,
            end=dt.date(2026, 12, 1),
            method="Holdout of 10 %",
            low=units("31000")[0],
            point=units("42000")[0],
            high=units("55000")[0],
            grade="a",
            **by,
        )
        CostHint.objects.create(
            kind="idle_endpoint",
            subject="endpoint-7",
            title="Endpoint 7 answers nobody",
            target=self.targets[3],
            currency="USD",
            money=units("310.20")[0],
        )


@pytest.fixture
def month() -> Month:
    return Month()


def asked(at: Month, **changes):
    given = {"actor": at.actor, "month": OCTOBER, "currency": "USD"} | changes
    return commands.request_cost_report(**given)


def content_of(report: Report):
    report.refresh_from_db()
    return contentjson.from_json(report.content)


def table(content, key):
    blocks = [block for section in content.sections for block in section.blocks]
    return next(b.table for b in blocks if b.kind == "table" and b.table.key == key)


def test_a_month_becomes_a_sealed_report_that_verifies(month, tmp_path):
    month.plans()
    report = production.produce_report(asked(month).pk)
    assert report.state == ReportState.SIGNED, report.failure
    data = files.read(report.digest)
    assert verify_report(data).facts()["answer"] == "authentic-current"
    content = content_of(report)
    assert {"by-team", "by-model", "budgets", "forecasts", "value", "reconciliation"} <= {
        section.key for section in content.sections
    }


def test_a_report_says_what_models_cost_in_full_with_labour_apart(month):
    by_hand = {"service": "Labour", "service_category": "Entered by hand", "day": OCTOBER}
    born = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)
    ModelVersion.objects.filter(pk=month.versions[0].pk).update(created_at=born)
    run = AllocationRun.objects.get(month=OCTOBER)
    spend.charged(run, month.targets[1], "77", **by_hand)
    BenefitClaim.objects.create(
        number=7,
        model=month.versions[0].model,
        team=month.versions[0].model.team,
        benefit="Fewer manual reviews",
        start=OCTOBER,
        end=dt.date(2026, 11, 1),
        method="Holdout of 10 %",
        currency="USD",
        low=UNIT,
        point=2 * UNIT,
        high=3 * UNIT,
        grade="a",
        state="attested",
        created_by_id=month.manager.pk,
    )
    content = content_of(production.produce_report(asked(month).pk))
    loaded = table(content, "loaded")
    assert loaded.columns[-2:] == ("Labour", "In full")
    assert {row[-2] for row in loaded.rows} == {"77.00", "0.00"}
    assert "assumed to be 730 days" in loaded.note
    assert [row[1:5] for row in table(content, "returns").rows] == [("A", "1.00", "2.00", "3.00")]


def test_a_report_tells_what_failed_and_what_was_learnt(month):
    costs.stop_work(
        actor=month.actor,
        subject=Subject(version_id=month.versions[0].pk),
        reason="The data never came.",
        learnt="Ask for the data first.",
    )
    content = content_of(production.produce_report(asked(month).pk))
    (row,) = table(content, "learning").rows
    assert row[2:5] == (month.manager.name, "The data never came.", "Ask for the data first.")
    work, total = table(content, "failed").rows
    assert (work[0], work[1:]) == (str(month.versions[0]), total[1:])


def test_a_report_tells_what_approvals_cost(month):
    bench = cases.bench()
    case = cases.submitted(bench)
    ApprovalCase.objects.update(opened_at=instant(2026, 10, 5), submitted_at=instant(2026, 10, 7))
    content = content_of(production.produce_report(asked(month).pk))
    row, total = table(content, "burden").rows
    assert row[0].startswith(case.public_id)
    assert (row[3], row[5]) == ("none recorded", "no attested benefit")
    assert total[1:] == row[1:]
    assert table(content, "gates").rows
    own = access.actor(access.person(Role.MANAGER, team=month.teams[0]))
    report = production.produce_report(asked(month, actor=own, team_id=month.teams[0].pk).pk)
    assert case.public_id not in str(contentjson.to_json(content_of(report)))


def instant(*day: int) -> dt.datetime:
    return dt.datetime(*day, tzinfo=dt.UTC)


def test_printed_lines_make_the_printed_total(month):
    content = content_of(production.produce_report(asked(month).pk))
    for key in ("team", "model", "phase", "service"):
        *lines, total = table(content, key).rows
        for column in (1, 2, 3):
            cents = [round(float(row[column].replace(",", "")) * 100) for row in lines]
            assert sum(cents) == round(float(total[column].replace(",", "")) * 100), key


def test_a_team_reads_of_its_own_money_alone(month):
    team = month.teams[0]
    own = access.actor(access.person(Role.MANAGER, team=team))
    report = production.produce_report(asked(month, actor=own, team_id=team.pk).pk)
    content = content_of(report)
    text = str(contentjson.to_json(content))
    assert month.versions[0].model.name in text
    assert month.versions[1].model.name not in text
    assert "41.37" not in text
    stranger = access.actor(access.person(Role.MANAGER, team=month.teams[1]))
    assert not Report.objects.visible_to(stranger).exists()


def section(content, key):
    return next(one for one in content.sections if one.key == key)


def test_a_claim_stands_with_its_share_and_the_part_of_the_months_days(month):
    BenefitClaim.objects.create(
        number=9,
        model=month.versions[0].model,
        team=month.versions[0].model.team,
        benefit="Fewer manual reviews",
        start=OCTOBER,
        end=dt.date(2026, 12, 1),
        method="Declared",
        currency="USD",
        low=610 * UNIT,
        point=6100 * UNIT,
        high=12_200 * UNIT,
        share=Decimal("0.5"),
        grade="c",
        created_by_id=month.manager.pk,
    )
    (row,) = table(content_of(production.produce_report(asked(month).pk)), "claims").rows
    assert row[2:8] == (
        *("2026-10-01 to 2026-11-30", "C", "50.00 %"),
        *("155.00", "1,550.00", "3,100.00"),
    )


def on_use_case(month, place: int, number: int) -> BenefitClaim:
    use_case = month.versions[place].model.use_case
    return BenefitClaim.objects.create(
        number=number,
        use_case=use_case,
        team=use_case.team,
        benefit=f"Less paper {number}",
        start=OCTOBER,
        end=dt.date(2026, 11, 1),
        method="Declared",
        currency="USD",
        low=UNIT,
        point=2 * UNIT,
        high=3 * UNIT,
        grade="c",
        state="attested",
        created_by_id=month.manager.pk,
    )


def test_a_whole_use_cases_benefit_is_named_and_in_the_return_of_an_only_model(month):
    alone, shared = on_use_case(month, 0, 4), on_use_case(month, 1, 5)
    things.model(shared.use_case.team, use_case=shared.use_case)
    content = content_of(production.produce_report(asked(month).pk))
    rows = table(content, "claims").rows
    assert [row[1] for row in rows] == [f"{one.use_case}, as a whole" for one in (alone, shared)]
    returns = table(content, "returns")
    (row,) = returns.rows
    assert row[0].endswith(month.versions[0].model.name)
    assert "in none of their returns" in returns.note


def test_a_teams_report_tells_no_benefit_of_another_teams_use_case(month):
    other = on_use_case(month, 1, 6)
    model = month.versions[0].model
    RegisteredModel.objects.filter(pk=model.pk).update(use_case=other.use_case)
    own = access.actor(access.person(Role.MANAGER, team=month.teams[0]))
    report = production.produce_report(asked(month, actor=own, team_id=month.teams[0].pk).pk)
    blocks = [block for one in content_of(report).sections for block in one.blocks]
    tables = {block.table.key for block in blocks if block.kind == "table"}
    assert "loaded" in tables
    assert not {"returns", "claims"} & tables


def test_periods_end_with_their_last_day_and_forecasts_stand_with_how_others_held(month):
    month.plans()
    ForecastRun.objects.update(scored_at=dt.datetime(2026, 12, 9, tzinfo=dt.UTC), error=0.1)
    content = content_of(production.produce_report(asked(month).pk))
    assert table(content, "budgets").rows[0][1] == "2026-07-01 to 2026-12-31"
    assert "1 forecast of the organisation scored so far" in section(content, "forecasts").lead
    assert table(content, "forecasts").rows[0][2] == "Effective"
    assert "of effective cost for the organisation's models" in content.summary.headline


def test_what_paper_has_no_room_for_is_counted(month):
    CostHint.objects.bulk_create(
        CostHint(kind="zombie", subject=f"s-{place:02}", title="No calls") for place in range(43)
    )
    found = table(content_of(production.produce_report(asked(month).pk)), "exceptions")
    assert (len(found.rows), found.note) == (
        40,
        "3 more are in the product and not printed here.",
    )


def test_resources_are_told_of_the_whole_organisation_and_the_rest_in_one_line(month):
    run = AllocationRun.objects.get(month=OCTOBER)
    for place in range(42):
        charge = spend.charge(run, month.targets[0], str(place + 1), month.manager.pk)
        CostSlice.objects.filter(pk=charge.slice_id).update(resource=f"vm-{place}")
    content = content_of(production.produce_report(asked(month).pk))
    *named, rest, total = table(content, "resource").rows
    assert (len(named), named[0][:3]) == (40, ("vm-41", "42.00", "42.00"))
    assert rest[:3] == ("2 others", "3.00", "3.00")
    assert total[1] == "903.00"
    team = production.produce_report(asked(month, team_id=month.teams[0].pk).pk)
    assert "by-resource" not in {one.key for one in content_of(team).sections}


def test_the_sums_behind_invoices_and_control_totals_are_printed(month):
    sums = [
        {
            "check": "invoices",
            "title": "Invoice",
            "holds": False,
            "blocks": False,
            "statement": "One differs.",
            "rows": [
                {
                    "issuer": "Cloud",
                    "currency": currency,
                    "invoice": invoice,
                    "billed": "12",
                    "stated": stated,
                    "gap": gap,
                }
                for currency, invoice, stated, gap in (
                    ("USD", "INV-1", "10", "-2"),
                    ("USD", None, None, None),
                    ("EUR", "INV-1", "1", "0"),
                )
            ],
        },
        {
            "check": "batches",
            "title": "Batch control",
            "holds": True,
            "blocks": True,
            "statement": "All agree.",
            "rows": [
                {
                    "issuer": "Cloud",
                    "month": "2026-10",
                    "currency": "USD",
                    "basis": "billed",
                    "lines": "12",
                    "control": "12",
                }
            ],
        },
    ]
    AllocationRun.objects.filter(month=OCTOBER).update(invariants=[*CHECKS, *sums])
    content = content_of(production.produce_report(asked(month).pk))
    assert table(content, "invoices").rows == (
        ("Cloud, INV-1", "12", "10", "-2"),
        ("Cloud", "12", "not known", "not known"),
    )
    assert table(content, "batches").rows == (("Cloud, 2026-10, billed", "12", "12"),)


def gaps(content):
    blocks = section(content, "scope").blocks
    return next((block.markdown for block in blocks if block.kind == "callout"), "")


def test_money_of_another_currency_is_named_and_in_no_figure(month):
    run = AllocationRun.objects.get(month=OCTOBER)
    before = table(content_of(production.produce_report(asked(month).pk)), "team").rows[-1]
    spend.charged(run, month.targets[0], "777.25", currency="EUR", effective="700")
    report = production.produce_report(asked(month, team_id=month.teams[0].pk).pk)
    assert "Not converted, and in no other figure: 700.00 EUR effective, 777.25 EUR billed" in gaps(
        content_of(report)
    )
    other = production.produce_report(asked(month, team_id=month.teams[1].pk).pk)
    assert "EUR" not in gaps(content_of(other))
    Report.objects.all().delete()
    assert table(content_of(production.produce_report(asked(month).pk)), "team").rows[-1] == before


def test_refused_rows_are_added_within_their_currency_alone(month):
    run = AllocationRun.objects.get(month=OCTOBER)
    charge = spend.charge(run, month.targets[0], "5", month.manager.pk)
    PartTotal.objects.create(
        part=charge.part, currency="USD", rows=1, billed=5 * UNIT, effective=5 * UNIT
    )
    told = (("USD", 2, "7"), ("JPY", 1, "90000"), ("", 1, "0"))
    refused = [
        {"codes": "x", "month": "2026-10", "currency": currency, "rows": rows, "billed": billed}
        for currency, rows, billed in told
    ]
    ImportBatch.objects.filter(parts=charge.part).update(facts={"refused_money": refused})
    told = gaps(content_of(production.produce_report(asked(month).pk)))
    assert "4 rows refused, 90,000 JPY, 7.00 USD of it readable" in told


def test_a_team_reads_the_rules_of_its_own_charges_alone(month):
    run = AllocationRun.objects.get(month=OCTOBER)
    charges = [spend.charge(run, month.targets[at], "5", month.manager.pk) for at in (0, 2)]
    names = ("Ours", "Theirs")
    for charge, name in zip(charges, names, strict=True):
        Rule.objects.filter(pk=charge.rule_id).update(name=name)
    report = production.produce_report(asked(month, team_id=month.teams[0].pk).pk)
    assert [row[2] for row in table(content_of(report), "rules").rows] == ["Ours"]
    whole = table(content_of(production.produce_report(asked(month).pk)), "rules")
    assert {row[2] for row in whole.rows} == {"Ours", "Theirs"}


def test_the_whole_organisations_money_is_not_for_one_teams_manager(month):
    own = access.actor(access.person(Role.MANAGER, team=month.teams[0]))
    before = Entry.objects.count()
    with pytest.raises(NotPermitted):
        asked(month, actor=own)
    with pytest.raises(NotPermitted):
        asked(month, actor=own, team_id=month.teams[1].pk)
    assert (Entry.objects.count(), Report.objects.count()) == (before, 0)


@pytest.mark.parametrize("change", [{"month": dt.date(2026, 3, 1)}, {"currency": "JPY"}])
def test_what_is_not_published_cannot_be_reported_on(month, change):
    with pytest.raises(RuleBroken, match="published"):
        asked(month, **change)
    assert not Report.objects.exists()


def test_asking_again_gives_the_same_report_until_the_month_is_published_anew(month):
    first = production.produce_report(asked(month).pk)
    assert asked(month).pk == first.pk
    first.cost_run.state = "superseded"
    first.cost_run.save()
    month.publish(OCTOBER)
    second = production.produce_report(asked(month).pk)
    first.refresh_from_db()
    assert second.pk != first.pk
    assert (first.state, first.superseded_by_id) == (ReportState.SUPERSEDED, second.pk)
    assert verify_report(files.read(first.digest)).facts()["answer"] == "superseded"


def test_a_manager_asks_on_the_page_and_over_the_api(month, client):
    client.force_login(month.manager)
    page = client.get(reverse("documents:cost-report-request"))
    assert b"October 2026" in page.content
    asked_for = {"month": "2026-10", "currency": "USD", "team": ""}
    answer = client.post(reverse("documents:cost-report-request"), asked_for)
    report = Report.objects.get()
    assert answer["Location"] == reverse("documents:report-detail", args=[report.pk])
    assert client.get(answer["Location"]).status_code == 200
    assert report.public_id in client.get(reverse("documents:report-list")).content.decode()
    refused = client.post(reverse("documents:cost-report-request"), {"month": "2031-01"})
    assert refused.status_code == 422
    again = client.post(
        reverse("api:report-costs"),
        {"month": "2026-10", "currency": "USD"},
        content_type="application/json",
    )
    assert again.json()["id"] == str(report.pk)
