"""Which models claims count at, and beside which they only stand.

A claim on a model or a version counts at the model. A whole use case's counts there only when it
has a single model: how several shared the benefit nobody said, so it is told beside each of them
and added to none.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.apps import apps
from django.db.models import Q

from governance.costs.kinds import ClaimState, Grade
from governance.costs.rules import value
from governance.costs.rules.claims import bearers
from governance.costs.rules.value import Claimed, Range

if TYPE_CHECKING:
    from governance.costs.models import BenefitClaim

Key = tuple[UUID, str]  # model, currency


@dataclass(frozen=True, slots=True)
class AtModel:
    """``own`` claims count in its return; ``whole`` are those on its use case of several models."""

    own: list["BenefitClaim"] = field(default_factory=list)
    whole: list["BenefitClaim"] = field(default_factory=list)


def claims_at(rows: Any, models: Collection[UUID]) -> Mapping[Key, AtModel]:
    """Return where each of ``rows`` (claims) stands among ``models``; two queries."""
    wanted, serving = set(models), _serving(models)
    found: dict[Key, AtModel] = defaultdict(AtModel)
    for row in rows.filter(Q(model_id__in=wanted) | Q(use_case_id__in=list(serving))):
        bearing = {row.model_id} if row.model_id else bearers(row.start, serving[row.use_case_id])
        for key in bearing & wanted:
            at = found[key, row.currency]
            (at.own if len(bearing) == 1 else at.whole).append(row)
    return found


def claimed(row: "BenefitClaim") -> Claimed:
    """Return a claim's row as totals read it."""
    return Claimed(
        grade=Grade(row.grade),
        start=row.start,
        end=row.end,
        whole=Range(row.low, row.point, row.high),
        share=int(row.share * value.SHARE_SCALE),
        attested=row.state == ClaimState.ATTESTED,
    )


def _serving(models: Collection[UUID]) -> dict[UUID, dict[UUID, date | None]]:
    """Return all models of the use cases of ``models``, whoever may see them: else it would take
    a reader's rights to know whose a benefit is.
    """
    rows = apps.get_model("catalog", "RegisteredModel")._default_manager  # noqa: SLF001
    uses = rows.filter(pk__in=list(models)).values("use_case_id")
    found: dict[UUID, dict[UUID, date | None]] = defaultdict(dict)
    columns = ("use_case_id", "pk", "retired_at")
    for use_case, key, retired in rows.filter(use_case_id__in=uses).values_list(*columns):
        found[use_case][key] = retired.date() if retired else None
    return found
