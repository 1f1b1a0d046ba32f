"""Whether a purchase order agrees with itself. Walmart's charges are the truth for money: where they contradict each
other nothing is created (glossary, rule 3).
"""

from channel_manager.orders.rules.levels import line_levels
from channel_manager.ports.messages import IncomingOrder
from channel_manager.shared.money import total
from channel_manager.shared.sentences import Sentence, say
from channel_manager.stores.models import Store


def problem_of(store: Store, order: IncomingOrder) -> Sentence | None:
    """Why the order cannot be created in Commerce; None when it can."""
    if order.currency != store.currency:
        return say("The order is in %(found)s, the store in %(own)s.", found=order.currency, own=store.currency)
    charged = total(line.charges.total for line in order.lines)
    whole = not any(line_levels(line)["cancelled"] for line in order.lines)
    if whole and order.stated_total is not None and order.stated_total != charged:
        return say(
            "Walmart states a total of %(stated)s, but the charges of its lines add up to %(charged)s. The order is "
            "not created in Commerce until they agree; it is acknowledged in time.",
            stated=order.stated_total,
            charged=charged,
        )
    return None
