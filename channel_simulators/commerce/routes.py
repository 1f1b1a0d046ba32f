"""Every call the shop answers, with the right it needs (commerce-api §1.5)."""

from channel_simulators.commerce import topology
from channel_simulators.commerce.catalog import attributes, prices, products
from channel_simulators.commerce.checkout import carts, placing, shipping
from channel_simulators.commerce.inventory import legacy, salable, sources
from channel_simulators.commerce.sales import (
    cancel,
    comments,
    creditmemos,
    document_calls,
    invoices,
    lists,
    orders,
    shipments,
)
from channel_simulators.commerce.wire import admin_tokens
from channel_simulators.commerce.wire.auth import ANONYMOUS, SELF
from channel_simulators.commerce.wire.routing import Route

_STORE = "Magento_Backend::store"
_READ = "Magento_Sales::actions_view"
_CART = "Magento_Cart::manage"
_PRODUCTS = "Magento_Catalog::products"
_CATALOG = "Magento_Catalog::catalog"
_ATTRIBUTES = "Magento_Catalog::attributes_attributes"
_SETS = "Magento_Catalog::sets"
_STOCK_ITEMS = "Magento_Catalog::catalog_inventory"
_SHIPMENT = "Magento_Sales::shipment"
_INVOICE = "Magento_Sales::sales_invoice"
_MEMO = "Magento_Sales::sales_creditmemo"
_SOURCE = "Magento_InventoryApi::source"
_SOURCE_EDIT = "Magento_InventoryApi::source_edit"
_ASSIGN = "Magento_InventoryApi::stock_source_item_assign"
_STOCK = "Magento_InventoryApi::stock"
_LINK = "Magento_InventoryApi::stock_source_link"
_SALABLE = "Magento_InventorySalesApi::stock"
_SELECTION = "Magento_InventorySourceSelectionApi::source_selection_algorithm"

_STORE_ROUTES = (
    Route("POST", "integration/admin/token", ANONYMOUS, admin_tokens.issue),
    Route("GET", "store/websites", _STORE, topology.websites),
    Route("GET", "store/storeGroups", _STORE, topology.store_groups),
    Route("GET", "store/storeViews", _STORE, topology.store_views),
    Route("GET", "store/storeConfigs", _STORE, topology.store_configs),
    Route("GET", "directory/countries", ANONYMOUS, topology.countries),
    Route("GET", "directory/countries/{countryId}", ANONYMOUS, topology.country),
    Route("GET", "directory/currency", ANONYMOUS, topology.currency),
    Route("GET", "modules", SELF, topology.modules),
)

_SALES_ROUTES = (
    Route("GET", "orders", _READ, lists.orders),
    Route("POST", "orders", "Magento_Sales::api_actions", orders.save),
    Route("PUT", "orders/create", "Magento_Sales::create", orders.save),
    Route("GET", "orders/items", _READ, lists.order_items),
    Route("GET", "orders/items/{id}", _READ, lists.order_item),
    Route("GET", "orders/{id}", _READ, lists.order),
    Route("PUT", "orders/{parent_id}", "Magento_Sales::create", orders.save_address),
    Route("POST", "orders/{id}/cancel", "Magento_Sales::cancel", cancel.cancel),
    Route("POST", "orders/{id}/hold", "Magento_Sales::hold", comments.hold),
    Route("POST", "orders/{id}/unhold", "Magento_Sales::unhold", comments.unhold),
    Route("POST", "orders/{id}/emails", "Magento_Sales::emails", document_calls.mail_order),
    Route("GET", "orders/{id}/comments", _READ, lists.comments),
    Route("POST", "orders/{id}/comments", "Magento_Sales::comment", comments.add),
    Route("GET", "orders/{id}/statuses", _READ, comments.status),
    Route("POST", "order/{orderId}/ship", "Magento_Sales::ship", shipments.ship),
    Route("GET", "shipments", _SHIPMENT, lists.shipments),
    Route("POST", "shipment/track", _SHIPMENT, shipments.add_track),
    Route("DELETE", "shipment/track/{id}", _SHIPMENT, shipments.delete_track),
    Route("GET", "shipment/{id}", _SHIPMENT, lists.shipment),
    Route("GET", "shipment/{id}/comments", _SHIPMENT, document_calls.comments("shipment")),
    Route("POST", "shipment/{id}/comments", _SHIPMENT, document_calls.add_comment("shipment")),
    Route("POST", "shipment/{id}/emails", _SHIPMENT, document_calls.send_mail("shipment")),
    Route("POST", "order/{orderId}/invoice", "Magento_Sales::invoice", invoices.invoice),
    Route("GET", "invoices", _INVOICE, lists.invoices),
    Route("GET", "invoices/{id}", _INVOICE, lists.invoice),
    Route("GET", "invoices/{id}/comments", _INVOICE, document_calls.comments("invoice")),
    Route("POST", "invoices/{id}/emails", _INVOICE, document_calls.send_mail("invoice")),
    Route("POST", "invoice/{invoiceId}/refund", _INVOICE, creditmemos.refund_invoice),
    Route("POST", "order/{orderId}/refund", "Magento_Sales::creditmemo", creditmemos.refund),
    Route("GET", "creditmemos", _MEMO, lists.creditmemos),
    Route("GET", "creditmemo/{id}", _MEMO, lists.creditmemo),
    Route("PUT", "creditmemo/{id}", _MEMO, document_calls.cancel_creditmemo),
    Route("GET", "creditmemo/{id}/comments", _MEMO, document_calls.comments("creditmemo")),
    Route("POST", "creditmemo/{id}/comments", _MEMO, document_calls.add_comment("creditmemo")),
    Route("POST", "creditmemo/{id}/emails", _MEMO, document_calls.send_mail("creditmemo")),
    Route("GET", "transactions", "Magento_Sales::transactions_fetch", lists.transactions),
)

