"""What Walmart calls carriers and shipping methods (walmart-api §2.13, §2.16). Spelling and spaces are exact."""

# fmt: off
CARRIERS: tuple[str, ...] = (
    "UPS", "USPS", "FedEx", "Airborne", "OnTrac", "DHL Ecommerce - US", "DHL", "LS", "UDS", "UPSMI", "FDX", "PILOT",
    "ESTES", "SAIA", "FDS Express", "Seko Worldwide", "HIT Delivery", "FEDEXSP", "RL Carriers",
    "Metropolitan Warehouse & Delivery", "China Post", "YunExpress", "Yellow Freight Sys",
    "AIT Worldwide Logistics", "Chukou1", "Sendle", "Landmark Global", "Sunyou", "Yanwen", "4PX", "GLS",
    "OSM Worldwide", "FIRST MILE", "AM Trucking", "CEVA", "India Post", "SF Express", "CNE", "TForce Freight",
    "AxleHire", "LSO", "Royal Mail", "ABF Freight System", "WanB", "Roadrunner Freight", "Meyer Distribution",
    "AAA Cooper", "Canada Post", "Southeastern Freight Lines", "Japan Post", "Correos de Mexico", "XPO Logistics",
    "JD Logistics", "YDH", "JCEX", "Flyt", "Deutsche Post", "Better Trucks", "Asendia", "SFC", "UBI", "ePost Global",
    "YF Logistics", "RXO", "Estes Express", "Shypmax", "WIN.IT America", "PITT OHIO", "PostNord Sweden", "Equick",
    "Whistl", "Tusou", "Shiprocket", "DTDC", "PTS",
)
# fmt: on

SHIP_METHODS: tuple[str, ...] = ("Standard", "Express", "OneDay", "Freight", "WhiteGlove", "Value")


def listed_carrier(name: str) -> str:
    """Walmart's spelling of a carrier, or an empty string for one it does not list."""
    return _CARRIERS.get(name.strip().casefold(), "")


def ship_method(name: str) -> str:
    """One of the six methods. Orders show others too (walmart-api §2.7); shipping such an order must not be refused
    for ever because of a label, so an unknown one is reported as Standard.
    """
    return _METHODS.get("".join(filter(str.isalnum, name)).casefold(), "Standard")


_CARRIERS = {name.casefold(): name for name in CARRIERS}
_METHODS = {name.casefold(): name for name in SHIP_METHODS}
