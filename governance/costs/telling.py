"""Mail to whom a budget concerns, when a threshold of it is crossed: once for each version.

Who set it, who approved it and who owns its target are told, as far as they may still see it.
"""

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.urls import reverse

from governance.access.actors import actor_for_user
from governance.access.models import User
from governance.costs import commands as costs
from governance.costs.models import Budget, BudgetAlert
from governance.costs.presentation.alerts import body_of, subject_of
from governance.kernel.actor import Via, system_actor


def tell_crossings(budget_id: UUID) -> int:
    """Send what was not told yet; returns to how many people. Raises ``OSError`` without mail."""
    service = system_actor()
    alerts = costs.claim_alerts(actor=service, budget_id=budget_id)
    if not alerts:
        return 0
    budget = Budget.objects.select_related("target").get(pk=budget_id)
    try:
        return _send(budget, alerts)
    except OSError:  # smtplib's errors are such
        costs.release_alerts(actor=service, alert_ids=[alert.pk for alert in alerts])
        raise


def _send(budget: Budget, alerts: Sequence[BudgetAlert]) -> int:
    url = settings.ASSAY_BASE_URL + reverse("costs:budget-detail", args=[budget.pk])
    subject, body = subject_of(budget, alerts), body_of(budget, alerts, url)
    people = _concerned(budget)
    messages = [EmailMessage(subject, body, to=[person.email]) for person in people]
    get_connection().send_messages(messages)
    return len(people)


def _concerned(budget: Budget) -> list[User]:
    keys = {budget.created_by_id, budget.decided_by_id, budget.target.owner_id} - {None}
    found = User.objects.filter(pk__in=keys, is_active=True).exclude(email="").order_by("email")
    mine = Budget.objects.filter(pk=budget.pk)
    return [one for one in found if mine.visible_to(actor_for_user(one, via=Via.TASK)).exists()]
