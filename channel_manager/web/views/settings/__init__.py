"""Channel settings, a module each."""
