"""Experiments and claims of benefit, carried to each state by the people whose part it is."""

import datetime as dt
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.utils import timezone

from governance.access.kinds import Role
from governance.access.models import User
from governance.access.proofs import Reauthentication
from governance.costs import commands as costs
from governance.costs.commands import ExperimentFields
from governance.costs.kinds import Grade
from governance.costs.models import BenefitClaim, Experiment
from governance.costs.rules.claims import ClaimFields
from governance.costs.rules.experiments import Design
from governance.costs.rules.subjects import Subject
from governance.kernel.actor import Actor, Strength
from governance.kernel.money import UNIT
from inventory.catalog.models import ModelVersion
from tests.factories import access, catalog

DESIGN = Design("Paid back in time", "shares", "customers", 4000, Decimal("0.1"))
SOUND = {"control": {"n": 2000, "successes": 200}, "treatment": {"n": 2010, "successes": 260}}
BROKEN = {"control": {"n": 2000, "successes": 200}, "treatment": {"n": 1500, "successes": 260}}
JANUARY = dt.date(2026, 1, 1)
FEBRUARY = dt.date(2026, 2, 1)


@dataclass(frozen=True)
class Market:
    """A version, whoever built it, and an attester of finance who has no part in it."""

    version: ModelVersion = field(default_factory=catalog.version)

    def __post_init__(self) -> None:
        object.__setattr__(self, "finance", access.person(Role.FINANCE_ATTESTER))
        object.__setattr__(self, "manager", access.person(Role.MANAGER, team=self.model.team))

    finance: User = field(init=False)
    manager: User = field(init=False)

    @property
    def model(self):
        return self.version.model

    @property
    def actor(self) -> Actor:
        return access.actor(self.manager)


def experiment(market: Market, design: Design = DESIGN, **changes: Any) -> Experiment:
    """A registered experiment that starts today."""
    fields = ExperimentFields(
        name="Holdout of spring",
        hypothesis="More customers pay back in time.",
        started_on=timezone.localdate(),
        design=design,
    )
    return costs.register_experiment(
        actor=market.actor, model_id=market.model.pk, fields=replace(fields, **changes)
    )


def concluded(market: Market, observed: dict[str, Any] = SOUND, **changes: Any) -> Experiment:
    row = experiment(market, **changes)
    costs.observe_experiment(actor=market.actor, experiment_id=row.pk, observed=observed)
    return costs.conclude_experiment(
        actor=market.actor, experiment_id=row.pk, ended_on=timezone.localdate()
    )


def claim_fields(**changes: Any) -> ClaimFields:
    fields = ClaimFields(
        benefit="Less fraud",
        start=JANUARY,
        end=FEBRUARY,
        method="Cases found, times what a case costs.",
        currency="USD",
        low=1000 * UNIT,
        point=2000 * UNIT,
        high=3000 * UNIT,
        grade=Grade.C,
    )
    return replace(fields, **changes)


def claim(market: Market, subject: Subject | None = None, **changes: Any) -> BenefitClaim:
    """A claim on the market's model, or on ``subject``."""
    about = subject or Subject(model_id=market.model.pk)
    return costs.make_claim(actor=market.actor, subject=about, fields=claim_fields(**changes))


def attested(market: Market, subject: Subject | None = None, **changes: Any) -> BenefitClaim:
    row = claim(market, subject, **changes)
    return costs.attest_claim(
        actor=access.actor(market.finance),
        claim_id=row.pk,
        answer="Held to the ledger of losses.",
        proof=proof(market.finance),
    )


def proof(user: User) -> Reauthentication:
    return Reauthentication(user.pk, timezone.now(), Strength.PASSWORD)
