"""What comes in: returns of the marketplace, credit memos of Commerce."""
