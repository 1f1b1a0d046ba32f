"""`channel-manager demo`: the product beside two simulated platforms, which it knows by their HTTP only."""
