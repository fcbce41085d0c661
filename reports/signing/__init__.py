"""PDF → sealed PDF, and the examination of one. No Django, no database, no network."""
