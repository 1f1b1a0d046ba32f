"""Carts: from an empty cart to a placed order."""
