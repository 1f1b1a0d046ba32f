"""Two HTTP servers that behave like the vendors, for the demo and the tests. They import nothing from the product."""
