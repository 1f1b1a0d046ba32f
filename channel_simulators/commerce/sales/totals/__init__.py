"""What documents are worth, with the shop's own roundings (magento-observed §9)."""
