"""Opening uploaded files, in the sandbox and in a worker: never in the web process."""

import dataclasses
import uuid
from typing import Any, BinaryIO

from django.conf import settings

from audits.engine.errors import EngineError, InputError
from audits.engine.frames import FrameProfile
from audits.engine.job import Limits
from audits.engine.models.base import ModelFacts
from audits.engine.sandbox import EngineHost
from audits.engine.shared import shared_host
from governance.kernel.errors import Missing
from governance.kernel.texts import storable
from inventory.catalog.kinds import Findings, Inspection
from inventory.catalog.models import Artifact, DatasetVersion
from inventory.catalog.storage import BlobDamagedError, local_blob

_TRIES = 2
_MOST_FACTS = 2_000
_LONGEST = 4_000


def engine_limits() -> Limits:
    """Return the limits that every job of this process' host is held to."""
    return Limits(
        wall_seconds=float(settings.ASSAY_RUN_LIMIT), memory_bytes=settings.ASSAY_RUN_MEMORY_BYTES
    )


def host() -> EngineHost:
    """Return this process' warm host; raises ``SandboxMissingError`` when isolation is required."""
    return shared_host(engine_limits(), allow_rlimits_only=settings.ASSAY_SANDBOX == "prefer")


def require_sandbox() -> None:
    """Raise ``SandboxMissingError`` where isolation is required and this machine has none."""
    if settings.ASSAY_SANDBOX == "require":
        host()


def look_at(noun: str, row_id: uuid.UUID) -> Findings | None:
    """Return what the sandbox found in the file; None when there is nothing left to look at.

    A file that breaks the engine twice is unreadable, with the engine's reason. Raises
    ``SandboxMissingError`` when this machine has no sandbox: that is not the file's fault.
    """
    model: Any = Artifact if noun == "artifact" else DatasetVersion
    row = model.objects.filter(pk=row_id, inspection=Inspection.WAITING).first()
    if row is None:
        return None
    for attempt in range(1, _TRIES + 1):
        try:
            with local_blob(row.digest) as file:
                return _findings(noun, file, row.format)
        except InputError as error:
            return Findings(reason=_short(error.message))
        except (Missing, BlobDamagedError) as error:
            return Findings(reason=_short(str(error)))
        except EngineError as error:
            if attempt == _TRIES:
                return Findings(reason=_short(error.reason))
    return None


def _findings(noun: str, file: BinaryIO, format_name: str) -> Findings:
    if noun == "artifact":
        return _model_findings(host().inspect_model(file.fileno(), format_name))
    return _data_findings(host().inspect_data(file.fileno(), format_name))


def _data_findings(profile: FrameProfile) -> Findings:
    columns = tuple(
        {"name": _short(column.name), "type": column.type, "nulls": column.nulls}
        for column in profile.columns
    )
    return Findings(rows=profile.rows, columns=columns)


def _model_findings(facts: ModelFacts) -> Findings:
    said = dataclasses.asdict(facts)
    said["features"] = [_short(name) for name in facts.features[:_MOST_FACTS]]
    said["classes"] = [_short(name) for name in facts.classes[:_MOST_FACTS]]
    said["details"] = {_short(k): _short(v) for k, v in list(facts.details.items())[:100]}
    for name in ("format", "library", "kind"):
        said[name] = _short(said[name])
    return Findings(facts=said)


def _short(text: str) -> str:
    return str(storable(text))[:_LONGEST]
