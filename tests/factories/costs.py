"""Money: one row of each kind, and (by their own commands) bills, rules and runs."""

import datetime as dt
import itertools
import uuid

from governance.costs import models
from governance.kernel.money import UNIT
from inventory.catalog.models import ModelVersion

_count = itertools.count(1)
JANUARY = dt.date(2026, 1, 1)
FEBRUARY = dt.date(2026, 2, 1)
_NOON = dt.datetime(2026, 1, 15, 12, tzinfo=dt.UTC)


def scattered(version: ModelVersion, person: uuid.UUID) -> None:
    """One row of every governed kind about ``version``, for tests of who sees what."""
    number = next(_count)
    facts = {"kind": "version", "phase": "serve", "version": version, "model": version.model}
    target, _ = models.Target.objects.get_or_create(
        key=f"{version.model.public_id}/v{version.number}/serve",
        defaults={**facts, "name": str(version), "team_id": version.model.team_id},
    )
    _bill(number, person, target)
    by = {"created_by_id": person}
    money = {"currency": "USD", "point": 2 * UNIT}
    models.UsageMetric.objects.create(
        version=version,
        day=JANUARY,
        unit="predictions",
        origin="gateway",
        quantity=UNIT,
        recorded_by_id=person,
    )
    models.FxRate.objects.create(
        day=JANUARY, base="EUR", target="USD", rate=UNIT, origin="bank", recorded_by_id=person
    )
    models.Budget.objects.create(
        target=target,
        start=JANUARY,
        end=FEBRUARY,
        currency="USD",
        basis="effective",
        amount=UNIT,
        **by,
    )
    models.ForecastRun.objects.create(
        target=target, cutoff=JANUARY, horizon=30, method="mean", data_digest="0" * 64, **money
    )
    models.CostAnomaly.objects.create(
        target=target, currency="USD", day=JANUARY, expected=UNIT, actual=2 * UNIT, score=9.0
    )
    models.Experiment.objects.create(
        number=number,
        model=version.model,
        name="Trial",
        hypothesis="It helps.",
        design={},
        started_on=JANUARY,
        **by,
    )
    models.BenefitClaim.objects.create(
        number=number,
        model=version.model,
        benefit="Less fraud",
        start=JANUARY,
        end=FEBRUARY,
        method="Declared",
        low=UNIT,
        high=3 * UNIT,
        grade="c",
        **money,
        **by,
    )
    models.CostHint.objects.create(
        kind="zombie", subject=target.key, title="No calls", target=target
    )


def _bill(number: int, person: uuid.UUID, target: models.Target) -> None:
    source = models.CostSource.objects.create(
        name=f"Cloud {number}",
        kind="focus_file",
        delivery="replace",
        owner_id=person,
        created_by_id=person,
    )
    period = models.BillingPeriod.objects.create(
        issuer=f"Cloud {number}", start=JANUARY, end=FEBRUARY
    )
    batch = models.ImportBatch.objects.create(
        number=number,
        source=source,
        file_name="bill.csv",
        digest=f"{number:064x}",
        size=1,
        delivery="replace",
        received_by_id=person,
    )
    part = models.BatchPart.objects.create(batch=batch, period=period)
    piece = models.CostSlice.objects.create(
        source=source, digest="0" * 64, currency="USD", issuer=source.name, category="Usage"
    )
    amounts = {"billed": UNIT, "effective": UNIT}
    models.CostLine.objects.create(
        id=number << models.bills.LINE_BITS | 1,
        part=part,
        slice=piece,
        charge_start=_NOON,
        charge_end=_NOON,
        **amounts,
    )
    ruleset = models.RuleSet.objects.create(
        number=number, effective_from=JANUARY, digest="0" * 64, created_by_id=person
    )
    run = models.AllocationRun.objects.create(number=number, month=JANUARY, ruleset=ruleset)
    models.AllocatedCharge.objects.create(
        run=run, slice=piece, part=part, target=target, lines=1, **amounts
    )
    models.ChargeDay.objects.create(
        run=run,
        target=target,
        day=JANUARY,
        currency="USD",
        issuer=source.name,
        category="Usage",
        lines=1,
        **amounts,
    )