_CART_ROUTES = (
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
)

_CHANNEL = "{salesChannelType}/{salesChannelCode}"

_INVENTORY_ROUTES = (
    Route("GET", "inventory/source-items", _SOURCE, sources.source_items),
    Route("POST", "inventory/source-items", _ASSIGN, sources.save_source_items),
    Route("POST", "inventory/source-items-delete", _ASSIGN, sources.delete_source_items),
    Route("GET", "inventory/sources", _SOURCE, sources.sources),
    Route("POST", "inventory/sources", _SOURCE_EDIT, sources.save_source),
    Route("GET", "inventory/sources/{sourceCode}", _SOURCE, sources.source),
    Route("PUT", "inventory/sources/{sourceCode}", _SOURCE_EDIT, sources.save_source),
    Route("GET", "inventory/stocks", _STOCK, sources.stocks),
    Route("POST", "inventory/stocks", "Magento_InventoryApi::stock_edit", sources.save_stock),
    Route("GET", "inventory/stocks/{stockId}", _STOCK, sources.one_stock),
    Route("GET", "inventory/stock-resolver/{type}/{code}", _SALABLE, sources.stock_resolver),
    Route("GET", "inventory/stock-source-links", _LINK, sources.stock_source_links),
    Route("POST", "inventory/stock-source-links", _LINK, sources.link_sources),
    Route("GET", "inventory/get-sources-assigned-to-stock-ordered-by-priority/{stockId}", _LINK, sources.stock_sources),
    Route("GET", "inventory/get-product-salable-quantity/{sku}/{stockId}", _SALABLE, salable.salable_quantity),
    Route("GET", "inventory/is-product-salable/{sku}/{stockId}", _SALABLE, salable.is_salable),
    Route(
        "GET",
        "inventory/is-product-salable-for-requested-qty/{sku}/{stockId}/{requestedQty}",
        _SALABLE,
        salable.is_salable_for_quantity,
    ),
    Route("GET", "inventory/are-products-salable", _SALABLE, salable.are_salable),
    Route("GET", "inventory/are-product-salable-for-requested-qty", _SALABLE, salable.are_salable_for_quantity),
    Route("GET", f"inventory/export-stock-salable-qty/{_CHANNEL}", _STOCK, salable.export_salable),
    Route("GET", f"inventory/dump-stock-index-data/{_CHANNEL}", _STOCK, salable.dump_index),
    Route("GET", "inventory/source-selection-algorithm-list", _SELECTION, salable.algorithms),
    Route("POST", "inventory/source-selection-algorithm-result", _SELECTION, salable.source_selection),
    Route("GET", "stockItems/lowStock", _STOCK_ITEMS, legacy.low_stock),
    Route("GET", "stockItems/{productSku}", _STOCK_ITEMS, legacy.stock_item),
    Route("GET", "stockStatuses/{productSku}", _STOCK_ITEMS, legacy.stock_status),
)

_CATALOG_ROUTES = (
    Route("GET", "products", _PRODUCTS, products.many),
    Route("POST", "products", _PRODUCTS, products.save),
    Route("GET", "products/attributes", _ATTRIBUTES, attributes.many),
    Route("POST", "products/attributes", _ATTRIBUTES, attributes.create),
    Route("GET", "products/attributes/{attributeCode}", _ATTRIBUTES, attributes.one),
    Route("DELETE", "products/attributes/{attributeCode}", _ATTRIBUTES, attributes.delete),
    Route("GET", "products/attributes/{attributeCode}/options", _ATTRIBUTES, attributes.options),
    Route("POST", "products/attributes/{attributeCode}/options", _ATTRIBUTES, attributes.add_option),
    Route("GET", "products/attribute-sets/sets/list", _SETS, attributes.sets),
    Route("GET", "products/attribute-sets/groups/list", _SETS, attributes.groups),
    Route("POST", "products/attribute-sets/attributes", _SETS, attributes.assign),
    Route("GET", "products/attribute-sets/{attributeSetId}/attributes", _SETS, attributes.of_set),
    Route("POST", "products/base-prices-information", _CATALOG, prices.base_information),
    Route("POST", "products/base-prices", _CATALOG, prices.set_base),
    Route("POST", "products/special-price-information", _CATALOG, prices.special_information),
    Route("POST", "products/special-price", _CATALOG, prices.set_special),
    Route("POST", "products/special-price-delete", _CATALOG, prices.delete_special),
    Route("POST", "products/tier-prices-information", _CATALOG, prices.tier_information),
    Route("GET", "products/{sku}", _PRODUCTS, products.one),
    Route("PUT", "products/{sku}", _PRODUCTS, products.save),
    Route("DELETE", "products/{sku}", _PRODUCTS, products.delete),
    Route("PUT", "products/{productSku}/stockItems/{itemId}", _PRODUCTS, legacy.save),
    Route("GET", "products-render-info", ANONYMOUS, prices.render_information),
    Route("GET", "configurable-products/{sku}/children", _CATALOG, products.children),
    Route("GET", "categories", "Magento_Catalog::categories", products.categories),
)

ROUTES = (*_STORE_ROUTES, *_SALES_ROUTES, *_CART_ROUTES, *_INVENTORY_ROUTES, *_CATALOG_ROUTES)
