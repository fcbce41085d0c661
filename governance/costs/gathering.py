"""What a run of allocation reads before it begins: bills, rules, drivers and targets.

All of it is written into the run's ``inputs``, so that the same inputs are seen to be the same.
"""

import datetime as dt
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from governance.costs.engine.job import Book
from governance.costs.kinds import Method, Unallocated
from governance.costs.models import AllocationRun, BatchPart, RuleSet, Target, UsageMetric
from governance.costs.querysets.inputs import Carried, carried_in, carried_said, stated_targets
from governance.costs.rules.allocation import COST, SharingRule, read_rule
from governance.costs.rules.months import next_month
from governance.costs.rules.naming import Directory, Standing, directory
from governance.costs.rules.pools import in_order
from governance.costs.rules.targets import team_key
from governance.kernel import money
from governance.kernel.amounts import ExactSum
from governance.kernel.canonical import Json, sha256_hex
from governance.kernel.errors import RuleBroken
from governance.kernel.ids import public_id
from inventory.catalog.storage import local_blob

Drivers = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Bill:
    """One part of a landed file that belongs to the month."""

    part: int
    batch: int
    landing: str
    source: str
    issuer: str
    start: dt.date

    def to_json(self) -> dict[str, Json]:
        return {
            "part": self.part,
            "batch": self.batch,
            "landing": self.landing,
            "source": self.source,
            "issuer": self.issuer,
            "start": self.start.isoformat(),
        }


def parts_of(month: dt.date) -> Any:
    """Return the parts that speak today of billing periods which begin in ``month``."""
    within = {"period__start__gte": month, "period__start__lt": next_month(month)}
    return BatchPart.objects.current().filter(**within).order_by("pk")


def bills_of(month: dt.date) -> list[Bill]:
    return [
        Bill(
            part=part.pk,
            batch=part.batch.number,
            landing=part.batch.landing_digest,
            source=str(part.batch.source_id),
            issuer=part.period.issuer,
            start=part.period.start,
        )
        for part in parts_of(month).select_related("batch", "period")
    ]


def bills_from(inputs: Mapping[str, Any]) -> list[Bill]:
    """Return the bills of an earlier run, as its inputs name them."""
    return [
        Bill(**{**each, "start": dt.date.fromisoformat(each["start"])}) for each in inputs["bills"]
    ]


def local_copy(digest: str, folder: Path) -> Path:
    """Return a copy in ``folder`` of what is stored under ``digest``, checked against it."""
    path = folder / f"{digest}.parquet"
    if not path.exists():
        with local_blob(digest) as stored, path.open("wb") as out:
            shutil.copyfileobj(stored, out)
    return path


def known_targets() -> Directory:
    """Return all targets; few have aliases, which are read apart."""
    aliases = dict(Target.objects.exclude(aliases=[]).values_list("key", "aliases"))
    rows = Target.objects.values_list("key", "retired_on", "successor__key")
    return directory(
        Standing(key, tuple(aliases.get(key, ())), retired_on, successor or "")
        for key, retired_on, successor in rows.order_by("key")
    )


def known_to(run: AllocationRun) -> Directory:
    """Return the targets as an earlier run knew them."""
    stated = run.inputs.get("stated")
    if stated is None:
        return known_targets()
    there = Target.objects.filter(created_at__lte=run.finished_at or run.requested_at)
    return directory(
        _as_stated(key, stated.get(key, {}))
        for key in there.order_by("key").values_list("key", flat=True)
    )


def _as_stated(key: str, said: Mapping[str, Any]) -> Standing:
    day = said.get("retired_on")
    retired_on = dt.date.fromisoformat(day) if day else None
    return Standing(key, tuple(said.get("aliases", ())), retired_on, said.get("successor", ""))


def target_ids() -> dict[str, str]:
    return {key: str(pk) for key, pk in Target.objects.values_list("key", "pk")}


