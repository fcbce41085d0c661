"""The vocabulary of the ledger itself. Each app names its own event kinds in its ``kinds.py``."""

import uuid
from dataclasses import dataclass

FORMAT = 1
GENESIS = "0" * 64
ADVANCE_FLOWS = "governance.flows.advance"


@dataclass(frozen=True, slots=True)
class Subject:
    """What an event is about: ``type`` as ``app.noun``, and its key."""

    type: str
    id: uuid.UUID
