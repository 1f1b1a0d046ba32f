"""Pure rules of returns and refunds: no Django, no clock, no wire."""
