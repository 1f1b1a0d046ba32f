"""What an order is worth that was cancelled in Commerce after a part of it had shipped (magento-observed §8). Pure."""

from dataclasses import replace

from channel_manager.ports.documents import CommerceItem, CommerceOrder, ItemMoney, OrderMoney
from channel_manager.shared.money import share


def shipped_part(whole: OrderMoney, order: CommerceOrder) -> OrderMoney:
    """The money of the units that left; all shipping stays, as it would after a proper cancellation of the rest.

    `whole` is what the order was made with: computed from that, the repair can be repeated.
    """
    items = {item.item_id: item for item in order.items}
    return replace(whole, items=tuple(_part(item, items[item.item_id]) for item in whole.items))


def _part(item: ItemMoney, shown: CommerceItem) -> ItemMoney:
    return replace(
        item,
        quantity=shown.shipped,
        row_total=share(item.row_total, shown.shipped, item.quantity),
        tax=share(item.tax, shown.shipped, item.quantity),
        discount=share(item.discount, shown.shipped, item.quantity),
    )
