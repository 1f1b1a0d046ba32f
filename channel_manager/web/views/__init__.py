"""One module for each page, in folders as the pages are: load, one call, answer."""
