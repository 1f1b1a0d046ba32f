"""Orders and their documents: shipments, invoices, credit memos."""
