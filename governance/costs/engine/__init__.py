"""Bills in sets (DuckDB): reading FOCUS, matching and sharing millions of rows. No Django here."""
