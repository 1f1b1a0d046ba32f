"""What a person cannot let through: a price in another currency, or one that is none."""

from copy import copy
from decimal import Decimal

from channel_manager.catalog.models import CatalogRules, Listing
from channel_manager.catalog.pricing import why_held
from channel_manager.catalog.rules.prices import CENT, HIGHEST, PriceRule, question
from channel_manager.shared.sentences import Sentence


def why_not_approvable(listing: Listing, rules: CatalogRules, currency: str, price: Decimal) -> Sentence | None:
    """Why the price would be held even when it was approved."""
    if not CENT <= price <= HIGHEST:
        return question(price, None, PriceRule())
    approved = copy(listing)
    approved.approved_price = price
    return why_held(approved, rules, currency, price, None)
