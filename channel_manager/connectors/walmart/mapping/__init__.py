"""Between Walmart's JSON and our words. Only computes."""
