"""What a FOCUS 1.3 export says of where a share of a line went, and by which rule."""

import json
from typing import Any
from uuid import UUID

from governance.costs import gathering
from governance.costs.keeping import kept_by
from governance.costs.kinds import TargetKind
from governance.costs.models import AllocationRun, Rule, Target
from governance.costs.rules.allocation import UNALLOCATED
from governance.costs.rules.ways import Taken, Way
from governance.costs.rules.weighing import quantity_of
from governance.kernel import money

_WHOLE = (None,) * 5


class Ending:
    """Rows for the ends of a run's trees."""

    def __init__(self, run: AllocationRun) -> None:
        kept = kept_by(run)
        used = [each for one in (run, *kept.values()) for each in one.inputs["rules"].values()]
        sets = {UUID(each["ruleset"]): each["public_id"] for each in used}
        self.rules = {
            str(pk): f"{sets[ruleset]}/{name}"
            for pk, ruleset, name in Rule.objects.filter(ruleset__in=sets).values_list(
                "pk", "ruleset", "name"
            )
        }
        rows = Target.objects.select_related("use_case", "team")
        self.targets = {row.key: row for row in rows}
        # With corrections of other months, or charges of other runs, in it, a quantity would not
        # say by which drivers it is.
        of_one = len(run.inputs["drivers"]) == 1 and not kept
        self.drivers = gathering.drivers_from(run.inputs, run.month) if of_one else {}

    def row(self, way: Way, ratio: int, *, split: bool) -> tuple[str | None, ...]:
        """Return target and rule, then what FOCUS says of a line that was split, if it was."""
        last = way.last
        rule = self._rule(last) if last else ""
        if not split:
            return (way.target, rule, *_WHOLE)
        details = self._details(last, ratio) if last else None
        return (way.target, rule, rule, details, *self._resource(way.target))

    def _rule(self, step: Taken) -> str:
        return self.rules.get(step.rule, step.driver)

    def _details(self, step: Taken, ratio: int) -> str:
        """Written by hand: a ratio is a number of 18 places, which no float holds."""
        element = f'"AllocatedRatio":{money.to_decimal(ratio):.18f}'
        if (used := self.drivers.get(step.driver)) is not None:
            quantity = money.to_text(quantity_of(step.target, used))
            element += f',"UsageUnit":{json.dumps(step.driver)},"UsageQuantity":{quantity}'
        return f'{{"Elements":[{{{element}}}]}}'

    def _resource(self, key: str) -> tuple[str, str, str]:
        target = self.targets[key]
        if key.startswith(UNALLOCATED):
            return (
                UNALLOCATED.rstrip("/"),
                target.name,
                json.dumps({"reason": key.removeprefix(UNALLOCATED)}),
            )
        version = target.kind == TargetKind.VERSION
        resource = key.rpartition("/")[0] if version else key
        tags = json.dumps(_tags(target), ensure_ascii=False, separators=(",", ":"))
        return resource, target.name, tags


def _tags(target: Target) -> dict[str, Any]:
    use_case, team = target.use_case, target.team
    said = {
        "phase": target.phase,
        "project": use_case.name if use_case else "",
        "team": team.slug if team else "",
        "use_case": use_case.public_id if use_case else "",
    }
    return {name: value for name, value in said.items() if value}
