"""A server that behaves like the Walmart Marketplace US API (walmart-api.md), with a control API beside it."""
