"""The purchase order resource: search, read, acknowledge, ship, cancel (walmart-api §2)."""
