"""What other programs call: today the platforms, to tell that something is new."""
