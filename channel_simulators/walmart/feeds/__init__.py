"""Files of many rows: received at once, processed later, row by row (walmart-api §4.4, §4.5)."""
