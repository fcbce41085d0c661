"""What models are worth, the experiments behind it, and what money tells of the inventory."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from governance.access.governed import Governed
from governance.costs import kinds
from governance.costs.models.targets import Target
from governance.costs.querysets.value import (
    BenefitClaimQuerySet,
    CostHintQuerySet,
    ExperimentQuerySet,
)
from governance.kernel.amounts import AmountField
from governance.kernel.ids import new_id, public_id
from inventory.catalog.models.base import Recorded, TeamOwned


class Experiment(Recorded):
    """A randomised experiment or a holdout, planned before it ran and judged by the service.

    ``design``: arms with their planned shares, the measure, planned n and looks. ``observed``: what
    each arm gave (``arms``) and who looked meanwhile (``looks``). ``result``: effect, interval, p,
    sample-ratio check, whether somebody peeked.
    """

    number = models.PositiveBigIntegerField(unique=True)
    model: Any = models.ForeignKey(
        "catalog.RegisteredModel", on_delete=models.PROTECT, related_name="+"
    )
    version: Any = models.ForeignKey(
        "catalog.ModelVersion", null=True, on_delete=models.PROTECT, related_name="+"
    )
    name = models.CharField(max_length=200)
    hypothesis = models.TextField()
    design: Any = models.JSONField()
    started_on = models.DateField()
    ended_on = models.DateField(null=True)
    observed: Any = models.JSONField(default=dict)
    looks = models.PositiveSmallIntegerField(default=0)  # times somebody read interim results
    result: Any = models.JSONField(null=True)
    concluded_at = models.DateTimeField(null=True)

    objects: ClassVar = ExperimentQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        return public_id("EXP", self.number)


class BenefitClaim(TeamOwned):
    """Money that a model, one of its versions or a whole use case is said to bring in a period.

    A claim on a version names its model too, where it counts. Outside every total until attested.
    """

    number = models.PositiveBigIntegerField(unique=True)
    use_case: Any = models.ForeignKey(
        "catalog.UseCase", null=True, on_delete=models.PROTECT, related_name="+"
    )
    model: Any = models.ForeignKey(
        "catalog.RegisteredModel", null=True, on_delete=models.PROTECT, related_name="+"
    )
    version: Any = models.ForeignKey(
        "catalog.ModelVersion", null=True, on_delete=models.PROTECT, related_name="+"
    )
    benefit = models.CharField(max_length=200)  # what it is; claims that share one name it alike
    start = models.DateField()
    end = models.DateField()
    method = models.TextField()
    currency = models.CharField(max_length=3)
    low = AmountField()
    point = AmountField()
    high = AmountField()
    share = models.DecimalField(max_digits=5, decimal_places=4, default=1)
    grade = models.CharField(max_length=1, choices=kinds.Grade.choices)
    evidence = models.TextField(blank=True)
    experiment: Any = models.ForeignKey(
        Experiment, null=True, on_delete=models.PROTECT, related_name="claims"
    )
    state = models.CharField(
        max_length=12, choices=kinds.ClaimState.choices, default=kinds.ClaimState.UNATTESTED
    )
    decided_by: Any = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)

    objects: ClassVar = BenefitClaimQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(use_case=None, model__isnull=False)
                | Q(use_case__isnull=False, model=None, version=None),
                name="claim_on_one",
            ),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="claim_ends"),
            models.CheckConstraint(
                condition=Q(share__gt=0) & Q(share__lte=1), name="claim_share_is_a_part"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None)
                | Q(state=kinds.ClaimState.WITHDRAWN)
                | ~Q(decided_by=F("created_by")),
                name="claim_decided_by_another",
            ),
        ]

    def __str__(self) -> str:
        return self.benefit

    @property
    def public_id(self) -> str:
        return public_id("BEN", self.number)

    @property
    def about(self) -> str:
        """What brings the benefit, by name."""
        return f"{self.use_case}, as a whole" if self.use_case else str(self.version or self.model)


class CostHint(Governed):
    """Something that money tells: one open row for each kind and subject; people close it.

    ``subject`` is a stable key (a target's, a deployment's, a resource's); ``evidence`` the signs.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=30, choices=kinds.HintKind.choices)
    subject = models.CharField(max_length=300)
    title = models.CharField(max_length=300)
    target: Any = models.ForeignKey(
        Target, null=True, on_delete=models.PROTECT, related_name="hints"
    )
    currency = models.CharField(max_length=3, blank=True)
    money = AmountField(null=True)
    severity = models.CharField(max_length=10, blank=True)
    evidence: Any = models.JSONField(default=list)
    state = models.CharField(
        max_length=10, choices=kinds.HintState.choices, default=kinds.HintState.OPEN
    )
    opened_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(auto_now=True)
    snoozed_until = models.DateField(null=True)
    answer = models.TextField(blank=True)
    answered_by: Any = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    objects: ClassVar = CostHintQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "subject"],
                condition=~Q(state=kinds.HintState.CLOSED),
                name="hint_one_open",
            ),
        ]

    def __str__(self) -> str:
        return self.title
