"""Sources, stock and salable quantities."""
