"""Stock and price: the list of listings, one listing, and what sending would change."""
