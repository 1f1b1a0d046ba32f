"""Composition root of background work."""
