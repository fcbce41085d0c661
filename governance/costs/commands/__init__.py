"""Every write to costs."""
