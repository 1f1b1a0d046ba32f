"""Products, their prices and attributes."""
