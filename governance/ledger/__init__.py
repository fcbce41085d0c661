"""Everything that counts is an event, chained by hash, appended inside the business transaction."""
