"""The only importer of guardian: object permissions held in tables with real foreign keys.

guardian's generic table keeps rows that outlive their object, which a reused key would inherit;
its direct-key tables do not. A model class that can be shared subclasses ``ShareBase``.
"""

from guardian.models import UserObjectPermissionBase
from guardian.shortcuts import assign_perm, remove_perm

__all__ = ["ShareBase", "assign_perm", "remove_perm"]


class ShareBase(UserObjectPermissionBase):
    """One person may see one object: subclasses add ``content_object``."""

    class Meta(UserObjectPermissionBase.Meta):
        abstract = True
