"""From the marketplace's lines to the items and the money of a Commerce order. Pure; exact to the cent and the unit."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from channel_manager.ports.documents import CommerceItem, CommerceOrder, ItemMoney, OrderMoney
from channel_manager.ports.messages import LineCharges
from channel_manager.shared.money import share, total
from channel_manager.shared.sentences import Sentence, say


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveLine:
    """A line with the units that go into the Commerce order; `charges` are those of its whole `quantity`."""

    number: str
    sku: str
    quantity: int
    live: int
    charges: LineCharges
    charge_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Lines that become one Commerce item, because Commerce merges equal SKUs (magento-observed §1)."""

    sku: str
    lines: tuple[LiveLine, ...]

    @property
    def quantity(self) -> int:
        return sum(line.live for line in self.lines)


def sku_key(sku: str) -> str:
    """Commerce ignores letter case and trailing blanks of a SKU (magento-observed §10)."""
    return sku.rstrip().casefold()


def bundles(lines: Iterable[LiveLine]) -> tuple[Bundle, ...]:
    """Live lines by SKU, in line order."""
    grouped: dict[str, list[LiveLine]] = {}
    for line in lines:
        if line.live > 0:
            grouped.setdefault(sku_key(line.sku), []).append(line)
    return tuple(Bundle(sku=group[0].sku, lines=tuple(group)) for group in grouped.values())


def money(items: Mapping[int, Bundle]) -> OrderMoney:
    """What a Commerce order of these items must show. A fee is folded into its line's row (magento-observed §9)."""
    lines = [line for bundle in items.values() for line in bundle.lines]
    return OrderMoney(
        items=tuple(_item_money(item_id, bundle) for item_id, bundle in items.items()),
        shipping=total(_part(line, line.charges.shipping) for line in lines),
        shipping_tax=total(_part(line, line.charges.shipping_tax) for line in lines),
        shipping_discount=total(_part(line, line.charges.shipping_discount) for line in lines),
        discount_description=", ".join(dict.fromkeys(name for line in lines for name in line.charge_names))[:255],
    )


def _item_money(item_id: int, bundle: Bundle) -> ItemMoney:
    return ItemMoney(
        item_id=item_id,
        sku=bundle.sku,
        quantity=bundle.quantity,
        row_total=total(_part(line, line.charges.product + line.charges.fee) for line in bundle.lines),
        tax=total(_part(line, line.charges.product_tax + line.charges.fee_tax) for line in bundle.lines),
        discount=total(_part(line, line.charges.discount) for line in bundle.lines),
        ext_id=",".join(line.number for line in bundle.lines)[:255],
    )


def _part(line: LiveLine, amount: Decimal) -> Decimal:
    return share(amount, line.live, line.quantity)


def items_of_cart(
    items: Sequence[CommerceItem], lines: Iterable[LiveLine], cart_items: Mapping[int, Sequence[str]]
) -> dict[int, Bundle]:
    """Bundles by Commerce item id, by the cart item each came from. `cart_items`: line numbers by cart item id.

    Commerce answers its own spelling of a SKU and decides itself what is the same (magento-observed §10).
    """
    by_number = {line.number: line for line in lines}
    return {
        item.item_id: Bundle(sku=item.sku, lines=tuple(by_number[number] for number in cart_items[item.cart_item_id]))
        for item in items
        if item.cart_item_id is not None and item.cart_item_id in cart_items
    }


def match_items(items: Sequence[CommerceItem], lines: Iterable[LiveLine]) -> dict[int, Bundle]:
    """Bundles by Commerce item id, matched by SKU: for an order that was not placed through a cart of ours."""
    by_sku = {sku_key(bundle.sku): bundle for bundle in bundles(lines)}
    return {item.item_id: by_sku[sku_key(item.sku)] for item in items if sku_key(item.sku) in by_sku}


def originals(before: Sequence[CommerceItem], after: Sequence[CommerceItem]) -> dict[int, CommerceItem]:
    """The item that each item of an edited order comes from, by the new item's id (magento-observed §10).

    The Admin rebuilds the order from product ids, which survive a changed SKU. Variants of one product share its id
    and are told apart by their SKU; without an id the SKU decides.
    """
    ids = Counter(item.product_id for item in before), Counter(item.product_id for item in after)

    def origin(item: CommerceItem) -> tuple[int | None, str]:
        alone = item.product_id is not None and max(count[item.product_id] for count in ids) == 1
        return (item.product_id, "" if alone else sku_key(item.sku))

    known = {origin(item): item for item in before}
    return {item.item_id: known[origin(item)] for item in after if origin(item) in known}


def differences(expected: OrderMoney, order: CommerceOrder) -> list[Sentence]:
    """Where an order read back departs from what was written, column by column (magento-observed §9)."""
    found = [
        _difference(column, amount, order.money[column])
        for column, amount in _columns(expected).items()
        if column in order.money and order.money[column] != amount
    ]
    shown = {item.item_id: item for item in order.items}
    for wanted in expected.items:
        if wanted.item_id not in shown:
            found.append(say("Item %(sku)s is missing in Commerce.", sku=wanted.sku))
            continue
        found += _item_differences(wanted, shown[wanted.item_id])
    return found


def _columns(expected: OrderMoney) -> dict[str, Decimal]:
    amounts = {
        "grand_total": expected.total,
        "subtotal": expected.subtotal,
        "shipping_amount": expected.shipping,
        "shipping_tax_amount": expected.shipping_tax,
        "tax_amount": expected.tax,
        "discount_amount": -expected.discount,
        "shipping_discount_amount": expected.shipping_discount,
    }
    return amounts | {f"base_{column}": amount for column, amount in amounts.items()}


def _item_differences(wanted: ItemMoney, shown: CommerceItem) -> list[Sentence]:
    pairs = {
        "qty_ordered": (wanted.quantity, shown.ordered),
        "row_total": (wanted.row_total, shown.row_total),
        "tax_amount": (wanted.tax, shown.tax),
        "discount_amount": (wanted.discount, shown.discount),
        "base_row_total": (wanted.row_total, shown.base_row_total),
        "base_tax_amount": (wanted.tax, shown.base_tax),
        "base_discount_amount": (wanted.discount, shown.base_discount),
    }
    return [
        _difference(f"{wanted.sku}: {column}", expected, found)
        for column, (expected, found) in pairs.items()
        if expected != found
    ]


def _difference(column: str, expected: object, found: object) -> Sentence:
    return say(
        "%(column)s is %(found)s in Commerce, but Walmart says %(expected)s.",
        column=column,
        found=found,
        expected=expected,
    )
