"""When to tell, what is usual, how the account stands. Pure."""
