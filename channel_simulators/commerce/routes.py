"""Every call the shop answers, with the right it needs (commerce-api §1.5)."""

from channel_simulators.commerce import products, topology
from channel_simulators.commerce.checkout import carts, placing, shipping
from channel_simulators.commerce.inventory import calls as inventory
from channel_simulators.commerce.sales import cancel, comments, creditmemos, invoices, lists, orders, shipments
from channel_simulators.commerce.wire.auth import ANONYMOUS, SELF
from channel_simulators.commerce.wire.routing import Route

_STORE = "Magento_Backend::store"
_READ = "Magento_Sales::actions_view"
_CART = "Magento_Cart::manage"
_PRODUCTS = "Magento_Catalog::products"
_SOURCE = "Magento_InventoryApi::source"
_STOCK = "Magento_InventoryApi::stock"
_SALABLE = "Magento_InventorySalesApi::stock"
_SELECTION = "Magento_InventorySourceSelectionApi::source_selection_algorithm"

ROUTES = (
    Route("GET", "store/websites", _STORE, topology.websites),
    Route("GET", "store/storeGroups", _STORE, topology.store_groups),
    Route("GET", "store/storeViews", _STORE, topology.store_views),
    Route("GET", "store/storeConfigs", _STORE, topology.store_configs),
    Route("GET", "directory/countries", ANONYMOUS, topology.countries),
    Route("GET", "directory/countries/{countryId}", ANONYMOUS, topology.country),
    Route("GET", "modules", SELF, topology.modules),
    Route("GET", "orders", _READ, lists.orders),
    Route("POST", "orders", "Magento_Sales::api_actions", orders.save),
    Route("PUT", "orders/create", "Magento_Sales::create", orders.save),
    Route("GET", "orders/items", _READ, lists.order_items),
    Route("GET", "orders/items/{id}", _READ, lists.order_item),
    Route("GET", "orders/{id}", _READ, lists.order),
    Route("POST", "orders/{id}/cancel", "Magento_Sales::cancel", cancel.cancel),
    Route("POST", "orders/{id}/hold", "Magento_Sales::hold", comments.hold),
    Route("POST", "orders/{id}/unhold", "Magento_Sales::unhold", comments.unhold),
    Route("GET", "orders/{id}/comments", _READ, lists.comments),
    Route("POST", "orders/{id}/comments", "Magento_Sales::comment", comments.add),
    Route("GET", "orders/{id}/statuses", _READ, comments.status),
    Route("POST", "order/{orderId}/ship", "Magento_Sales::ship", shipments.ship),
    Route("GET", "shipments", "Magento_Sales::shipment", lists.shipments),
    Route("POST", "shipment/track", "Magento_Sales::shipment", shipments.add_track),
    Route("DELETE", "shipment/track/{id}", "Magento_Sales::shipment", shipments.delete_track),
    Route("GET", "shipment/{id}", "Magento_Sales::shipment", lists.shipment),
    Route("POST", "shipment/{id}/comments", "Magento_Sales::shipment", shipments.comment_shipment),
    Route("POST", "order/{orderId}/invoice", "Magento_Sales::invoice", invoices.invoice),
    Route("GET", "invoices", "Magento_Sales::sales_invoice", lists.invoices),
    Route("GET", "invoices/{id}", "Magento_Sales::sales_invoice", lists.invoice),
    Route("POST", "invoice/{invoiceId}/refund", "Magento_Sales::sales_invoice", creditmemos.refund_invoice),
    Route("POST", "order/{orderId}/refund", "Magento_Sales::creditmemo", creditmemos.refund),
    Route("GET", "creditmemos", "Magento_Sales::sales_creditmemo", lists.creditmemos),
    Route("GET", "creditmemo/{id}", "Magento_Sales::sales_creditmemo", lists.creditmemo),
    Route("POST", "carts", _CART, carts.create),
    Route("GET", "carts/{cartId}", _CART, carts.show),
    Route("GET", "carts/{cartId}/items", _CART, carts.items),
    Route("POST", "carts/{quoteId}/items", _CART, carts.add_item),
    Route("PUT", "carts/{cartId}/items/{itemId}", _CART, carts.set_item),
    Route("DELETE", "carts/{cartId}/items/{itemId}", _CART, carts.delete_item),
    Route("POST", "carts/{cartId}/estimate-shipping-methods", _CART, shipping.estimate),
    Route("GET", "carts/{cartId}/shipping-methods", _CART, shipping.shipping_methods),
    Route("POST", "carts/{cartId}/shipping-information", _CART, shipping.shipping_information),
    Route("GET", "carts/{cartId}/payment-methods", _CART, shipping.payment_methods),
    Route("GET", "carts/{cartId}/totals", _CART, shipping.cart_totals),
    Route("PUT", "carts/{cartId}/order", _CART, placing.place),
    Route("GET", "inventory/source-items", _SOURCE, inventory.source_items),
    Route(
        "POST", "inventory/source-items", "Magento_InventoryApi::stock_source_item_assign", inventory.save_source_items
    ),
    Route("GET", "inventory/sources", _SOURCE, inventory.sources),
    Route("GET", "inventory/sources/{sourceCode}", _SOURCE, inventory.source),
    Route("GET", "inventory/stocks", _STOCK, inventory.stocks),
    Route("GET", "inventory/stocks/{stockId}", _STOCK, inventory.one_stock),
    Route("GET", "inventory/stock-resolver/{type}/{code}", _SALABLE, inventory.stock_resolver),
    Route(
        "GET", "inventory/stock-source-links", "Magento_InventoryApi::stock_source_link", inventory.stock_source_links
    ),
    Route(
        "GET",
        "inventory/get-sources-assigned-to-stock-ordered-by-priority/{stockId}",
        "Magento_InventoryApi::stock_source_link",
        inventory.stock_sources,
    ),
    Route("GET", "inventory/get-product-salable-quantity/{sku}/{stockId}", _SALABLE, inventory.salable_quantity),
    Route("GET", "inventory/is-product-salable/{sku}/{stockId}", _SALABLE, inventory.is_salable),
    Route("GET", "inventory/are-products-salable", _SALABLE, inventory.are_salable),
    Route("GET", "inventory/are-product-salable-for-requested-qty", _SALABLE, inventory.are_salable_for_quantity),
    Route(
        "GET",
        "inventory/export-stock-salable-qty/{salesChannelType}/{salesChannelCode}",
        _STOCK,
        inventory.export_salable,
    ),
    Route("GET", "inventory/dump-stock-index-data/{salesChannelType}/{salesChannelCode}", _STOCK, inventory.dump_index),
    Route("GET", "inventory/source-selection-algorithm-list", _SELECTION, inventory.algorithms),
    Route("POST", "inventory/source-selection-algorithm-result", _SELECTION, inventory.source_selection),
    Route("GET", "products", _PRODUCTS, products.many),
    Route("GET", "products/{sku}", _PRODUCTS, products.one),
)
