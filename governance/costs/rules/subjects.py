"""What something is said of: a use case, a model or one of its versions. Pure."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Subject:
    """Exactly one of the three; whoever takes it says which of them may be named."""

    use_case_id: UUID | None = None
    model_id: UUID | None = None
    version_id: UUID | None = None

    @property
    def named(self) -> int:
        """How many of the three are named."""
        keys = (self.use_case_id, self.model_id, self.version_id)
        return sum(key is not None for key in keys)
