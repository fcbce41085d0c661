"""Runs of allocation as their pages show them: plain values, worked out outside the templates."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from governance.costs.keeping import kept_by
from governance.costs.kinds import Cause, CostRunState, Unallocated
from governance.costs.models import AllocationRun
from governance.costs.rules.allocation import POOL, UNALLOCATED
from governance.costs.rules.invariants import publishable
from governance.kernel import money

WAITS = (CostRunState.QUEUED, CostRunState.RUNNING)
RUN_COLUMNS = (
    *("Run", "Month", "Dry run", "State", "Rules", "Asked for", "By", "Finished", "Published"),
    *("Takes the place of", "Result"),
)
DIFF_COLUMNS = (
    "money",
    "target",
    "currency",
    "basis",
    "old",
    "new",
    "delta",
    *(cause.value for cause in Cause),
)
_TONES = {True: "pass", False: "fail", None: "neutral"}
_WORDS = {True: "Holds", False: "Does not hold", None: "Open"}
_SHOWN = 200
# The order of columns; PostgreSQL keeps the keys of stored JSON in one of its own.
_COLUMNS = (
    *("run", "issuer", "month", "commitment", "currency", "invoice", "basis", "lines"),
    *("imported", "allocated", "unallocated", "difference", "control", "billed", "stated", "gap"),
    *("purchased", "used", "term_purchased", "term_used", "term", "sum", "result"),
)


def run_rows(runs: Iterable[AllocationRun]) -> Iterator[list[Any]]:
    for run in runs:
        asker = run.requested_by.name if run.requested_by else ""
        named = [run.public_id, f"{run.month:%Y-%m}", "yes" if run.dry else "no"]
        asked = [
            run.get_state_display(),
            run.ruleset.public_id,
            run.requested_at.isoformat(),
            asker,
        ]
        ended = [at and at.isoformat() for at in (run.finished_at, run.published_at)]
        before = run.supersedes.public_id if run.supersedes else ""
        yield [*named, *asked, *ended, before, run.result_digest]


def shown_run(run: AllocationRun) -> dict[str, Any]:
    """Return what a run's page shows beside the run itself."""
    targets = run.summary.get("targets", [])
    rules = run.summary.get("rules", [])
    return {
        "waits": run.state in WAITS,
        "publishable": publishable(run.invariants),
        "checks": [_check(check) for check in run.invariants],
        "rules": rules,
        "silent": [rule for rule in rules if rule["never"]],
        "shadowed": [rule for rule in rules if rule["shadowed"]],
        "unallocated": [_reason(each) for each in _under(targets, UNALLOCATED)],
        "pools": list(_under(targets, POOL)),
        "newly": run.summary.get("unallocated"),
        "kept": sorted(kept_by(run).items()),
    }


def shown_difference(run: AllocationRun, basis: str) -> dict[str, Any]:
    """Return what publishing moves, and what would move of closed money, in one basis."""
    return {
        "moved": _movements(run.difference, basis),
        "adjusted": _movements(run.adjustment, basis) if run.adjustment else None,
        "causes": [cause.label for cause in Cause],
    }


def _movements(found: Sequence[Mapping[str, Any]], basis: str) -> dict[str, Any]:
    """Return the rows of one basis, largest first, and what they sum to in each currency."""
    rows = [row for row in found if row["basis"] == basis]
    sums: dict[str, dict[str, int]] = {}
    for row in rows:
        held = sums.setdefault(row["currency"], dict.fromkeys(("delta", *_causes()), 0))
        held["delta"] += money.from_text(row["delta"])[0]
        for cause in _causes():
            held[cause] += money.from_text(row["causes"][cause])[0]
    totals = [
        (currency, [money.to_text(held[name]) for name in ("delta", *_causes())])
        for currency, held in sorted(sums.items())
    ]
    return {
        "rows": [_moved(row) for row in rows[:_SHOWN]],
        "more": max(len(rows) - _SHOWN, 0),
        "totals": totals,
    }


def difference_rows(run: AllocationRun) -> Iterator[Sequence[str]]:
    """Yield every row of both movements for a file, in both bases, exact."""
    for of, rows in (("published", run.difference), ("closed", run.adjustment)):
        for row in rows:
            plain = [row[name] for name in ("target", "currency", "basis", "old", "new", "delta")]
            yield [of, *plain, *(row["causes"][cause] for cause in _causes())]


def _causes() -> list[str]:
    return [cause.value for cause in Cause]


def _check(check: Mapping[str, Any]) -> dict[str, Any]:
    rows = check["rows"]
    columns = [name for name in _COLUMNS if rows and name in rows[0]]
    return {
        **check,
        "tone": _TONES[check["holds"]],
        "word": _WORDS[check["holds"]],
        "columns": [name.replace("_", " ").capitalize() for name in columns],
        "cells": [[row[name] for name in columns] for row in rows[:_SHOWN]],
    }


def _under(targets: Sequence[Mapping[str, Any]], start: str) -> Iterator[Mapping[str, Any]]:
    return (each for each in targets if each["target"].startswith(start))


def _reason(each: Mapping[str, Any]) -> dict[str, Any]:
    reason = each["target"].removeprefix(UNALLOCATED)
    return {**each, "reason": reason, "label": Unallocated(reason).label}


def _moved(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "parts": [row["causes"][cause] for cause in _causes()]}
