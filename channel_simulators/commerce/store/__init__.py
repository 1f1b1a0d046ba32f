"""What the shop keeps: rows, settings, catalogue, and how a change is committed."""
