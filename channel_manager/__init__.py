"""Channel Manager: an Adobe Commerce or Magento shop and Walmart Marketplace, one order life."""
