"""Orders a page at a time: the search, the cursor, the two calls."""
