"""What belongs to the whole organisation: seen by those who hold the right in all of it."""

from typing import TypeVar

from django.db import models

from governance.access.kinds import Permission
from governance.access.querysets import ScopedQuerySet

M = TypeVar("M", bound=models.Model)


class CompanyQuerySet(ScopedQuerySet[M]):
    """A bill holds every team's money: a right held in one team does not reach it."""

    view = Permission.COST_VIEW
    team_path = ""
