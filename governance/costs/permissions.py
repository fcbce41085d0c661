"""The doors of costs."""

from governance.access.doors import Entrance

DOORS: dict[str, Entrance] = {}
