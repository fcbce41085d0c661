"""Frozen content → HTML and PDF. No Django, no database, no network."""
