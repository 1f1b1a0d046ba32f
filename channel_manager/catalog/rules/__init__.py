"""Pure rules: what stock and price a listing should show."""
