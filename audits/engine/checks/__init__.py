"""The built-in checks, one file for each family; each is ``(Context, parameters) -> Outcome``."""
