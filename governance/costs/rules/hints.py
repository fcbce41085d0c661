"""Money as a control: what use, calls, spend and approval say together. Pure.

Facts are those of the last 30 days, gathered above this app. A reading is a question to a person,
with the signs that led to it; it accuses nobody and stops nothing.
"""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from governance.costs.kinds import HintKind, HintState
from governance.kernel.errors import Conflict, RuleBroken
from governance.kernel.money import UNIT, printed

WINDOW = dt.timedelta(days=30)
SHADOW_DAYS = 7  # of spend before an account is asked
LONGEST_SNOOZE = dt.timedelta(days=366)
SEVERITIES = {1: "critical", 2: "high", 3: "medium", 4: "low"}
UNKNOWN_TIER = "high"  # never assessed: until somebody does, not a small matter

Money = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Hint:
    """``money`` at stake by currency, in units. ``subject`` is a stable key: one open hint each."""

    kind: HintKind
    subject: str
    title: str
    signs: tuple[str, ...]
    money: Money = field(default_factory=dict)
    severity: str = ""
    target_key: str = ""

    @property
    def most(self) -> tuple[str, int | None]:
        """The currency with the largest amount, and that amount."""
        if not self.money:
            return "", None
        currency = min(self.money, key=lambda name: (-self.money[name], name))
        return currency, self.money[currency]


@dataclass(frozen=True, slots=True)
class Calls:
    """How much something was called, in whichever unit is reported; the two are never added."""

    predictions: int = 0
    tokens: int = 0

    def __bool__(self) -> bool:
        return bool(self.predictions or self.tokens)

    def __add__(self, more: "Calls") -> "Calls":
        return Calls(self.predictions + more.predictions, self.tokens + more.tokens)

    def __str__(self) -> str:
        told = [f"{self.predictions // UNIT:,} predictions"] if self.predictions else []
        told += [f"{self.tokens // UNIT:,} tokens"] if self.tokens else []
        return " and ".join(told) or "No predictions and no tokens"


@dataclass(frozen=True, slots=True)
class Unapproved:
    """Calls on days without an approval in force: the first such day, and all from then on."""

    since: dt.date
    days: int
    calls: Calls
    money: Money


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """One version over the window. ``deployed_on`` None: no deployment is recorded as running.

    ``counted``: calls were ever reported for it, so that no calls means none. ``billed`` False: no
    bill of these days is shared out yet, so that no spend means nothing. ``floor`` is that of the
    sources that bill it, in units of any currency. ``budgeted`` None: nobody here plans by budgets.
    """

    key: str  # MDL-00042/v3
    name: str
    target_key: str
    today: dt.date
    deployed_on: dt.date | None = None
    calls: Calls = Calls()
    counted: bool = False
    spend: Money = field(default_factory=dict)
    spend_days: int = 0
    floor: int = 0
    tier: int | None = None
    unapproved: Unapproved | None = None
    billed: bool = True
    budgeted: bool | None = None

    @property
    def spends(self) -> bool:
        return any(units > 0 for units in self.spend.values())

    @property
    def settled(self) -> bool:
        """Whether it has run for a whole window, so that silence says something."""
        return self.deployed_on is not None and self.deployed_on <= self.today - WINDOW


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """Unallocated spend of one account and service that carries signs of model work."""

    issuer: str
    account: str
    account_name: str
    service: str
    signs: tuple[str, ...]
    spend: Money
    first: dt.date
    last: dt.date
    floor: int = 0  # units, in any currency: the source's own floor of money worth a question

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def reading(facts: VersionFacts) -> HintKind | None:
    """Return the line of the table that a version stands in; None when nothing is the matter."""
    if facts.unapproved is not None:
        return HintKind.UNAPPROVED_CALLS
    return _not_in_use(facts) if facts.deployed_on is None else _in_use(facts)


def _not_in_use(facts: VersionFacts) -> HintKind | None:
    if facts.calls:
        return HintKind.UNREGISTERED_DEPLOYMENT
    large = any(units > facts.floor for units in facts.spend.values())
    lasting = facts.billed and large and facts.spend_days >= SHADOW_DAYS
    return HintKind.SHADOW_MODEL if lasting else None


def _in_use(facts: VersionFacts) -> HintKind | None:
    if not facts.billed:
        return None
    if facts.calls:
        return None if facts.spends else HintKind.UNMAPPED_SPEND
    if not facts.settled:
        return None
    return HintKind.IDLE_ENDPOINT if facts.spends else HintKind.ZOMBIE


def of_version(facts: VersionFacts) -> Iterator[Hint]:
    """Yield what a version's facts tell; a call without approval hides nothing else.

    A budget never stops a running model: what goes live without one is asked for it.
    """
    kinds = [reading(facts)]
    if facts.unapproved is not None:
        kinds.append(reading(replace(facts, unapproved=None)))
    if facts.deployed_on is not None and facts.budgeted is False:
        kinds.append(HintKind.UNBUDGETED)
    for kind in kinds:
        if kind is not None:
            yield _hint(kind, facts)


