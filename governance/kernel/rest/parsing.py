"""JSON bodies, bounded in size and depth: the framework's own parser reads whatever comes."""

import io
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from governance.kernel.errors import TooLarge


class BoundedJSONParser(JSONParser):
    """Raises ``TooLarge`` beyond ``DATA_UPLOAD_MAX_MEMORY_SIZE``, ``ParseError`` for bad JSON."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        most = int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        raw = stream.read(most + 1)
        if len(raw) > most:
            raise TooLarge("too-large", f"A JSON body holds at most {most:,} bytes.")
        try:
            return super().parse(io.BytesIO(raw), media_type, parser_context)
        except RecursionError as error:
            raise ParseError("This JSON is nested too deeply.") from error
