"""What goes out: one SKU at a time, or many by feed."""
