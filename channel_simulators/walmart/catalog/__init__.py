"""What a seller offers: items, their stock, price and lag time (walmart-api §4.1 to §4.3, §4.6, §5)."""
