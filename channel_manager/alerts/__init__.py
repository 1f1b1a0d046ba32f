"""What a store's people are told of by themselves, and how the seller account stands."""
