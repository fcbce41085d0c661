"""Money: one row of each kind, and (by their own commands) bills, rules and runs."""

import csv
import datetime as dt
import io
import itertools
import uuid
from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from governance.access.models import User
from governance.access.proofs import Reauthentication
from governance.costs import commands as costs
from governance.costs import models
from governance.costs.allocating import allocate
from governance.costs.commands.rollup import sum_months
from governance.costs.importing import import_batch
from governance.kernel.actor import Strength
from governance.kernel.money import UNIT
from inventory.catalog.models import ModelVersion
from tests.factories import access

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
    about = [{"model": version.model, "version": version}, {"use_case": version.model.use_case}]
    for place, subject in enumerate(about):
        models.BenefitClaim.objects.create(
            number=2 * number + place,
            team=version.model.team,
            benefit="Less fraud",
            start=JANUARY,
            end=FEBRUARY,
            method="Declared",
            low=UNIT,
            high=3 * UNIT,
            grade="c",
            **subject,
            **money,
            **by,
        )
    hint = models.CostHint.objects.create(
        kind="zombie", subject=target.key, title="No calls", target=target
    )
    models.CoachingNote.objects.create(hint=hint, text="Ask around.", written_by_id=person)
    models.PlannedLife.objects.create(
        version=version, days=365, reason="A contract", stated_by_id=person
    )
    models.ComputeRate.objects.create(
        start=JANUARY, currency="USD", amount=UNIT, origin="A price", recorded_by_id=person
    )
    models.WorkEnding.objects.create(
        number=number,
        ending="stopped",
        team=version.model.team,
        use_case=version.model.use_case,
        model=version.model,
        version=version,
        reason="No data",
        ended_at=_NOON,
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
    models.ContractCommitment.objects.create(
        batch=batch, commitment=f"plan-{number}", start=JANUARY, end=FEBRUARY, currency="USD"
    )
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
    run = models.AllocationRun.objects.create(
        number=80_000 + number, month=JANUARY, ruleset=ruleset
    )
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
    sum_months(run.pk)
    models.FocusExport.objects.create(run=run, requested_at=_NOON)


def source(person: User, **fields: Any) -> models.CostSource:
    """A source of bills, owned by ``person``, who may import."""
    named = {"name": f"Bills {next(_count)}", **fields}
    return costs.create_source(actor=access.actor(person), fields=costs.SourceFields(**named))


def received(person: User, row: models.CostSource, content: bytes, **more: Any) -> Any:
    """A file as ``person`` sends it; nothing has read it yet."""
    upload = SimpleUploadedFile(more.pop("name", "bill.csv"), content)
    return costs.receive_batch(
        actor=access.actor(person), source_id=row.pk, upload=upload, **more
    ).row


def imported(
    person: User, row: models.CostSource, content: bytes, **more: Any
) -> models.ImportBatch:
    """A file sent and read to its end."""
    batch = import_batch(received(person, row, content, **more).pk)
    assert batch is not None
    return batch


def focus_csv(*rows: Mapping[str, str], **common: str) -> bytes:
    """A FOCUS file of January 2026 with these rows; ``common`` goes to each of them."""
    usual = {
        "BilledCost": "1.00",
        "EffectiveCost": "1.00",
        "BillingCurrency": "USD",
        "BillingPeriodStart": "2026-01-01T00:00:00Z",
        "BillingPeriodEnd": "2026-02-01T00:00:00Z",
        "ChargePeriodStart": "2026-01-05T00:00:00Z",
        "ChargePeriodEnd": "2026-01-05T01:00:00Z",
        "ChargeCategory": "Usage",
        "InvoiceIssuerName": "Cloud",
        "ResourceId": "r-1",
        "Tags": "",
    }
    full = [{**usual, **common, **row} for row in rows]
    out = io.StringIO()
    names = list(dict.fromkeys(name for row in full for name in row))
    writer = csv.DictWriter(out, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(full)
    return out.getvalue().encode()


def in_force(author: User, approver: User, *raws: Mapping[str, Any]) -> models.RuleSet:
    """Rules for January 2026 on, written by one person and approved by another."""
    row = costs.draft_ruleset(
        actor=access.actor(author), effective_from=JANUARY, raws=[rule(**raw) for raw in raws]
    )
    costs.submit_ruleset(actor=access.actor(author), ruleset_id=row.pk)
    return costs.approve_ruleset(
        actor=access.actor(approver),
        ruleset_id=row.pk,
        seen=row.digest,
        proof=Reauthentication(approver.pk, timezone.now(), Strength.PASSWORD),
    )


def rule(**changes: Any) -> dict[str, Any]:
    """A rule as the API takes it; each gets the next priority unless told."""
    usual = {"phase": "direct", "matcher": {"all": []}, "targets": [], "options": {}}
    return {"name": f"Rule {changes['priority']}", **usual, **changes}


def allocated(person: User, month: dt.date = JANUARY, **more: Any) -> models.AllocationRun:
    """A run asked for by ``person`` and worked to its end."""
    asked = costs.request_run(actor=access.actor(person), month=month, **more)
    run = allocate(asked.pk)
    assert run is not None
    return run


def cluster_bill(
    person: User, cluster: str, row: models.CostSource | None = None
) -> models.ImportBatch:
    """A small bill of ``cluster`` for a cluster, a share of it given back, and two resources."""
    rows = [
        {"ServiceName": "Cluster", "BilledCost": cluster, "EffectiveCost": "0.000000000000000007"},
        {"ServiceName": "Cluster", "BilledCost": "-0.000000000000000001", "EffectiveCost": "0"},
        {"ResourceId": "r-2", "BilledCost": "5", "EffectiveCost": "4"},
        {"ResourceId": "r-3", "BilledCost": "2.5", "EffectiveCost": "2", "BillingCurrency": "EUR"},
    ]
    return imported(person, row or source(person), focus_csv(*rows))
