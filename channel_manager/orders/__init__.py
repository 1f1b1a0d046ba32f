"""Purchase orders: received, created in Commerce, acknowledged, shipped, cancelled."""
