"""Between the shop's JSON and our words. Functions that only compute."""
