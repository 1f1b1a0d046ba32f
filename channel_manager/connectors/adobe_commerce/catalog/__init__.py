"""Products, prices and stock, as the website of the store view has them."""
