"""Subscriptions to events, and their deliveries to the seller (walmart-api §6)."""
