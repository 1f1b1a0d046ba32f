"""What `lifecycle` is too short for: allocation and money, addresses, cancelling a part, levels, reasons. Pure."""
