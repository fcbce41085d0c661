"""Published money as readers meet it: targets, a run for a month, its charges by day."""

import datetime as dt
import itertools
import uuid
from typing import Any

from django.utils import timezone

from governance.access.kinds import Role
from governance.access.models import Team
from governance.costs.commands.rollup import sum_months
from governance.costs.models import (
    AllocatedCharge,
    AllocationRun,
    BatchPart,
    BillingPeriod,
    ChargeDay,
    CostLine,
    CostSlice,
    CostSource,
    FxRate,
    ImportBatch,
    Rule,
    RuleSet,
    Target,
)
from governance.costs.models.bills import LINE_BITS
from governance.costs.querysets.settlement import UNFILLED
from governance.costs.rules.conversion import next_month
from governance.kernel import money
from inventory.catalog.models import ModelVersion
from tests.factories import access

_count = itertools.count(70_000)
JANUARY = dt.date(2026, 1, 1)
FEBRUARY = dt.date(2026, 2, 1)


def run(month: dt.date, person: uuid.UUID, **changes: Any) -> AllocationRun:
    """The published run of ``month``, under rules of its own."""
    number = next(_count)
    rules = RuleSet.objects.create(
        number=number, effective_from=month, digest="0" * 64, state="approved", created_by_id=person
    )
    fields = {"state": "published", "published_at": dt.datetime.now(dt.UTC)} | changes
    return AllocationRun.objects.create(number=number, month=month, ruleset=rules, **fields)


def target(key: str, kind: str, team: Team | None = None, **fields: Any) -> Target:
    found, _ = Target.objects.get_or_create(
        key=key, defaults={"kind": kind, "name": fields.pop("name", key), "team": team, **fields}
    )
    return found


def of_version(version: ModelVersion, phase: str = "serve") -> Target:
    """The target of one phase of a version."""
    model = version.model
    return target(
        f"{model.public_id}/v{version.number}/{phase}",
        "version",
        model.team,
        name=f"{model.name} v{version.number}, {phase}",
        use_case=model.use_case,
        model=model,
        version=version,
        phase=phase,
    )


def charged(at: AllocationRun, to: Target, amount: str, **fields: Any) -> ChargeDay:
    """One day's charges: ``amount`` as text, billed and effective alike unless ``fields`` say so.

    ``effective`` may be given as text as well.
    """
    units = money.from_text(amount)[0]
    effective = fields.pop("effective", None)
    usual = {
        "day": at.month,
        "currency": "USD",
        "issuer": "Cloud",
        "service": "GPU machines",
        "service_category": "Compute",
        "category": "Usage",
        "rule_phase": "direct",
        "lines": 1,
        "billed": units,
        "effective": units if effective is None else money.from_text(effective)[0],
    }
    made = ChargeDay.objects.create(run=at, target=to, **(usual | fields))
    sum_months(at.pk)
    return made


def charge(
    at: AllocationRun, to: Target, amount: str, person: uuid.UUID, **fields: Any
) -> AllocatedCharge:
    """A charge of one whole line of a bill, with that line, by a rule of the run's set."""
    number, units = next(_count), money.from_text(amount)[0]
    source = CostSource.objects.create(
        name=f"Cloud {number}",
        kind="focus_file",
        delivery="replace",
        owner_id=person,
        created_by_id=person,
    )
    period = BillingPeriod.objects.create(
        issuer=source.name, start=at.month, end=next_month(at.month)
    )
    batch = ImportBatch.objects.create(
        number=number,
        source=source,
        file_name="bill.csv",
        digest=f"{number:064x}",
        size=1,
        delivery="replace",
        state="accepted",
        received_by_id=person,
    )
    part = BatchPart.objects.create(batch=batch, period=period)
    piece = CostSlice.objects.create(
        source=source,
        digest=f"{number:064x}",
        currency="USD",
        issuer=source.name,
        service="GPU machines",
        resource="gpu-7",
        category="Usage",
    )
    noon = dt.datetime.combine(at.month, dt.time(12), dt.UTC)
    CostLine.objects.create(
        id=number << LINE_BITS | 1,
        part=part,
        slice=piece,
        charge_start=noon,
        charge_end=noon + dt.timedelta(hours=1),
        billed=units,
        effective=units,
    )
    rule = Rule.objects.create(
        ruleset=at.ruleset,
        priority=number,
        phase="direct",
        name="GPU machines of one model",
        matcher={},
        method="direct",
    )
    step = {"rule": str(rule.pk), "target": to.key, "weight": 1, "weight_sum": 1, "driver": ""}
    usual = {"lines": 1, "billed": units, "effective": units, "path": [step]}
    return AllocatedCharge.objects.create(
        run=at, slice=piece, part=part, rule=rule, target=to, **(usual | fields)
    )


def rate(day: dt.date, base: str, to: str, value: str, person: uuid.UUID) -> FxRate:
    return FxRate.objects.create(
        day=day,
        base=base,
        target=to,
        rate=money.from_text(value)[0],
        origin="Central bank",
        recorded_by_id=person,
    )


class Company:
    """Two teams, a pool and money that nobody claimed, over two months."""

    def __init__(self) -> None:
        self.controller = access.person(Role.MANAGER)
        self.lending, self.cards = access.team("lending"), access.team("cards")
        self.one = target("team/lending", "team", self.lending, name="Lending")
        self.two = target("team/cards", "team", self.cards, name="Cards")
        self.nobody = target("unallocated/no_rule", "unallocated", name="Unallocated")
        self.january = run(JANUARY, self.controller.pk)
        self.february = run(FEBRUARY, self.controller.pk)
        charged(self.january, self.one, "100.1", effective="90.1")
        charged(self.january, self.two, "200.02", service="Storage")
        charged(self.january, self.nobody, "0.000000000000000001", reason="no_rule")
        charged(self.february, self.one, "-5.5", category="Credit")


def unfilled(issuer: str, person: object) -> None:
    """A delivery of ``issuer`` in which the import found EffectiveCost empty."""
    source = CostSource.objects.create(
        name=issuer, kind="focus_file", delivery="replace", owner=person, created_by=person
    )
    batch = ImportBatch.objects.create(
        number=1,
        source=source,
        file_name="bill.csv",
        digest="0" * 64,
        size=1,
        delivery="replace",
        received_by=person,
        facts={"rows": 1},
        findings=[{"code": UNFILLED, "count": 1, "first_line": 0, "message": "Empty."}],
    )
    period = BillingPeriod.objects.create(issuer=issuer, start=JANUARY, end=FEBRUARY)
    BatchPart.objects.create(batch=batch, period=period, accepted_at=timezone.now())
