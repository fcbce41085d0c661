"""Runs and outcomes as pages show them: plain values, worked out outside the templates."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audits.engine.plan import Plan, plan_from_json
from audits.runs.kinds import CheckState
from audits.runs.models import AuditRun, CheckRun
from governance.policies.presentation import threshold_words
from governance.policies.rules import Policy

_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Progress:
    """``left`` is in words; empty when former runs say nothing about it."""

    done: int
    total: int
    doing: str
    left: str


@dataclass(frozen=True, slots=True)
class PlannedCheck:
    check: str
    title: str
    text: str
    thresholds: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """``bound`` is the threshold's number on the scale, ``wanted`` the threshold in words."""

    measure: Mapping[str, Any]
    name: str
    bound: float | None
    wanted: str


def progress_of(checks: Sequence[CheckRun], now: datetime) -> Progress:
    """Return how far a run is, what it is doing, and how long it should still take."""
    done = sum(check.state == CheckState.DONE for check in checks)
    running = next((check for check in checks if check.state == CheckState.RUNNING), None)
    doing = running.title if running else ("Starting" if done == 0 else "Ending")
    return Progress(done, len(checks), doing, _left(checks, now))


def _left(checks: Sequence[CheckRun], now: datetime) -> str:
    seconds = 0.0
    for check in checks:
        if check.state == CheckState.DONE:
            continue
        if check.expected_seconds is None:
            return ""
        spent = (now - check.started_at).total_seconds() if check.started_at else 0.0
        seconds += max(check.expected_seconds - spent, 0.0)
    if seconds < _MINUTE:
        return f"about {max(round(seconds), 1)} s left"
    return f"about {round(seconds / _MINUTE)} min left"


def tally(checks: Sequence[CheckRun]) -> dict[str, int]:
    return dict(Counter(check.verdict for check in checks if check.verdict))


def planned_checks(plan: Plan, policy: Policy) -> list[PlannedCheck]:
    """Return the plan's checks with their titles and thresholds in words."""
    known = {check.check: check for check in policy.checks}
    return [
        PlannedCheck(
            spec.check,
            known[spec.check].title if spec.check in known else spec.check,
            known[spec.check].text if spec.check in known else "",
            threshold_words(spec.parameters),
        )
        for spec in plan.checks
    ]


def plan_facts(run: AuditRun) -> dict[str, Any]:
    """Return what the plan's page shows of a run."""
    plan = plan_from_json(run.plan)
    return {
        "plan": plan,
        "planned": planned_checks(plan, run.policy.policy),
        "libraries": sorted(plan.libraries.items()),
    }


def measure_rows(outcome: Mapping[str, Any]) -> list[MeasureRow]:
    """Return the outcome's numbers, each with the threshold that it was held to."""
    bounds: dict[str, tuple[float, str]] = {}
    for threshold in outcome["thresholds"]:
        word = "at least" if threshold["comparison"] == ">=" else "at most"
        bounds[threshold["measure"]] = (threshold["value"], f"{word} {threshold['value']:g}")
    rows = []
    for measure in outcome["measures"]:
        bound, wanted = bounds.get(measure["name"], (None, ""))
        rows.append(MeasureRow(measure, measure["name"].replace("_", " "), bound, wanted))
    return rows


def judged_first(rows: Sequence[MeasureRow]) -> list[MeasureRow]:
    """Return the rows with those that decided in front, otherwise in their order."""
    return sorted(rows, key=lambda row: not row.wanted)


def outcome_file(run: AuditRun, checks: Sequence[CheckRun]) -> dict[str, Any]:
    """Return everything a run found as one JSON document, with the digests to verify it."""
    return {
        "run": run.public_id,
        "plan": run.plan,
        "plan_digest": run.plan_digest,
        "results_digest": run.results_digest,
        "isolation": run.isolation,
        "checks": [
            {
                "evidence": check.public_id,
                "check": check.check_id,
                "outcome_digest": check.outcome_digest,
                "seconds": check.seconds,
                "outcome": check.outcome,
            }
            for check in checks
        ],
    }
