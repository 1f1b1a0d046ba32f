"""What a fresh shop sells: two dozen things for kitchen and home, some of them awkward."""

from decimal import Decimal

from channel_simulators.commerce.store.attributes import CONNECT, standard
from channel_simulators.commerce.store.entities import Product, Source, Stock
from channel_simulators.commerce.store.state import State

# SKU, name, price, quantity
_SIMPLE = (
    ("KNIFE-8", "Chef's Knife, 8 inch", "39.90", 50),
    ("KNIFE-SET-5", "Knife Set, 5 pieces", "89.00", 40),
    ("PAN-26", "Frying Pan, 26 cm", "34.99", 50),
    ("POT-5QT", "Stock Pot with Lid, 5 qt", "54.95", 35),
    ("CUT-BOARD", "Bamboo Cutting Board", "19.99", 60),
    ("WHISK-11", "Balloon Whisk, 11 inch", "9.99", 100),
    ("SPATULA", "Silicone Spatula", "7.49", 80),
    ("MUG+LID", "Travel Mug with Lid", "14.95", 50),
    ("CAP/BLK 1", "Coffee Capsules, black, 1 tray", "12.50", 50),
    ("TEA_POT.2", "Cast Iron Teapot, 2 cups", "29.90", 45),
    ("KETTLE-E", "Electric Kettle, 1.7 l", "44.00", 30),
    ("TOWEL-4", "Kitchen Towels, set of 4", "16.80", 70),
    ("GLASS-6", "Drinking Glasses, set of 6", "24.60", 50),
    ("BOWL-L", "Mixing Bowl, large", "18.25", 55),
    ("SCALE-D", "Digital Kitchen Scale", "21.99", 48),
    ("CANDLE-3", "Pillar Candles, set of 3", "15.00", 90),
    ("LAMP-T1", "Table Lamp, linen shade", "49.50", 25),
)


def fresh_state(now: str) -> State:
    state = State(sources=[Source(source_code="default", name="Default Source")], attributes=standard())
    state.stocks[1] = Stock(id=1, name="Default Stock", websites=["base", "walmart"], sources=["default"])
    for sku, name, price, quantity in _SIMPLE:
        _add(state, _product(state, sku, name, price), quantity)
    _add(state, _product(state, "GRATER-OLD", "Box Grater, discontinued", "11.00", enabled=False), 20)
    _add(state, _product(state, "JAR-SOLD-OUT", "Storage Jar, 1 l", "8.75"), 0)
    _add(state, _product(state, "VASE-WEB", "Glass Vase (web shop only)", "27.30", website_ids=[1]), 50)
    _add(state, _product(state, "BOARD-ENGRAVED", "Engraved Board", "32.00", required_option=True), 50)
    _add_configurable(state)
    for product in state.products.values():
        product.created_at = product.updated_at = now
        if product.enabled and not product.children and 2 in product.website_ids:
            product.attributes |= {CONNECT: "1", "upc": _upc(product.id)}
    return state


def _upc(number: int) -> str:
    """Twelve digits of which the last is the check digit."""
    digits = f"{81000000000 + number:011d}"
    total = 3 * sum(map(int, digits[::2])) + sum(map(int, digits[1::2]))
    return digits + str(-total % 10)


def _product(
    state: State, sku: str, name: str, price: str, *, enabled: bool = True, required_option: bool = False,
    website_ids: list[int] | None = None,
) -> Product:  # fmt: skip
    return Product(
        id=state.next("product"),
        sku=sku,
        name=name,
        price=Decimal(price).quantize(Decimal("0.0001")),
        enabled=enabled,
        required_option=required_option,
        website_ids=website_ids or [1, 2],
    )


def _add_configurable(state: State) -> None:
    """An apron in two colours: the children can be bought on their own, the parent only with its option."""
    for colour, (sku, name) in enumerate((("APRON-RED", "Apron, red"), ("APRON-BLUE", "Apron, blue")), 21):
        child = _product(state, sku, name, "22.00")
        child.visibility, child.colour = 1, colour
        _add(state, child, 50)
    parent = _product(state, "APRON", "Apron", "22.00")
    parent.type_id, parent.children = "configurable", ["APRON-RED", "APRON-BLUE"]
    state.put_product(parent)


def _add(state: State, product: Product, quantity: int) -> None:
    state.put_product(product)
    held = Decimal(quantity).quantize(Decimal("0.0001"))
    state.put_source_item("default", product.sku, held, int(quantity > 0))
