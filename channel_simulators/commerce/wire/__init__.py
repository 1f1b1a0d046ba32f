"""HTTP matters of the shop: signatures, rights, queries, error bodies."""
