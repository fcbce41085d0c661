"""Sets of rules as rows of a file."""

from collections.abc import Iterable, Iterator
from typing import Any

from governance.costs.models import RuleSet

COLUMNS = (
    *("Set", "State", "In force from", "What is different", "Author", "Submitted", "Approved by"),
    *("Approved", "Answer", "Digest"),
)


def ruleset_rows(rows: Iterable[RuleSet]) -> Iterator[list[Any]]:
    for row in rows:
        said = [row.public_id, row.get_state_display(), row.effective_from, row.note]
        approver = row.approved_by.name if row.approved_by else ""
        submitted, approved = (at and at.isoformat() for at in (row.submitted_at, row.approved_at))
        yield [*said, row.created_by.name, submitted, approver, approved, row.answer, row.digest]