def standing_keys() -> set[str]:
    """Return the keys without which no run can be stored."""
    return {f"unallocated/{reason.value}" for reason in Unallocated}


def directory_digest(known: Directory) -> str:
    """Return the digest over all of ``known``. Lists of text are canonical as they are written."""
    rows = [
        [each.key, each.aliases, str(each.retired_on or ""), each.successor]
        for each in known.targets.values()
    ]
    return sha256_hex(orjson.dumps(rows))


def rules_for(month: dt.date, own: RuleSet) -> RuleSet:
    """Return the set in force in an earlier ``month``; the run's own where there was none."""
    return RuleSet.objects.in_force(month) or own


def drivers_of(month: dt.date) -> dict[str, dict[str, int]]:
    """Return the month's quantities by unit and key: of versions, use cases and teams."""
    within = {"day__gte": month, "day__lt": next_month(month)}
    names = ("version__model__number", "version__number", "version__model__team__slug")
    project = "version__model__use_case__number"
    rows = (
        UsageMetric.objects.speaking()
        .filter(**within)
        .values_list("unit", *names, project)
        .annotate(total=ExactSum("quantity"))
        .order_by()
    )
    found: dict[str, dict[str, int]] = {}
    for unit, model, version, team, use_case, total in rows:
        held = found.setdefault(unit, {})
        keys = [f"{public_id('MDL', model)}/v{version}", team_key(team or "")]
        keys += [public_id("UC", use_case)] if use_case is not None else []
        for key in keys:
            held[key] = held.get(key, 0) + total
    return found


def book(month: dt.date, rules: RuleSet, drivers: Drivers, *, own: bool) -> Book:
    """Return rules and drivers of a month; ``own``: the run's, whose costs it knows itself."""
    read = tuple(in_order(read_rule(rule.plain(), str(rule.pk)) for rule in rules.rules.all()))
    carried = () if own or not weighs_cost(read) else carried_in(month)
    return Book(month, read, drivers, None if own else carried)


def weighs_cost(rules: Iterable[SharingRule]) -> bool:
    """Return whether any of ``rules`` shares by the cost that targets carry, at least at last."""
    return any(r.method == Method.PROPORTIONAL_COST or COST in r.fallbacks for r in rules)


def describe(
    bills: Sequence[Bill],
    rules: Mapping[dt.date, RuleSet],
    drivers: Mapping[dt.date, Drivers],
    carried: Mapping[dt.date, Carried],
    known: Directory,
) -> dict[str, Any]:
    """Return everything that can change the result, as the run stores it."""
    return {
        "bills": [bill.to_json() for bill in bills],
        "rules": {
            str(month): {
                "ruleset": str(each.pk),
                "public_id": each.public_id,
                "digest": each.digest,
            }
            for month, each in sorted(rules.items())
        },
        "drivers": {
            str(month): {
                unit: {key: money.to_text(amount) for key, amount in sorted(held.items())}
                for unit, held in sorted(each.items())
            }
            for month, each in sorted(drivers.items())
        },
        "carried": {str(month): carried_said(month, each) for month, each in carried.items()},
        "targets": directory_digest(known),
        "stated": stated_targets(),
    }


def rules_from(inputs: Mapping[str, Any], month: dt.date) -> RuleSet:
    """Return the set that an earlier run used for ``month``; its own month's where it used none."""
    used = inputs["rules"]
    named = used.get(str(month)) or next(iter(used.values()))
    found = RuleSet.objects.filter(pk=UUID(named["ruleset"])).first()
    if found is None or found.digest != named["digest"]:
        raise RuleBroken("rules-gone", f"The rules {named['public_id']} are not there any more.")
    return found


def drivers_from(inputs: Mapping[str, Any], month: dt.date) -> dict[str, dict[str, int]]:
    return {
        unit: {key: money.from_text(text)[0] for key, text in held.items()}
        for unit, held in inputs["drivers"].get(str(month), {}).items()
    }
