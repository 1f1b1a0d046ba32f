"""One module for each page: load, one call, answer."""
