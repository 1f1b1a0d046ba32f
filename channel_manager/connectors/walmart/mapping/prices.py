"""Our prices → Walmart's (walmart-api §4.3)."""

from decimal import Decimal

from channel_manager.connectors.walmart.mapping.reading import Json, part, text
from channel_manager.shared.errors import Rejected
from channel_manager.shared.money import cents
from channel_manager.shared.sentences import say

CURRENCY = "USD"
DEAREST = 10**9


def price(sku: str, amount: Decimal, currency: str) -> Json:
    """The body of one price, and the row of a feed. The amount goes out as a number of exactly two decimals.

    Raises ValueError for what is no price, Rejected for another currency.
    """
    if not amount.is_finite() or not 0 < amount < DEAREST or amount != cents(amount):
        raise ValueError(f"{amount} is no price.")
    if currency.upper() != CURRENCY:
        sentence = say(
            "Walmart takes prices in US dollars only; the store view's prices are in %(currency)s. Connect a store "
            "view whose base currency is USD.",
            currency=currency,
        )
        raise Rejected(sentence, side="Walmart", field="currency")
    money = {"currency": CURRENCY, "amount": cents(amount)}
    return {"sku": sku, "pricing": [{"currentPriceType": "BASE", "currentPrice": money}]}


def answered(data: Json) -> Json:
    """What is inside the wrapper, which the schema does not know (walmart-api §9 no. 18)."""
    return part(data, "ItemPriceResponse") or data


def is_price(data: Json, sku: str) -> bool:
    """Whether an answer names what was sent; it holds no amount."""
    return text(data, "sku") == sku.strip()
