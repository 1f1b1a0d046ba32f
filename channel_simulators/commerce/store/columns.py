"""Columns of the sales tables as the REST interface shows them, and how values are stored in them.

A row is a dictionary: text columns hold str, integer columns int, number columns Decimal with four places; a null
column is None or absent (commerce-api §3.2, observed §6).
"""

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

Row = dict[str, Any]

_ORDER_NUMBERS = """
    adjustment_negative adjustment_positive base_adjustment_negative base_adjustment_positive
    base_discount_amount base_discount_canceled base_discount_invoiced base_discount_refunded
    base_discount_tax_compensation_amount base_discount_tax_compensation_invoiced
    base_discount_tax_compensation_refunded base_grand_total base_shipping_amount base_shipping_canceled
    base_shipping_discount_amount base_shipping_discount_tax_compensation_amnt base_shipping_incl_tax
    base_shipping_invoiced base_shipping_refunded base_shipping_tax_amount base_shipping_tax_refunded
    base_subtotal base_subtotal_canceled base_subtotal_incl_tax base_subtotal_invoiced base_subtotal_refunded
    base_tax_amount base_tax_canceled base_tax_invoiced base_tax_refunded base_to_global_rate base_to_order_rate
    base_total_canceled base_total_due base_total_invoiced base_total_invoiced_cost base_total_offline_refunded
    base_total_online_refunded base_total_paid base_total_qty_ordered base_total_refunded discount_amount
    discount_canceled discount_invoiced discount_refunded discount_tax_compensation_amount
    discount_tax_compensation_invoiced discount_tax_compensation_refunded grand_total
    payment_authorization_amount shipping_amount shipping_canceled shipping_discount_amount
    shipping_discount_tax_compensation_amount shipping_incl_tax shipping_invoiced shipping_refunded
    shipping_tax_amount shipping_tax_refunded store_to_base_rate store_to_order_rate subtotal subtotal_canceled
    subtotal_incl_tax subtotal_invoiced subtotal_refunded tax_amount tax_canceled tax_invoiced tax_refunded
    total_canceled total_due total_invoiced total_offline_refunded total_online_refunded total_paid
    total_qty_ordered total_refunded weight
"""
_ORDER_INTEGERS = """
    billing_address_id can_ship_partially can_ship_partially_item customer_gender customer_group_id customer_id
    customer_is_guest customer_note_notify edit_increment email_sent entity_id forced_shipment_with_invoice
    is_virtual payment_auth_expiration quote_address_id quote_id store_id total_item_count
"""
_ORDER_TEXTS = """
    applied_rule_ids base_currency_code coupon_code created_at customer_dob customer_email customer_firstname
    customer_lastname customer_middlename customer_note customer_prefix customer_suffix customer_taxvat
    discount_description ext_customer_id ext_order_id global_currency_code hold_before_state hold_before_status
    increment_id order_currency_code original_increment_id protect_code relation_child_id relation_child_real_id
    relation_parent_id relation_parent_real_id remote_ip shipping_description state status store_currency_code
    store_name updated_at x_forwarded_for
"""
_ITEM_NUMBERS = """
    amount_refunded base_amount_refunded base_cost base_discount_amount base_discount_invoiced
    base_discount_refunded base_discount_tax_compensation_amount base_discount_tax_compensation_invoiced
    base_discount_tax_compensation_refunded base_original_price base_price base_price_incl_tax base_row_invoiced
    base_row_total base_row_total_incl_tax base_tax_amount base_tax_before_discount base_tax_invoiced
    base_tax_refunded base_weee_tax_applied_amount base_weee_tax_applied_row_amnt base_weee_tax_disposition
    base_weee_tax_row_disposition discount_amount discount_invoiced discount_percent discount_refunded
    discount_tax_compensation_amount discount_tax_compensation_canceled discount_tax_compensation_invoiced
    discount_tax_compensation_refunded gw_base_price gw_base_price_invoiced gw_base_price_refunded
    gw_base_tax_amount gw_base_tax_amount_invoiced gw_base_tax_amount_refunded gw_price gw_price_invoiced
    gw_price_refunded gw_tax_amount gw_tax_amount_invoiced gw_tax_amount_refunded original_price price
    price_incl_tax qty_backordered qty_canceled qty_invoiced qty_ordered qty_refunded qty_returned qty_shipped
    row_invoiced row_total row_total_incl_tax row_weight tax_amount tax_before_discount tax_canceled
    tax_invoiced tax_percent tax_refunded weee_tax_applied_amount weee_tax_applied_row_amount
    weee_tax_disposition weee_tax_row_disposition weight
"""
_ITEM_INTEGERS = """
    event_id free_shipping gw_id is_qty_decimal is_virtual item_id locked_do_invoice locked_do_ship no_discount
    order_id parent_item_id product_id quote_item_id store_id
"""
_ITEM_TEXTS = """
    additional_data applied_rule_ids created_at description ext_order_item_id name product_type sku updated_at
    weee_tax_applied
"""
_PAYMENT_NUMBERS = """
    amount_authorized amount_canceled amount_ordered amount_paid amount_refunded base_amount_authorized
    base_amount_canceled base_amount_ordered base_amount_paid base_amount_paid_online base_amount_refunded
    base_amount_refunded_online base_shipping_amount base_shipping_captured base_shipping_refunded
    shipping_amount shipping_captured shipping_refunded
"""
_PAYMENT_INTEGERS = """
    entity_id parent_id quote_payment_id
"""
_PAYMENT_TEXTS = """
    account_status additional_data address_status anet_trans_method cc_approval cc_avs_status cc_cid_status
    cc_debug_request_body cc_debug_response_body cc_debug_response_serialized cc_exp_month cc_exp_year cc_last4
    cc_number_enc cc_owner cc_secure_verify cc_ss_issue cc_ss_start_month cc_ss_start_year cc_status
    cc_status_description cc_trans_id cc_type echeck_account_name echeck_account_type echeck_bank_name
    echeck_routing_number echeck_type last_trans_id method po_number protection_eligibility
"""
_ADDRESS_NUMBERS = """

"""
_ADDRESS_INTEGERS = """
    customer_address_id customer_id entity_id parent_id region_id vat_is_valid vat_request_success
"""
_ADDRESS_TEXTS = """
    address_type city company country_id email fax firstname lastname middlename postcode prefix region
    region_code suffix telephone vat_id vat_request_date vat_request_id
"""
_HISTORY_NUMBERS = """

"""
_HISTORY_INTEGERS = """
    entity_id is_customer_notified is_visible_on_front parent_id
"""
_HISTORY_TEXTS = """
    comment created_at entity_name status
"""
_TRACK_NUMBERS = """
    qty weight
"""
_TRACK_INTEGERS = """
    entity_id order_id parent_id
"""
_TRACK_TEXTS = """
    carrier_code created_at description title track_number updated_at
"""


