"""A simulated day without one of the platforms."""

FACTOR = 10
"""How much faster than in life Walmart may be called."""
