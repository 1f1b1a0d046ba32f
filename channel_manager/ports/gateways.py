"""The two live platforms of one store, as an operation or a pull sees them."""

from dataclasses import dataclass

from channel_manager.ports.commerce import CommercePlatform
from channel_manager.ports.marketplace import Marketplace


@dataclass(frozen=True, slots=True)
class Gateways:
    marketplace: Marketplace
    commerce: CommercePlatform
