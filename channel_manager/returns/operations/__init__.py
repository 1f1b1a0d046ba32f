"""What goes out for a refund: the credit memo in Commerce, the refund at the marketplace."""
