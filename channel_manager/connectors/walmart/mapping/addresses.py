"""Walmart's `shippingInfo` → an address (walmart-api §2.7)."""

from channel_manager.connectors.walmart.mapping.reading import Json, names, part, text
from channel_manager.ports.messages import Address

# Where Walmart's US marketplace and its siblings deliver; others pass unchanged and are refused by name later.
_ALPHA_2 = {
    "USA": "US",
    "PRI": "PR",
    "VIR": "VI",
    "GUM": "GU",
    "ASM": "AS",
    "MNP": "MP",
    "UMI": "UM",
    "CAN": "CA",
    "MEX": "MX",
    "CHL": "CL",
}


def address(shipping: Json) -> Address:
    postal = part(shipping, "postalAddress")
    country = text(postal, "country").upper()
    return Address(
        name=text(postal, "name"),
        street=names((text(postal, "address1"), text(postal, "address2"))),
        city=text(postal, "city"),
        state=text(postal, "state"),
        postcode=text(postal, "postalCode"),
        country=_ALPHA_2.get(country, country),
        phone=phone(text(shipping, "phone")),
    )


def phone(value: str) -> str:
    """Later reads answer zeros in place of digits: no number at all (walmart-api §9 no. 31)."""
    return value if any(character in "123456789" for character in value) else ""
