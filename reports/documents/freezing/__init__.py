"""From database state to frozen report content."""

from reports.documents.freezing.facts import CaseFacts, gather
from reports.documents.freezing.validation import validation_content

__all__ = ["CaseFacts", "gather", "validation_content"]