# Widths of text columns; longer values are cut without complaint (observed §2.4, §10). Else 255; None: no limit.
_WIDTHS: dict[str, int | None] = {
    "increment_id": 50, "ext_order_id": 32, "ext_customer_id": 32, "po_number": 32, "state": 32, "status": 32,
    "customer_email": 128, "carrier_code": 32, "shipping_method": 120, "customer_note": None, "comment": None,
    "additional_data": None, "applied_rule_ids": 128, "description": None, "track_number": None, "code": 64,
}  # fmt: skip


class Kind(StrEnum):
    NUMBER = "number"
    INTEGER = "integer"
    TEXT = "text"


def _table(numbers: str, integers: str, texts: str) -> dict[str, Kind]:
    kinds = dict.fromkeys(numbers.split(), Kind.NUMBER)
    kinds.update(dict.fromkeys(integers.split(), Kind.INTEGER))
    return kinds | dict.fromkeys(texts.split(), Kind.TEXT)


ORDER = _table(_ORDER_NUMBERS, _ORDER_INTEGERS, _ORDER_TEXTS)
ITEM = _table(_ITEM_NUMBERS, _ITEM_INTEGERS, _ITEM_TEXTS)
PAYMENT = _table(_PAYMENT_NUMBERS, _PAYMENT_INTEGERS, _PAYMENT_TEXTS)
ADDRESS = _table("", _ADDRESS_INTEGERS, _ADDRESS_TEXTS)
HISTORY = _table("", _HISTORY_INTEGERS, _HISTORY_TEXTS)
TRACK = _table(_TRACK_NUMBERS, _TRACK_INTEGERS, _TRACK_TEXTS)


def text(value: object, name: str = "") -> str:
    """A text as the shop stores it: four-byte characters become "????", the rest is cut at the column's width."""
    plain = "".join(c if ord(c) <= 0xFFFF else "????" for c in str(value))
    return plain[: _WIDTHS.get(name, 255)]


def number(value: object) -> Decimal:
    """A decimal(20,4) column; PHP reads a text without digits as 0."""
    try:
        return Decimal(str(value)).quantize(Decimal("0.0001"), ROUND_HALF_UP)
    except InvalidOperation:
        return Decimal("0.0000")


def clean(kinds: dict[str, Kind], values: dict[str, Any]) -> Row:
    """The known columns among `values`, converted; null stays null."""
    return {name: _convert(kinds[name], name, value) for name, value in values.items() if name in kinds}


def _convert(kind: Kind, name: str, value: Any) -> Any:
    if value is None:
        return None
    if kind is Kind.TEXT:
        return text(value, name)
    return number(value) if kind is Kind.NUMBER else int(number(value))


def num(row: Row, name: str) -> Decimal:
    """A number column, 0 where it is null."""
    value = row.get(name)
    return Decimal(value) if value is not None else Decimal(0)


def add(row: Row, name: str, value: Decimal | float) -> None:
    row[name] = number(num(row, name) + number(value))


def both(**values: Decimal | float) -> Row:
    """Each amount in order currency and, with the prefix `base_`, in base currency."""
    return {p + name: number(value) for name, value in values.items() for p in ("", "base_")}


_LEADING_NUMBER = re.compile(r"^\s*[-+]?\d+(\.\d+)?")


def leading_number(text: str) -> Decimal:
    """A text where MySQL needs a number: what it begins with, else 0."""
    found = _LEADING_NUMBER.match(text)
    return number(found.group().strip()) if found else number(0)
