"""From outside to rows: what the marketplace and Commerce report, received in one transaction a page."""
