"""When a reaction that failed is tried again. Pure."""

from datetime import timedelta

from governance.flows.kinds import FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS

_MOST_DOUBLINGS = 20


def wait_after(failures: int) -> timedelta:
    """Return how long to wait after so many failures in a row: 5 s, doubled, at most one hour."""
    doublings = min(max(failures - 1, 0), _MOST_DOUBLINGS)
    return timedelta(seconds=min(FIRST_RETRY_SECONDS * 2**doublings, LONGEST_RETRY_SECONDS))
