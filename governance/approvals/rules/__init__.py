"""Decisions about cases that need no database: plain values in, a value or an error out."""
