"""Walmart Marketplace US, API v3."""
