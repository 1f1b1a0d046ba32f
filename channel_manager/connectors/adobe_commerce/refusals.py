"""The shop's refusals in words that say what to do, by the English template it answers with (observed §1, §5).

`%(said)s` is what the shop said, placeholders filled.
"""

from channel_manager.shared.errors import About
from channel_manager.shared.sentences import Sentence, say

_TOO_MANY_UNITS = say("More units would be refunded than were invoiced and not yet refunded: %(said)s")

_DOCUMENTS: tuple[tuple[str, Sentence], ...] = (
    (
        "A shipment cannot be created when an order has a status of",
        say(
            "Commerce cannot ship this order in its present state. Release its hold or look at it in Commerce: %(said)s"
        ),
    ),
    (
        "The order does not allow a shipment to be created",
        say("Nothing is left to ship in this Commerce order. Compare it with the marketplace’s: %(said)s"),
    ),
    (
        "You can't create a shipment without products",
        say("Nothing of these lines is left to ship in Commerce. Compare the shipped quantities: %(said)s"),
    ),
    (
        "Could not save a shipment",
        say(
            "Commerce could not save the shipment: the source does not hold this quantity, the source code is unknown, "
            "or a track has no carrier and title. Correct the source’s quantity in Commerce or choose another source: "
            "%(said)s"
        ),
    ),
    (
        "Could not save the shipment tracking",
        say("Commerce could not save the tracking number: the shipment is not of this order. %(said)s"),
    ),
    (
        "The invoice can't be created without products",
        say("Nothing of these lines is left to invoice in Commerce. %(said)s"),
    ),
    (
        "Invoice Document Validation Error",
        say("Commerce cannot invoice this order in its present state. Look at it in Commerce: %(said)s"),
    ),
    (
        "Could not save an invoice",
        say("Commerce could not save the invoice; its own log says why. Look at the order in Commerce: %(said)s"),
    ),
    (
        "Maximum shipping amount allowed to refund",
        say("More shipping would be refunded than was charged and not yet refunded. Lower it: %(said)s"),
    ),
    (
        "The credit memo's total must be positive",
        say("The credit memo would refund nothing. Lower what is kept back, or raise what is refunded: %(said)s"),
    ),
    (
        "A creditmemo can not be created when an order has a status of",
        say(
            "Commerce makes no credit memo for this order in its present state: a canceled one was never paid, a "
            "closed one is refunded whole, a held one must be released first. Look at it in Commerce: %(said)s"
        ),
    ),
    (
        "The order does not allow a creditmemo",
        say("Nothing of this order is invoiced and not yet refunded. Invoice what was shipped first: %(said)s"),
    ),
    (
        "You can't create a creditmemo without products",
        say("Nothing of these lines is left to refund in Commerce. Compare the refunded quantities: %(said)s"),
    ),
    (
        "The return to stock argument contains",
        say("An item to be returned to stock is not part of this credit memo. Choose among its items: %(said)s"),
    ),
    (
        "that is not part of the original order",
        say("The Commerce order has other items than we know, as after an edit in its Admin. Look at it: %(said)s"),
    ),
    (
        "is not part of the current creditmemo",
        say("An item to be returned to stock is not part of this credit memo. Choose among its items: %(said)s"),
    ),
    (
        "Could not save a Creditmemo",
        say("Commerce could not save the credit memo; its own log says why. Look at the order in Commerce: %(said)s"),
    ),
    (
        "The most money available to refund is",
        say("More would be refunded than was paid and not yet refunded. Invoice what was shipped first: %(said)s"),
    ),
    ("We found an invalid quantity to refund", _TOO_MANY_UNITS),
    ("The quantity to creditmemo must not be greater", _TOO_MANY_UNITS),
    ("The quantity to refund must not be greater", _TOO_MANY_UNITS),
    (
        "Creditmemo Document Validation Error",
        say("Commerce cannot make a credit memo for this order in its present state: %(said)s"),
    ),
    (
        "Unable to add comment",
        say("The Commerce order changed its status meanwhile. Send the comment again: %(said)s"),
    ),
    ("You cannot remove the hold", say("The Commerce order is not on hold. %(said)s")),
    (
        "Maximum items of type",
        say(
            "The shop takes only so many lines in one request. Raise the limit under Stores › Configuration › Services "
            "› Magento Web API › Web API Input Limits, or do this one in the Commerce Admin: %(said)s"
        ),
    ),
    (
        "Maximum SearchCriteria pageSize",
        say(
            "The shop answers shorter pages than are asked for. Raise the maximum page size to 100 under Stores › "
            "Configuration › Services › Magento Web API › Web API Input Limits: %(said)s"
        ),
    ),
    (
        "The quantity to invoice must not be greater",
        say("More units would be invoiced than are left to invoice in Commerce: %(said)s"),
    ),
    (
        "is not supported. Correct the field name",
        say("This version of Commerce does not know a field that we send. Please report it: %(said)s"),
    ),
    (
        "No such entity with",
        say("Commerce does not know this cart or document; a cart is spent once its order is placed. %(said)s"),
    ),
    (
        "The entity that was requested doesn't exist",
        say("Commerce does not know this document any more. Look whether it was deleted: %(said)s"),
    ),
)

