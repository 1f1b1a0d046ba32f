"""From the platforms to rows: products, items, inventories, feeds."""
