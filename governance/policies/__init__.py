"""Policies as versioned data: tiers, required checks, thresholds, quorum, clocks."""
