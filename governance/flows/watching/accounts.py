"""Money that belongs to no model, yet looks like model work: by account and service."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Max, Min, Q

from governance.costs.kinds import CostRunState, Unallocated
from governance.costs.models import AllocatedCharge, CostLine
from governance.costs.rules.hints import AccountFacts
from governance.flows.watching.spans import Span
from governance.kernel.amounts import ExactSum

_AI = "AI and Machine Learning"
# What makes a line look like model work, and how that is said.
SIGNS: Mapping[str, Q] = {
    f"Category {_AI}": Q(slice__service_category__iexact=_AI),
    "A service for models": Q(slice__service__iregex=r"sagemaker|vertex|bedrock|openai|databricks"),
    "A GPU by its SKU": Q(slice__sku__iregex=r"gpu|\.(p[345]|g[456])[a-z]*\.|a100|h100|nvidia"),
    "An endpoint or a training job": Q(slice__resource_type__iregex=r"endpoint|training")
    | Q(slice__resource__iregex=r"(^|[:/])((online-?|batch-?)?endpoints?|training-?jobs?)[:/]"),
}
_ACCOUNT = ("slice__issuer", "slice__sub_account", "slice__service")
_UNKNOWN = (Unallocated.NO_RULE, Unallocated.TARGET_UNKNOWN, Unallocated.AMBIGUOUS_TAG)


def facts(span: Span) -> Iterator[AccountFacts]:
    """Yield the accounts whose unallocated charges carry at least one sign."""
    looks = Q()
    for sign in SIGNS.values():
        looks |= sign
    months = {span.start.replace(day=1), (span.end.replace(day=1))}
    rows = AllocatedCharge.objects.filter(
        looks,
        run__state=CostRunState.PUBLISHED,
        run__month__in=months,
        reason__in=_UNKNOWN,
        slice__category="Usage",
    ).order_by()
    for account, spend in _spend(rows).items():
        yield from _of(account, spend, rows.filter(**dict(zip(_ACCOUNT, account, strict=True))))


def _spend(rows: Any) -> dict[tuple[str, ...], dict[str, int]]:
    found: dict[tuple[str, ...], dict[str, int]] = defaultdict(dict)
    summed = rows.values_list(*_ACCOUNT, "slice__currency").annotate(u=ExactSum("effective"))
    for *account, currency, units in summed:
        found[tuple(account)][currency] = units
    return found


def _of(account: tuple[str, ...], spend: dict[str, int], rows: Any) -> Iterator[AccountFacts]:
    lines = CostLine.objects.filter(
        slice__in=rows.values("slice"), part__in=rows.values("part")
    ).aggregate(first=Min("charge_start"), last=Max("charge_start"))
    if lines["first"] is None:
        return
    named = rows.exclude(slice__sub_account_name="").aggregate(n=Max("slice__sub_account_name"))
    yield AccountFacts(
        issuer=account[0],
        account=account[1],
        account_name=named["n"] or "",
        service=account[2],
        signs=tuple(text for text, sign in SIGNS.items() if rows.filter(sign).exists()),
        spend=spend,
        first=lines["first"].date(),
        last=lines["last"].date(),
        floor=max(rows.values_list("slice__source__floor", flat=True).distinct(), default=0),
    )
