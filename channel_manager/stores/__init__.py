"""Stores: one seller account joined to one store view, with its credentials, maps and rules."""
