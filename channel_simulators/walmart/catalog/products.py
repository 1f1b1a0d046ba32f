"""Product identifiers, and finding products and items by them (walmart-api §5.2, §5.4)."""

from channel_simulators.walmart.catalog.state import Catalog, Item, Product, SellerCatalog, mint

LENGTHS = {"GTIN": (14,), "UPC": (12,), "EAN": (13,), "ISBN": (10, 13)}


def gtin14(kind: str, value: str) -> str | None:
    """The GTIN of 14 digits an identifier stands for; None when its length or letters do not fit its kind."""
    digits = value[:-1] if kind == "ISBN" and len(value) == 10 else value
    if len(value) not in LENGTHS.get(kind, ()) or not (digits.isascii() and digits.isdecimal()):
        return None
    return ("978" + digits + _check_digit("978" + digits) if len(value) == 10 else value).zfill(14)


def upc_of(gtin: str) -> str:
    """Empty for a GTIN that is not a UPC."""
    return gtin[2:] if gtin.startswith("00") and len(gtin) == 14 else ""


def add(catalog: Catalog, product: Product) -> Product:
    wpid, item_id = mint(product.gtin)
    product.wpid, product.item_id = product.wpid or wpid, product.item_id or item_id
    catalog.products[product.gtin] = product
    return product


def find_item(seller: SellerCatalog, kind: str, value: str, condition: str | None) -> Item | None:
    """`kind` is SKU, ITEM_ID or a kind of product identifier."""
    if kind == "SKU":
        found = [seller.items[value]] if value in seller.items else []
    elif kind == "ITEM_ID":
        found = [item for item in seller.items.values() if item.item_id == value]
    else:
        gtin = gtin14(kind, value)
        found = [item for item in seller.items.values() if gtin and item.gtin == gtin]
    return next((item for item in found if condition in (None, item.condition)), None)


def _check_digit(twelve: str) -> str:
    total = sum(int(digit) * (3 if position % 2 else 1) for position, digit in enumerate(twelve))
    return str(-total % 10)