def of_account(facts: AccountFacts) -> Iterator[Hint]:
    """Yield a question to an account that pays for model work nobody registered."""
    large = {currency: units for currency, units in facts.spend.items() if units > facts.floor}
    if not large or facts.days < SHADOW_DAYS:
        return
    name = facts.account_name or facts.account or facts.issuer
    signs = (
        *facts.signs,
        f"Charges from {facts.first} to {facts.last} that no rule gives to a model",
        "Ask the account's owner to register the model, explain the spend, or stop it",
    )
    yield Hint(
        HintKind.SHADOW_MODEL,
        f"account/{facts.issuer}/{facts.account}/{facts.service}"[:300],
        f"{name} pays for {facts.service or 'model work'} that belongs to no model"[:300],
        signs,
        large,
        "high",
    )


def said(money: Money) -> str:
    """Return amounts as people read them: ``1,250.00 USD, 40 JPY``."""
    parts = (f"{printed(units, code)} {code}" for code, units in sorted(money.items()))
    return ", ".join(parts) or "nothing"


def check_answer(
    state: str, answer: HintState, until: dt.date | None, today: dt.date
) -> dt.date | None:
    """Return the day until which the hint sleeps; raises for an answer that is none.

    Raises ``Conflict`` for a closed hint, ``RuleBroken`` for a snooze without an end within a year.
    """
    if state == HintState.CLOSED:
        raise Conflict("hint-closed", "This is closed; if it is seen again, a new one opens.")
    if answer == HintState.OPEN:
        raise RuleBroken("bad-answer", "Accept it, put it off, or close it.")
    if answer != HintState.SNOOZED:
        return None
    if until is None or not today < until <= today + LONGEST_SNOOZE:
        message = "Put it off to a day between tomorrow and a year from now."
        raise RuleBroken("bad-until", message, errors={"until": [message]})
    return until


def largest(hints: Collection[Hint]) -> list[Hint]:
    """Return one hint for each kind and subject: the one with the most money."""
    found: dict[tuple[str, str], Hint] = {}
    for hint in hints:
        key = (hint.kind, hint.subject)
        if key not in found or (hint.most[1] or 0) > (found[key].most[1] or 0):
            found[key] = hint
    return list(found.values())


def _hint(kind: HintKind, facts: VersionFacts) -> Hint:
    money = facts.unapproved.money if facts.unapproved and kind in _EXCEPTIONS else facts.spend
    severity = SEVERITIES.get(facts.tier or 0, UNKNOWN_TIER) if kind in _EXCEPTIONS else ""
    title = _TITLES[kind].format(name=facts.name)
    signs = tuple(_signs(kind, facts))
    return Hint(kind, facts.key, title[:300], signs, money, severity, facts.target_key)


_EXCEPTIONS = (HintKind.UNAPPROVED_CALLS, HintKind.UNREGISTERED_DEPLOYMENT)
_TITLES = {
    HintKind.SHADOW_MODEL: "{name} is paid for, but runs nowhere that is recorded",
    HintKind.UNREGISTERED_DEPLOYMENT: "{name} is called, but no deployment is recorded",
    HintKind.ZOMBIE: "{name} is recorded as running, but neither called nor paid for",
    HintKind.IDLE_ENDPOINT: "{name} is paid for, but not called",
    HintKind.UNMAPPED_SPEND: "{name} is called, but no spend reaches it",
    HintKind.UNAPPROVED_CALLS: "{name} was called without an approval in force",
    HintKind.UNBUDGETED: "{name} is in use, but no budget covers it",
}
_ADVICE = {
    HintKind.SHADOW_MODEL: "Record the deployment, explain the spend, or stop it",
    HintKind.UNREGISTERED_DEPLOYMENT: "Record the deployment, or stop the calls",
    HintKind.ZOMBIE: "Retire it, or correct the inventory",
    HintKind.IDLE_ENDPOINT: "Scale it down or retire it",
    HintKind.UNMAPPED_SPEND: "A rule or a tag is missing",
    HintKind.UNAPPROVED_CALLS: "Have it approved, or stop the calls",
    HintKind.UNBUDGETED: "Set a budget for the version, its model, use case or team",
}


def _signs(kind: HintKind, facts: VersionFacts) -> Iterator[str]:
    days = WINDOW.days
    if kind == HintKind.UNAPPROVED_CALLS and facts.unapproved is not None:
        found = facts.unapproved
        yield f"First called without an approval in force on {found.since}"
        yield f"{found.calls} on {found.days} such days since then"
        yield f"Serving on those days cost {said(found.money)}"
    else:
        since = facts.deployed_on
        yield f"Recorded as running since {since}" if since else "No deployment is recorded"
        yield f"{facts.calls} in {days} days"
        if not facts.calls and not facts.counted:
            yield "Nobody has ever reported calls for it: see to that first"
        yield f"Serving cost {said(facts.spend)} in {days} days"
    yield _ADVICE[kind]
