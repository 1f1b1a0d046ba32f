"""Activity: what was sent, what failed and how it is fixed, and the check of both sides."""
