"""Seeds built through commands, so that every one carries its ledger events."""
