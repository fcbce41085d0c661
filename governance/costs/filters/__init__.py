"""Filters of the pages about money; all of them live in the address."""
