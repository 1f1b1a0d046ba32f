"""Returns, and money that goes back: from the buyer's request to Walmart's refund and Commerce's credit memo."""
