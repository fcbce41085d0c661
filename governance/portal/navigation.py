"""The menu of every page: what an actor may enter, and where the page that is open stands in it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from governance.access.doors import admits, entrance
from governance.access.kinds import Permission
from governance.access.permissions import can_everywhere
from governance.kernel.actor import Actor

Pages = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class NavItem:
    """``active`` is the open page or one below it; ``current`` the open page itself."""

    label: str
    url: str
    icon: str = ""
    active: bool = False
    current: bool = False
    parts: Sequence["NavPart"] = ()


@dataclass(frozen=True, slots=True)
class NavPart:
    """Pages of an entry that are for the same; ``title`` says for what, to those who listen."""

    title: str
    items: Sequence[NavItem]


_NAVIGATION = (
    ("Home", "portal:home", "home"),
    ("Portfolio", "catalog:model-list", "stack"),
    ("Use cases", "catalog:use_case-list", "target"),
    ("Data", "catalog:dataset-list", "database"),
    ("Runs", "runs:run-list", "activity"),
    ("Cases", "approvals:case-list", "scale"),
    ("Costs", "costs:overview", "chart"),
    ("Reports", "documents:report-list", "file"),
    ("Verify", "documents:report-verify", "shield"),
    ("Policies", "policies:policy-list", "book"),
    ("Trail", "portal:trail", "list"),
    ("Operations", "portal:operations", "gear"),
)
# Entries with pages of their own, by what these are for.
_PARTS: dict[str, tuple[tuple[str, Pages], ...]] = {
    "costs:overview": (
        (
            "Look",
            (
                ("Models", "costs:model-list"),
                ("Explorer", "costs:explorer"),
                ("Reconciliation", "costs:reconciliation"),
            ),
        ),
        ("Plan", (("Budgets", "costs:budget-list"), ("Forecasts", "costs:forecast-list"))),
        (
            "Ask why",
            (
                ("Days that stand out", "costs:anomaly-list"),
                ("Exceptions", "costs:exception-list"),
                ("Savings", "costs:saving-list"),
                ("Stuck work", "costs:stuck-list"),
                ("Failed work", "costs:failed-list"),
                ("What approvals cost", "approvals:burden-list"),
            ),
        ),
        (
            "Benefit",
            (("Claims", "costs:claim-list"), ("Experiments", "costs:experiment-list")),
        ),
        (
            "Bills",
            (
                ("Bills", "costs:batch-list"),
                ("Sources", "costs:source-list"),
                ("Exchange rates", "costs:rate-list"),
                ("Usage", "costs:usage-list"),
            ),
        ),
        (
            "Sharing out",
            (
                ("Rules", "costs:ruleset-list"),
                ("Targets", "costs:target-list"),
                ("Allocations", "costs:run-list"),
                ("Periods", "costs:period-list"),
                ("Commitments", "costs:commitment-list"),
            ),
        ),
    ),
}
# Nouns whose pages stand under another noun's entry.
_UNDER = {
    "catalog:version": "catalog:model-list",
    "catalog:deployment": "catalog:model-list",
    "catalog:environment": "catalog:model-list",
    "catalog:dataset_version": "catalog:dataset-list",
    "runs:check": "runs:run-list",
    "approvals:step": "approvals:case-list",
    "approvals:condition": "approvals:case-list",
    "portal:trail": "portal:trail",
    "costs:charge": "costs:explorer",
    "costs:entry": "costs:batch-list",
}

# Pages that show every team, so that a right held in one team does not reach them.
_ORGANISATION = {"portal:trail": Permission.LEDGER_VIEW}


def menu(actor: Actor | None, here: str) -> list[NavItem]:
    """Return the entries open to ``actor``; ``here`` is the name of the page that is open."""
    nearest = _nearest(here)
    return [
        NavItem(
            label,
            reverse(name),
            icon,
            active=_holds(name, nearest),
            current=name == nearest,
            parts=_parts(name, actor, nearest),
        )
        for label, name, icon in _NAVIGATION
        if _is_open(name, actor)
    ]


def _parts(entry: str, actor: Actor | None, nearest: str) -> list[NavPart]:
    found = [
        (title, [(label, name) for label, name in pages if _is_open(name, actor)])
        for title, pages in _PARTS.get(entry, ())
    ]
    return [
        NavPart(
            title,
            [NavItem(label, reverse(name), current=name == nearest) for label, name in pages],
        )
        for title, pages in found
        if pages
    ]


def _is_open(name: str, actor: Actor | None) -> bool:
    door = entrance(name, "GET")
    if door is None or not admits(door, actor):
        return False
    wide = _ORGANISATION.get(name)
    return wide is None or (actor is not None and can_everywhere(actor, wide))


def _holds(entry: str, nearest: str) -> bool:
    return entry == nearest or nearest in _below(entry)


def _below(entry: str) -> set[str]:
    return {name for _, pages in _PARTS.get(entry, ()) for _, name in pages}


def _nearest(here: str) -> str:
    """Return the entry that a page belongs to: itself, the list of its noun, else its app's."""
    names = {name for _, name, _ in _NAVIGATION}
    names |= {name for entry in _PARTS for name in _below(entry)}
    noun = here.rsplit("-", 1)[0]
    listed = here if here in names else _UNDER.get(noun, f"{noun}-list")
    if listed in names:
        return listed
    apps = {entry.partition(":")[0]: entry for entry in _PARTS}
    return apps.get(here.partition(":")[0], "")
