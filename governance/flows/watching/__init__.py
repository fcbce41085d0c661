"""Deployments, approvals, usage and spend held against each other, for costs to write down."""

import datetime as dt

from django.utils import timezone

from governance.costs import commands as costs
from governance.costs.rules import hints, sizing, stuck
from governance.costs.rules.hints import Hint
from governance.flows.watching import accounts, versions, work
from governance.flows.watching.spans import Span, span_of
from governance.kernel.actor import system_actor


def watch(today: dt.date | None = None) -> int:
    """Look at everything once; return how many hints were opened or got further evidence."""
    today = today or timezone.localdate()
    found = told(span_of(today))
    return costs.record_hints(actor=system_actor(), hints=found, seen_on=today)


def told(span: Span) -> list[Hint]:
    """Return what the days of ``span`` tell. Reads only."""
    facts = versions.facts(span)
    found = [hint for one in facts for hint in hints.of_version(one)]
    if span.billed:
        found += sizing.oversized(versions.machines(span, facts))
        found += [hint for one in accounts.facts(span) for hint in hints.of_account(one)]
        found += [hint for one in work.facts(span) for hint in stuck.stuck(one)]
    return found
