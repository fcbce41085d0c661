"""The stored file of an export as both doors hand it out."""

from django.http import FileResponse

from governance.costs.models import FocusExport
from governance.kernel.rest.etags import repr_digest
from inventory.catalog.storage import open_blob


def file_answer(export: FocusExport) -> FileResponse:
    """Answer with the file, read from the storage piece by piece; raises ``Missing``."""
    answer = FileResponse(
        open_blob(export.digest),
        as_attachment=True,
        filename=export.file_name,
        content_type="text/csv",
    )
    answer["Content-Length"] = str(export.size)
    answer["Repr-Digest"] = repr_digest(export.digest)
    answer["X-Columns-Not-Held"] = ", ".join(export.lacking)
    return answer
