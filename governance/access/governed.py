"""What permissions need to know of an object, read along the paths that queries read.

``can`` asks the object, ``visible_to`` asks the database; both follow the same two paths of the
model's queryset, so that a list and a page cannot come to different answers.
"""

import uuid
from functools import cache
from typing import Any

from django.db import models

from governance.access.querysets import ScopedQuerySet


class Governed(models.Model):
    """Base of every model whose manager is a ``ScopedQuerySet``."""

    class Meta:
        abstract = True

    @property
    def owning_team_id(self) -> uuid.UUID | None:
        return _at(self, _paths(type(self))[0])

    @property
    def shared_model_id(self) -> uuid.UUID | None:
        """The model whose sharing reaches this object; None when it cannot be shared."""
        return _at(self, _paths(type(self))[1])


@cache
def _paths(model: type[Governed]) -> tuple[str, str]:
    rows = model._default_manager.all()  # noqa: SLF001 - Django's public name for it
    if not isinstance(rows, ScopedQuerySet):
        raise TypeError(f"{model.__name__} is governed; its manager must be a ScopedQuerySet.")
    return rows.team_path, rows.shared_path


def _at(row: Any, path: str) -> uuid.UUID | None:
    """Return what stands at the end of ``version__model__team_id``; None where it ends early."""
    found = row if path else None
    for name in path.split("__"):
        if found is None:
            return None
        found = getattr(found, name)
    return found
