"""Landed bills for tests, and allocation line by line in plain Python to hold the engine to."""

import datetime as dt
import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass, field

import duckdb

from governance.costs.engine.job import Landing
from governance.costs.engine.landing import COLUMNS, DESCRIBING
from governance.costs.engine.sets import decimal
from governance.costs.kinds import Method
from governance.costs.rules.adjusting import ISSUER
from governance.costs.rules.allocation import PHASES
from governance.costs.rules.matching import Described, matches
from governance.costs.rules.naming import charged_to, named_target
from governance.costs.rules.weighing import weigh
from governance.kernel import money

MONTH = dt.date(2026, 1, 1)
SOURCE = "5e0c5c5e-0000-4000-8000-000000000001"
MIDNIGHT = dt.time(tzinfo=dt.UTC)


@dataclass(frozen=True)
class Line:
    billed: int
    effective: int
    day: dt.date = dt.date(2026, 1, 15)
    hours: int = 1
    issuer: str = "Cloud"
    currency: str = "USD"
    category: str = "Usage"
    tags: dict = field(default_factory=dict)
    about: dict = field(default_factory=dict)

    @property
    def fields(self):
        plain = dict.fromkeys(DESCRIBING, "")
        plain |= {"currency": self.currency, "issuer": self.issuer, "category": self.category}
        return plain | {"tags": json.dumps(self.tags, sort_keys=True)} | self.about

    @property
    def digest(self):
        return hashlib.sha256(json.dumps(self.fields, sort_keys=True).encode()).hexdigest()

    @property
    def start(self):
        return dt.datetime.combine(self.day, MIDNIGHT)


def write(path, lines, month=MONTH):
    """Write ``lines`` as a landing of one batch."""
    following = (month + dt.timedelta(days=32)).replace(day=1)
    rows = [
        {
            "line_no": number + 1,
            "row": number - 1,
            "slice_digest": line.digest,
            "period_start": month,
            "period_end": following,
            "charge_start": line.start,
            "charge_end": line.start + dt.timedelta(hours=line.hours),
            "billed": str(line.billed),
            "effective": str(line.effective),
            "listed": None,
            "contracted": None,
            "quantity": None,
            **line.fields,
        }
        for number, line in enumerate(lines, 1)
    ]
    amounts = {"billed", "effective"}
    kinds = {n: "HUGEINT" if n in amounts else kind for n, kind in COLUMNS.items()}
    with duckdb.connect() as db:
        made = ", ".join(f"{name} {kind}" for name, kind in kinds.items())
        db.execute(f"CREATE TABLE raw ({made})")
        marks = ", ".join("?" for _ in kinds)
        db.executemany(
            f"INSERT INTO raw VALUES ({marks})",  # noqa: S608
            [[row[name] for name in kinds] for row in rows],
        )
        read = ", ".join(f"{decimal(n)} AS {n}" if n in amounts else n for n in kinds)
        db.execute(f"COPY (SELECT {read} FROM raw) TO '{path}' (FORMAT parquet)")  # noqa: S608


def landing(path, lines, month=MONTH):
    """Write ``lines`` and return the landing, all its parts speaking: 1, 2, … by issuer."""
    write(path, lines, month)
    issuers = sorted({line.issuer for line in lines})
    parts = {(issuer, month): number for number, issuer in enumerate(issuers, 1)}
    return Landing(path, SOURCE, parts)


def by_hand(lines, book, directory):  # noqa: C901, PLR0912
    """Return what each target gets as (target, currency) → [billed, effective], line by line."""
    got, given = defaultdict(lambda: [0, 0]), []

    def give(line, key, billed, effective, phase):
        key = charged_to(key, line.day, directory)
        got[key, line.currency][0] += billed
        got[key, line.currency][1] += effective
        given.append((phase, line.currency, key, effective))

    emptied = {rule.pool for rule in book.rules if rule.pool}
    pots = []
    for line in lines:
        entered = line.fields["target_key"]
        if entered in emptied and line.issuer != ISSUER:
            pots.append((line, entered, line.billed, line.effective))
        elif entered:
            there = entered in directory.targets
            key = entered if there else "unallocated/target_unknown"
            give(line, key, line.billed, line.effective, "direct")
        else:
            pots.append((line, None, line.billed, line.effective))
    for rule in book.rules:
        before = defaultdict(lambda: defaultdict(int))
        for phase, currency, key, effective in given:
            if PHASES.index(phase) < PHASES.index(rule.phase):
                before[currency][key] += effective
        left = []
        for line, pool, billed, effective in pots:
            if (pool or "") != rule.pool or not _takes(rule, line, directory):
                left.append((line, pool, billed, effective))
                continue
            weights = _weights(rule, line, book, before, directory)
            shares = [money.split(amount, weights) for amount in (billed, effective)]
            for key in weights:
                if key in emptied:
                    left.append((line, key, shares[0][key], shares[1][key]))
                else:
                    give(line, key, shares[0][key], shares[1][key], rule.phase)
        pots = left
    for line, pool, billed, effective in pots:
        give(line, pool or "unallocated/no_rule", billed, effective, "")
    return {key: tuple(amounts) for key, amounts in got.items()}


def _takes(rule, line, directory):
    day = line.day
    if (rule.valid_from and day < rule.valid_from) or (rule.valid_to and day >= rule.valid_to):
        return False
    described = Described({**line.fields, "source": SOURCE}, line.tags, day)
    if rule.tag and not named_target(rule, line.tags, directory):
        return False
    return matches(rule.matcher, described)


def _weights(rule, line, book, before, directory):
    if rule.method == Method.BY_TAG:
        return {named_target(rule, line.tags, directory): 1}
    found = weigh(rule, book.drivers, before.get(line.currency, {})).weights
    return found or {"unallocated/no_driver": 1}
