"""A stand-in for an Adobe Commerce / Magento Open Source shop, spoken to over its Admin REST interface."""
