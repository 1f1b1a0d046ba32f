"""What the Orders page has beside its list: choices of each person, many orders at once, the list as a file."""
