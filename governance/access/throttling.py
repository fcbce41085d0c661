"""How often one caller may ask: a count for each window of time.

REST framework's own throttle keeps the time of every call and copies that list in and out of the
cache at each request; at some thousands of calls a minute this costs more than the request.
"""

from typing import TYPE_CHECKING

from rest_framework.request import Request
from rest_framework.throttling import UserRateThrottle

if TYPE_CHECKING:
    from rest_framework.views import APIView


class CallerThrottle(UserRateThrottle):
    """Counts in whole windows, for each person, or each address of nobody known."""

    num_requests: int | None
    duration: int | None

    def allow_request(self, request: Request, view: "APIView") -> bool:
        caller = self.get_cache_key(request, view) if self.rate is not None else None
        if caller is None or self.duration is None or self.num_requests is None:
            return True
        self.now = self.timer()
        key = f"{caller}:{int(self.now // self.duration)}"
        if self.cache.add(key, 1, self.duration):
            return True
        try:
            return bool(self.cache.incr(key) <= self.num_requests)
        except ValueError:  # it lapsed in between
            return True

    def wait(self) -> float | None:
        """Return the seconds until the next window begins."""
        return None if self.duration is None else self.duration - self.now % self.duration
