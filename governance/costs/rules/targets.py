"""How targets are named, and what tags may call them. Pure.

A key is stable: it decides ties of the split, and history stands under it.
"""

import re
from collections.abc import Iterable, Mapping

from governance.costs.kinds import TargetKind
from governance.kernel.errors import Conflict, RuleBroken

ORGANISATION = "organisation"
LONGEST_ALIAS = 200
MOST_ALIASES = 100
# What stands and falls with the organisation itself: never retired, never renamed.
FIXED_KINDS = frozenset({TargetKind.ORGANISATION, TargetKind.UNALLOCATED})
_SLUG = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*", re.ASCII)
_LONGEST_SLUG = 60


def team_key(slug: str) -> str:
    return f"team/{slug}"


def version_key(model: str, number: int, phase: str) -> str:
    """Return the key of a version's phase: ``MDL-00042/v3/serve``."""
    return f"{model}/v{number}/{phase}"


def unallocated_key(reason: str) -> str:
    return f"unallocated/{reason}"


def pool_key(slug: str) -> str:
    """Return the key of a pool; raises ``RuleBroken`` for a name that makes no plain key."""
    if len(slug) > _LONGEST_SLUG or not _SLUG.fullmatch(slug):
        message = "Use lower-case letters, digits and single hyphens, at most 60 characters."
        raise RuleBroken("bad-key", message, errors={"slug": [message]})
    return f"pool/{slug}"


def folded(alias: str) -> str:
    """Return an alias as tags are compared with it: without case and outer spaces."""
    return alias.strip().casefold()


def checked_aliases(aliases: Iterable[str]) -> list[str]:
    """Return aliases trimmed, in order; raises ``RuleBroken`` for one that stands twice."""
    found = [alias.strip() for alias in aliases if alias.strip()]
    seen: set[str] = set()
    for alias in found:
        if len(alias) > LONGEST_ALIAS or "\x00" in alias:
            raise _bad(f"An alias has at most {LONGEST_ALIAS} characters: “{alias[:40]}…”.")
        if folded(alias) in seen:
            raise _bad(f"“{alias}” stands there twice; tags are compared without case.")
        seen.add(folded(alias))
    if len(found) > MOST_ALIASES:
        raise _bad(f"A target has at most {MOST_ALIASES} aliases.")
    return found


def require_free(aliases: Iterable[str], taken: Mapping[str, str]) -> None:
    """Raise ``Conflict`` when a tag would name two targets; ``taken`` is folded name to key."""
    for alias in aliases:
        if other := taken.get(folded(alias)):
            message = f"“{alias}” is what tags call {other} already; one name, one target."
            raise Conflict("alias-taken", message, errors={"aliases": [message]})


def _bad(message: str) -> RuleBroken:
    return RuleBroken("bad-alias", message, errors={"aliases": [message]})
