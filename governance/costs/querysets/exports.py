"""Reading exports: whole bills, for those who see the whole organisation's money."""

import datetime as dt
import uuid
from typing import TYPE_CHECKING

from governance.costs.querysets.company import CompanyQuerySet
from governance.kernel.errors import Missing

if TYPE_CHECKING:
    from governance.costs.models import FocusExport


class FocusExportQuerySet(CompanyQuerySet["FocusExport"]):
    def of_month(self, month: dt.date | None) -> "FocusExportQuerySet":
        return self.filter(run__month=month) if month else self

    def for_run(self, run_id: uuid.UUID) -> "FocusExport":
        """Return the export of a run; raises ``Missing`` when nobody asked for one."""
        found = self.filter(run=run_id).first()
        if found is None:
            raise Missing("not-found", "There is nothing here that you may see.")
        return found
