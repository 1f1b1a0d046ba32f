"""Orders by the million, made where they are kept: years of a store's life, the newest of them unfinished."""

import time
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from channel_manager.stores.models import Store

TWO_YEARS = timedelta(days=730)
ORDERS_A_SKU = 200
BESTSELLER = "SKU-BEST"
"""In every hundredth order."""
AT_ONCE = 50_000

ORDERS = """
    INSERT INTO orders_purchaseorder (
        store_id, number, customer_order_number, ordered_at, ship_by, deliver_by, ship_method, fulfilment,
        replacement_for, email, buyer_name, address, adjusted, currency, total, stated_total, raw_first, raw_latest,
        treatment, commerce_order_id, commerce_number, commerce_state, commerce_total, acknowledge_by,
        acknowledged_at, buyer_asked_at, status, has_error, needs_action, details, updated_at)
    SELECT %(store)s, (1000000000000 + n)::text, (200000000000000 + n)::text, placed, placed + interval '2 days',
        placed + interval '6 days', (ARRAY['Value', 'Standard', 'Express', 'OneDay'])[1 + n %% 4],
        CASE WHEN n %% 50 = 7 THEN 'marketplace' ELSE 'seller' END, '', 'buyer' || n || '@relay.walmart.example',
        (ARRAY['Robin', 'Kim', 'Sam', 'Alex', 'Jo'])[1 + n %% 5] || ' Doe ' || n,
        jsonb_build_object('name', 'Robin Doe', 'street', ARRAY[n || ' Main Street'], 'city', 'Springfield',
            'state', 'IL', 'postcode', '62701', 'country', 'US', 'phone', '5550100'),
        '[]', 'USD', 10 + n %% 90, 10 + n %% 90, raw, raw, 'import', n, (32000000000 + n)::text, 'processing',
        10 + n %% 90, placed + interval '4 hours', placed + interval '1 minute',
        CASE WHEN n %% 97 = 0 THEN placed END,
        CASE WHEN n %% 31 = 0 THEN 'canceled' WHEN placed < %(now)s - interval '60 hours' THEN 'shipped'
            WHEN n %% 5 = 0 THEN 'partially_shipped' ELSE 'open' END,
        recent AND n %% 40 = 3, recent AND n %% 20 = 3,
        CASE WHEN recent AND n %% 40 = 3 THEN %(error)s::jsonb ELSE '[]' END, placed + interval '3 hours' * (n %% 9)
    FROM generate_series(%(first)s::bigint, %(last)s) AS n,
        LATERAL (SELECT %(now)s - %(span)s * (1 - n / %(orders)s::float) AS placed) AS time,
        LATERAL (SELECT placed > %(now)s - interval '10 days' AS recent) AS age,
        LATERAL (SELECT jsonb_build_object('purchaseOrderId', n, 'customerEmailId', 'buyer@relay.walmart.example',
            'orderLines', jsonb_build_array(jsonb_build_object('sku', n %% %(skus)s))) AS raw) AS answer
"""
LINES = """
    INSERT INTO orders_orderline (
        order_id, number, position, sku, name, quantity, product, product_tax, shipping, shipping_tax, fee, fee_tax,
        discount, shipping_discount, charge_names, buyer_asked_to_cancel, reported_created, reported_shipped,
        reported_delivered, reported_cancelled, reported_refunded, sent_shipped, sent_cancelled, recorded_shipped,
        recorded_cancelled, commerce_quantity, cancelled_before, shipped_before)
    SELECT id, line::text, line,
        CASE WHEN line = 1 AND id %% 100 = 0 THEN %(bestseller)s ELSE 'SKU-' || (id * line) %% %(skus)s END,
        'Enamel mug', 1 + id %% 3, 10, 0.8, 0, 0, 0, 0, 0, 0,
        '[]', false, 1 + id %% 3, 0, 0, 0, 0, 0, 0, 0, 0, 1 + id %% 3, 0, 0
    FROM orders_purchaseorder, generate_series(1, 1 + id %% 2) AS line
    WHERE store_id = %(store)s AND id > %(after)s
"""
SHIPMENTS = """
    WITH parcel AS (
        INSERT INTO orders_shipment (
            order_id, origin, marker, shipped_at, commerce_number, comment, source_code, hold, is_sent, dispatches,
            reported_at, reported_number)
        SELECT id, 'commerce', gen_random_uuid(), ordered_at, '', '', '', '', true, 1, ordered_at, '1Z' || id
        FROM orders_purchaseorder WHERE store_id = %(store)s AND id > %(after)s AND status = 'shipped'
        RETURNING id, reported_number)
    INSERT INTO orders_shipmenttrack (shipment_id, position, carrier_code, title, number)
    SELECT id, 0, 'ups', 'UPS', reported_number FROM parcel
"""
ERROR = '[{"template": "Walmart refused the tracking number.", "values": {}}]'


def fill(store: Store, orders: int, now: datetime, *, span: timedelta = TWO_YEARS) -> float:
    """So many orders with lines, and a tracked parcel for each shipped one. How many seconds it took."""
    began = time.perf_counter()
    values: dict[str, Any] = {"store": store.pk, "now": now, "span": span, "orders": orders, "error": ERROR}
    values |= {"skus": max(orders // ORDERS_A_SKU, 1), "bestseller": BESTSELLER}
    with connection.cursor() as cursor:
        for first in range(1, orders + 1, AT_ONCE):
            cursor.execute("SELECT coalesce(max(id), 0) FROM orders_purchaseorder")
            bounds = {"first": first, "last": min(first + AT_ONCE - 1, orders), "after": cursor.fetchone()[0]}
            for statement in (ORDERS, LINES, SHIPMENTS):
                cursor.execute(statement, values | bounds)
        for table in ("purchaseorder", "orderline", "shipment", "shipmenttrack", "cardcount"):
            cursor.execute(f"VACUUM (ANALYZE) orders_{table}")
    return time.perf_counter() - began
