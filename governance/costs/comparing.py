"""What a run moves, by cause: of the money that it would speak for, and of closed money by itself.

New inputs are applied one after another; a step at which nothing is new is not computed.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from governance.costs import checking
from governance.costs.engine.holding import Given
from governance.costs.engine.results import Shared
from governance.costs.gathering import Bill, Drivers, known_to
from governance.costs.keeping import Kept, totals_in
from governance.costs.kinds import Cause
from governance.costs.models import AllocationRun, RuleSet
from governance.costs.querysets.inputs import Carried
from governance.costs.rules.differences import Totals, difference
from governance.costs.rules.naming import Directory

Rows = list[dict[str, Any]]
_Steps = list[tuple[Cause | None, Totals]]


@dataclass(slots=True)
class Inputs:
    """One step of applying new inputs: which bills, whose rules and targets, whose drivers.

    ``rules``, ``drivers`` and ``known`` None: today's; otherwise those of an earlier run.
    """

    bills: Sequence[Bill]
    rules: Mapping[str, Any] | None = None
    drivers: Mapping[str, Any] | None = None
    known: Directory | None = None
    used_rules: dict[dt.date, RuleSet] = field(default_factory=dict)
    used_drivers: dict[dt.date, Drivers] = field(default_factory=dict)
    used_carried: dict[dt.date, Carried] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What all lines give to targets, and what those of each closed issuer do."""

    all: Totals
    closed: Given

    def open(self, kept: Kept) -> Totals:
        """Return what a run stores of it: what closed lines keep, and the rest."""
        found = dict(self.all)
        for sign, totals in ((-1, totals_in(self.closed)), (1, kept.totals)):
            for key, (billed, effective) in totals.items():
                before = found.get(key, (0, 0))
                found[key] = (before[0] + sign * billed, before[1] + sign * effective)
        return {key: sums for key, sums in found.items() if any(sums)}

    def of(self, issuers: Sequence[str]) -> Totals:
        return totals_in({issuer: self.closed.get(issuer, {}) for issuer in issuers})


def outcome_of(shared: Shared, closed: Given) -> Outcome:
    return Outcome({key: (s.billed, s.effective) for key, s in shared.targets.items()}, closed)


@dataclass(slots=True)
class Comparison:
    """``described`` is what the run's inputs are, as it stores them; ``again`` computes a step."""

    now: Inputs
    described: Mapping[str, Any]
    found: Outcome
    again: Callable[[Inputs], Outcome]
    _known: dict[tuple[Any, bool], Outcome] = field(default_factory=dict)

    def of_run(self, base: AllocationRun | None, kept: Kept) -> Rows:
        """Return what publishing would move against ``base``, the run that speaks."""

        def pick(found: Outcome) -> Totals:
            return found.open(kept) if kept.runs else found.all

        if base is None:
            return difference([(None, {}), (Cause.DATA, pick(self.found))])
        return difference(self._steps(base, checking.totals_in(base), pick))

    def of_closed(self, kept: Kept) -> Rows:
        """Return what these inputs would move of closed money, against what was closed."""
        found: _Steps = []
        for run in {run.pk: run for run in kept.runs.values()}.values():
            issuers = [issuer for issuer, one in kept.runs.items() if one.pk == run.pk]
            old = totals_in({issuer: kept.targets[issuer] for issuer in issuers})
            steps = self._steps(run, old, partial(Outcome.of, issuers=issuers))
            found = _together(found, steps) if found else steps
        return difference(found) if found else []

    def _steps(
        self, before: AllocationRun, old: Totals, pick: Callable[[Outcome], Totals]
    ) -> _Steps:
        other_rules = self._ruled_otherwise(before.inputs)
        other_drivers = self.described["drivers"] != before.inputs["drivers"]
        data = rule = new = pick(self.found)
        if self._same_data(before.inputs):
            data = old
        elif other_rules or other_drivers:
            data = pick(self._again(before, own_rules=False))
        if not other_rules:
            rule = data
        elif other_drivers:
            rule = pick(self._again(before, own_rules=True))
        return [(None, old), (Cause.DATA, data), (Cause.RULE, rule), (Cause.DRIVER, new)]

    def _same_data(self, before: Mapping[str, Any]) -> bool:
        """Money that corrections are shared by is data: it was published of an earlier month."""
        return all(self.described[name] == before.get(name, {}) for name in ("bills", "carried"))

    def _ruled_otherwise(self, before: Mapping[str, Any]) -> bool:
        """Charges that stayed then and no longer do are shared by rules once more."""
        kept = self.described.get("kept", {})
        opened = any(kept.get(issuer) != run for issuer, run in before.get("kept", {}).items())
        return opened or any(self.described[name] != before[name] for name in ("rules", "targets"))

    def _again(self, before: AllocationRun, *, own_rules: bool) -> Outcome:
        """Return what today's bills give under the drivers of ``before``, and its rules (and
        targets, as they stood) or ours.
        """
        key = (before.pk, own_rules)
        if key not in self._known:
            rules, known = (None, None) if own_rules else (before.inputs, known_to(before))
            self._known[key] = self.again(Inputs(self.now.bills, rules, before.inputs, known))
        return self._known[key]


def _together(one: _Steps, other: _Steps) -> _Steps:
    found: _Steps = []
    for (cause, totals), (_, more) in zip(one, other, strict=True):
        summed = dict(totals)
        for key, (billed, effective) in more.items():
            before = summed.get(key, (0, 0))
            summed[key] = (before[0] + billed, before[1] + effective)
        found.append((cause, summed))
    return found
