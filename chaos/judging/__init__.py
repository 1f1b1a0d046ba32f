"""Whole states once everything is at rest: read on all sides, compared, and reported."""
