"""Every stream that is pulled, by name."""

from channel_manager.catalog.intake import streams as catalog
from channel_manager.notifications.subscriptions import Subscriptions
from channel_manager.orders.intake import streams
from channel_manager.returns.intake import streams as returns
from channel_manager.sync.pulls import Stream

STREAMS: dict[str, Stream] = {
    stream.name: stream
    for stream in (
        streams.ReleasedOrders(),
        streams.SellerOrders(),
        streams.PartnerOrders(),
        streams.MarketplaceOrders(),
        streams.BuyerRequests(),
        streams.CommerceOrders(),
        streams.CommerceShipments(),
        streams.CommerceWatch(),
        returns.Returns(),
        returns.MarketplaceReturns(),
        returns.AllReturns(),
        returns.CommerceMemos(),
        catalog.SavedProducts(),
        catalog.AllProducts(),
        catalog.StockTouched(),
        catalog.AllStock(),
        catalog.Items(),
        catalog.Inventories(),
        catalog.MarketplaceStocked(),
        catalog.NewStock(),
        catalog.Feeds(),
        Subscriptions(),
    )
}

BEHIND = (
    catalog.AllProducts.name,
    catalog.AllStock.name,
    catalog.NewStock.name,
    catalog.Items.name,
    catalog.Inventories.name,
    catalog.MarketplaceStocked.name,
    returns.AllReturns.name,
)
"""Readings that take long: they wait for each other, never before an order."""
