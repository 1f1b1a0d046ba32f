"""The Orders page, an order's page and what is done there."""
