"""Return orders and their refunds (walmart-api §3)."""
