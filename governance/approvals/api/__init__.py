"""Approvals over REST."""
