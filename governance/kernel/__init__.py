"""Floor 0: what every other package may stand on. Knows no table and no request."""
