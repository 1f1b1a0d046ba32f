"""What a request body may contain; anything else is refused by name (observed §5)."""

from collections.abc import Iterable
from typing import Any

from channel_simulators.commerce.store import columns
from channel_simulators.commerce.store.options import Options
from channel_simulators.commerce.wire.errors import ApiError, unsupported
from channel_simulators.commerce.wire.query import snake

Shape = dict[str, "Shape | None"]  # None: a scalar, or free below


def names(*words: Iterable[str] | str) -> Shape:
    flat = [name for word in words for name in (word.split() if isinstance(word, str) else word)]
    return dict.fromkeys(flat)


def check(body: Any, shape: Shape, options: Options) -> Any:
    """The body with its members in snake case; raises 400 for one the shop does not know."""
    if isinstance(body, list):
        check_length(body, options)
        return [check(element, shape, options) for element in body]
    if not isinstance(body, dict):
        return body
    return {snake(name): _member(name, value, shape, options) for name, value in body.items()}


def check_length(elements: list[Any], options: Options) -> None:
    """The optional limit of array elements a call (commerce-api §12.3)."""
    if options.input_limits and len(elements) > 20:
        raise ApiError(400, 'Maximum items of type "%type" is %max', {"type": "array", "max": 20})


def _member(name: str, value: Any, shape: Shape, options: Options) -> Any:
    if name not in shape and snake(name) not in shape:
        raise unsupported(name)
    inner = shape.get(snake(name), shape.get(name))
    if inner is not None:
        return check(value, inner, options)
    if isinstance(value, list):
        check_length(value, options)
    return value


_COMMENT: Shape = names("comment is_visible_on_front extension_attributes")
_LINES: Shape = names("order_item_id qty extension_attributes")
_TRACK: Shape = names(columns.TRACK, "extension_attributes")
_ADDRESS: Shape = names(columns.ADDRESS, "street extension_attributes")
_ITEM: Shape = names(columns.ITEM, "parent_item product_option extension_attributes")
_PAYMENT: Shape = names(columns.PAYMENT, "additional_information extension_attributes")
_SHIPPING: Shape = {**names("method total extension_attributes"), "address": _ADDRESS}
_ASSIGNMENT: Shape = {**names("stock_id extension_attributes"), "shipping": _SHIPPING, "items": _ITEM}
_ORDER_EXTENSION: Shape = {
    **names("payment_additional_info applied_taxes item_applied_taxes converting_from_quote taxes"),
    **names("additional_itemized_taxes gift_message coupon_codes coupon_discounts notification_sent send_notification"),
    "shipping_assignments": _ASSIGNMENT,
}
_HISTORY: Shape = names(columns.HISTORY, "extension_attributes")
_CART_ADDRESS: Shape = names(
    "id region region_id region_code country_id street company telephone fax postcode city firstname lastname",
    "middlename prefix suffix vat_id customer_id email same_as_billing customer_address_id save_in_address_book",
    "extension_attributes custom_attributes",
)
_CART_PAYMENT: Shape = names("po_number method additional_data extension_attributes")
_CREATION: Shape = {**names("notify append_comment capture is_online"), "items": _LINES, "comment": _COMMENT}

ORDER: Shape = {
    "entity": {
        **names(columns.ORDER),
        "items": _ITEM,
        "billing_address": _ADDRESS,
        "payment": _PAYMENT,
        "status_histories": _HISTORY,
        "extension_attributes": _ORDER_EXTENSION,
    }
}
COMMENT: Shape = {"status_history": _HISTORY}
TRACK: Shape = {"entity": _TRACK}
SHIP: Shape = {
    **_CREATION,
    "tracks": names("track_number title carrier_code extension_attributes"),
    "packages": None,
    "arguments": {
        "extension_attributes": names("source_code ext_shipping_label ext_tracking_url ext_tracking_reference")
    },
}
INVOICE: Shape = {**_CREATION, "arguments": names("extension_attributes")}
REFUND: Shape = {
    **_CREATION,
    "arguments": {
        **names("shipping_amount adjustment_positive adjustment_negative"),
        "extension_attributes": names("return_to_stock_items"),
    },
}
CART_ITEM: Shape = {
    "cart_item": names("item_id sku qty name price product_type quote_id product_option extension_attributes")
}
ADDRESS_INFORMATION: Shape = {
    "address_information": {
        **names("shipping_method_code shipping_carrier_code extension_attributes custom_attributes"),
        "shipping_address": _CART_ADDRESS,
        "billing_address": _CART_ADDRESS,
    }
}
ESTIMATE: Shape = {"address": _CART_ADDRESS}
PLACE: Shape = {"payment_method": _CART_PAYMENT}
SOURCE_ITEMS: Shape = {"source_items": names("sku source_code quantity status extension_attributes")}
# The request object is built by its constructor, which takes camel case only (observed §10): checked by its handler.
SOURCE_SELECTION: Shape = names("inventory_request algorithm_code")

_DOCUMENT_COMMENT: Shape = names("comment created_at entity_id is_customer_notified is_visible_on_front parent_id")
DOCUMENT_COMMENT: Shape = {"entity": {**_DOCUMENT_COMMENT, "extension_attributes": None}}
ORDER_ADDRESS: Shape = {"entity": _ADDRESS}
LOGIN: Shape = names("username password")
SOURCE: Shape = {"source": names("source_code name enabled country_id postcode description email contact_name")}
SOURCE_LINKS: Shape = {"links": names("stock_id source_code priority extension_attributes")}
STOCK: Shape = {"stock": {**names("stock_id name"), "extension_attributes": {"sales_channels": names("type code")}}}
STOCK_ITEM: Shape = {
    "stock_item": names(
        "item_id product_id stock_id qty is_in_stock is_qty_decimal show_default_notification_message",
        "use_config_min_qty min_qty use_config_min_sale_qty min_sale_qty use_config_max_sale_qty max_sale_qty",
        "use_config_backorders backorders use_config_notify_stock_qty notify_stock_qty use_config_qty_increments",
        "qty_increments use_config_enable_qty_inc enable_qty_increments use_config_manage_stock manage_stock",
        "low_stock_date is_decimal_divided stock_status_changed_auto extension_attributes",
    )
}
PRODUCT: Shape = {
    "product": names(
        "id sku name attribute_set_id price status visibility type_id created_at updated_at weight",
        "extension_attributes product_links options media_gallery_entries tier_prices custom_attributes",
    ),
    "save_options": None,
}
SKUS: Shape = names("skus")
PRICES: Shape = {"prices": names("price store_id sku price_from price_to extension_attributes")}
OPTION: Shape = {"option": names("label value sort_order is_default store_labels")}
ATTRIBUTE: Shape = {
    "attribute": names(
        "extension_attributes is_wysiwyg_enabled is_html_allowed_on_front used_for_sort_by is_filterable",
        "is_filterable_in_search is_used_in_grid is_visible_in_grid is_filterable_in_grid position apply_to",
        "is_searchable is_visible_in_advanced_search is_comparable is_used_for_promo_rules is_visible_on_front",
        "used_in_product_listing is_visible scope attribute_id attribute_code frontend_input entity_type_id",
        "is_required options is_user_defined default_frontend_label frontend_labels note backend_type backend_model",
        "source_model default_value is_unique frontend_class validation_rules custom_attributes",
    )
}
ASSIGN_ATTRIBUTE: Shape = names("attribute_set_id attribute_group_id attribute_code sort_order")
