"""The lives of orders: what is drawn from the seed, and the people who do each step."""
