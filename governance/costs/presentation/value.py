"""What pages show of experiments and hints beyond their rows."""

from collections.abc import Mapping
from typing import Any

from audits.engine.outcome import Interval, Measure
from governance.access.models import Team
from governance.costs.models import CostHint, Experiment
from governance.costs.rules.experiments import SHARES, design_of
from governance.kernel.money import from_text


def experiment_facts(row: Experiment) -> dict[str, Any]:
    """Return the plan, what each arm gave beside what was planned for it, and the effect."""
    design = design_of(row.design)
    seen = row.observed.get("arms", {})
    arms = [
        _arm(name, share, planned, seen.get(name, {}))
        for name, share, planned in zip(design.arms, design.shares, design.planned, strict=True)
    ]
    return {
        "design": design,
        "is_share": design.kind == SHARES,
        "detectable": row.design.get("detectable"),
        "arms": arms,
        "is_observed": bool(seen),
        "effect": _effect(row),
    }


def _arm(name: str, share: float, planned: int, gave: Mapping[str, Any]) -> dict[str, Any]:
    found = {part: gave.get(part) for part in ("n", "successes", "mean", "sd")}
    rate = gave["successes"] / gave["n"] if "successes" in gave else None
    return {"name": name, "share": f"{share * 100:g}", "planned": planned, "rate": rate, **found}


def _effect(row: Experiment) -> Measure | None:
    if row.result is None:
        return None
    found = row.result
    method = found["interval_method"]
    interval = Interval(found["low"], found["high"], found["level"], method)
    return Measure("effect", found["effect"], n=found["n"], interval=interval)


def evidence_parts(row: CostHint) -> list[dict[str, Any]]:
    """Return all of it, the newest first; ``money`` is units by currency, for printing."""
    return [
        {
            **one,
            "money": [(code, from_text(text)[0]) for code, text in one.get("money", {}).items()],
        }
        for one in reversed(row.evidence)
    ]


def evidence_of(row: CostHint) -> list[str]:
    """Return the newest signs."""
    return list(row.evidence[-1].get("signs", [])) if row.evidence else []


def owner_of(row: CostHint) -> Any:
    """Return who answers for the target: its owner, else its model's."""
    target = row.target
    if target is None:
        return None
    return target.owner or (target.model.owner if target.model else None)


def teams_of(rows: Any, path: str) -> list[tuple[str, str]]:
    """Return the teams that own some of ``rows`` (a visible queryset), as choices."""
    owners = Team.objects.filter(pk__in=rows.order_by().values(path))
    return list(owners.order_by("name").values_list("slug", "name"))
