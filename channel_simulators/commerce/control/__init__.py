"""`/_control/{action}`: act as the merchant inside the shop, change its settings, look at everything, inject faults."""
