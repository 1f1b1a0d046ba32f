"""`channel-manager store`."""
