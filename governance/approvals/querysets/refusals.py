"""How often each gate was asked, and how often it said no."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db.models import Count, Q

from governance.approvals.kinds import Choice, StepKind
from governance.approvals.rules.burden import Gate
from governance.policies.kinds import Answer

WINDOW = timedelta(days=365)
_CHECK = "check "


def gates(cases: Any, end: datetime) -> list[Gate]:
    """Return each gate of the twelve months up to ``end``; those that never refused come first.

    A rule of the policy is asked when a case is submitted, a person at a step. ``cases`` are those
    one may see.
    """
    submitted = cases.filter(submitted_at__gte=end - WINDOW, submitted_at__lt=end)
    found = [*_rules(submitted), *_people(submitted)]
    return sorted(found, key=lambda gate: (not gate.never, -gate.asked, gate.name))


def _rules(submitted: Any) -> Iterator[Gate]:
    asked: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    titles: dict[str, str] = {}
    for gate in submitted.exclude(gate=None).values_list("gate", flat=True).iterator(500):
        for reason in gate["reasons"]:
            rule = reason["rule"]
            titles[rule] = _title(rule, reason["text"])
            asked[rule] += 1
            refused[rule] += reason["answer"] != Answer.ALLOW
    for rule, count in asked.items():
        yield Gate(titles[rule], "Rule of the policy", count, refused[rule])


def _title(rule: str, text: str) -> str:
    """A check goes by its title, which its reason begins with; other rules by their name."""
    return text.partition(":")[0] if rule.startswith(_CHECK) else rule.capitalize()


def _people(submitted: Any) -> Iterator[Gate]:
    decisions: Any = apps.get_model("approvals", "Decision")._default_manager  # noqa: SLF001
    mine = decisions.filter(case__in=submitted.values("pk")).order_by()
    counted = mine.values_list("step__kind").annotate(
        asked=Count("pk"), refused=Count("pk", filter=Q(choice=Choice.AGAINST))
    )
    for kind, asked, refused in counted:
        yield Gate(str(StepKind(kind).label), "Person", asked, refused)
