"""Searching: the seller's own items, and Walmart's whole catalogue (walmart-api §5.3, §5.4)."""
