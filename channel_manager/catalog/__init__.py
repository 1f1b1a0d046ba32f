"""Listings, and the stock and price that follow Commerce: what is measured, wanted, and sent to the marketplace."""
