"""What platforms tell of by themselves: a hint that something is to be read now instead of at the next poll."""