_OPTIONS = say("The product %(sku)s has required options, which a marketplace order cannot choose. Make them optional.")

_PRODUCT: tuple[tuple[str, Sentence], ...] = (
    (
        "The product that was requested doesn't exist",
        say(
            "Commerce has no product with the SKU %(sku)s. Link it to the product that is meant, create that product, "
            "or correct the SKU of the listing."
        ),
    ),
    (
        "Product that you are trying to add is not available",
        say(
            "The product %(sku)s is disabled, out of stock or not assigned to the website of this store view. Change "
            "that in Commerce, or cancel what cannot be sent."
        ),
    ),
    (
        "The requested qty is not available",
        say("Commerce has not enough of %(sku)s to sell. Add stock, or cancel what cannot be sent."),
    ),
    (
        "There are no source items with the in stock status",
        say("No source of Commerce has %(sku)s in stock. Add stock, or cancel what cannot be sent."),
    ),
    ("out of stock", say("The product %(sku)s is out of stock in Commerce. Add stock, or cancel what cannot be sent.")),
    (
        "fewest you may purchase",
        say("Commerce sells %(sku)s only in larger quantities. Change the product’s minimum quantity: %(said)s"),
    ),
    (
        "only in quantities of",
        say("Commerce sells %(sku)s only in certain quantities. Change the product’s quantity increments: %(said)s"),
    ),
    ("choose options", _OPTIONS),
    ("required option", _OPTIONS),
)

_PLACING: tuple[tuple[str, Sentence], ...] = (
    (
        "Carrier with such method not found",
        say("The shipping method of this connection is not offered. Activate it for the store view: %(said)s"),
    ),
    (
        "Payment Method is not available",
        say("The shop does not offer the payment method. Activate an offline one for the store view: %(said)s"),
    ),
    (
        "Minimum order amount",
        say("The shop asks for a minimum order amount. Switch it off for the store view: %(said)s"),
    ),
    (
        "not available",
        say("Commerce has not enough of a product of this order. Add stock, or cancel what cannot be sent: %(said)s"),
    ),
    (
        "in stock status",
        say("No source of Commerce has a product of this order in stock. Add stock, or cancel it: %(said)s"),
    ),
    (
        "out of stock",
        say("A product of this order is out of stock in Commerce. Add stock, or cancel what cannot be sent: %(said)s"),
    ),
)


_ABOUT_PRODUCT = (
    ("The product that was requested doesn't exist", About.SKU),
    ("Product that you are trying to add is not available", About.STOCK),
    ("The requested qty is not available", About.STOCK),
    ("in stock status", About.STOCK),
    ("out of stock", About.STOCK),
)
_OUT_OF_STOCK = ("not available", "in stock status", "out of stock")
_TOO_MANY = ("The order does not allow a shipment to be created", "You can't create a shipment without products")


def known(template: str) -> Sentence | None:
    return _find(_DOCUMENTS, template)


def product(template: str) -> Sentence:
    """Has places for `sku` and `said`."""
    return _find(_PRODUCT, template) or say("Commerce does not take %(sku)s into a cart: %(said)s")


def placing(template: str) -> Sentence | None:
    return _find(_PLACING, template)


def about_product(template: str) -> About | None:
    """What of ours is at fault when a product cannot go into a cart."""
    return next((about for fragment, about in _ABOUT_PRODUCT if fragment in template), None)


def about_placing(template: str) -> About | None:
    """A payment method may be "not available" too."""
    first = next((fragment for fragment, _sentence in _PLACING if fragment in template), "")
    return About.STOCK if first in _OUT_OF_STOCK else None


def about_document(template: str) -> About | None:
    return About.QUANTITY if any(fragment in template for fragment in _TOO_MANY) else None


def _find(table: tuple[tuple[str, Sentence], ...], template: str) -> Sentence | None:
    return next((sentence for fragment, sentence in table if fragment in template), None)
