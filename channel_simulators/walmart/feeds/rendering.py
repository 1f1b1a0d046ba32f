"""Feeds as the API shows them, with the members the schema leaves out (walmart-api §4.5, §9 no. 22)."""

import uuid
from typing import Any

from channel_simulators.walmart.catalog.products import upc_of
from channel_simulators.walmart.feeds.kinds import KINDS, SHOWN_TYPES
from channel_simulators.walmart.feeds.processing import sku_sent
from channel_simulators.walmart.feeds.state import Fault, Feed, FeedOptions, Row

JSON = dict[str, Any]
FAILED = ("DATA_ERROR", "SYSTEM_ERROR", "TIMEOUT_ERROR")


def summary(feed: Feed) -> JSON:
    """A row of the list."""
    return {
        "feedId": feed.feed_id,
        "feedSource": "MARKETPLACE_PARTNER",
        "feedType": SHOWN_TYPES.get(feed.feed_type, feed.feed_type),
        "partnerId": feed.partner_id,
        **counts(feed),
        "feedStatus": feed.status,
        "feedDate": feed.submitted_at,
        "modifiedDtm": feed.modified_at,
        "batchId": "HP_REQUEST_BATCH",
        "fileName": feed.file_name,
        "itemDataErrorCount": feed.count("DATA_ERROR"),
        "itemSystemErrorCount": feed.count("SYSTEM_ERROR"),
        "itemTimeoutErrorCount": feed.count("TIMEOUT_ERROR"),
        "channelType": feed.channel_type,
        "orgId": str(uuid.uuid5(uuid.NAMESPACE_OID, feed.partner_id)),
        "shipNode": feed.ship_node,
    }


def counts(feed: Feed) -> JSON:
    succeeded = feed.count("SUCCESS")
    return {
        "itemsReceived": feed.received,
        "itemsSucceeded": succeeded,
        "itemsFailed": len(feed.rows) - succeeded,
        "itemsProcessing": feed.received - len(feed.rows),
    }


def detail(feed: Feed, options: FeedOptions, *, include: bool, offset: int, limit: int) -> JSON:
    return {
        "feedId": feed.feed_id,
        "feedStatus": feed.status,
        "feedSubmissionDate": feed.submitted_at,
        **counts(feed),
        "offset": offset,
        "limit": limit,
        "ingestionErrors": {"ingestionError": [_fault(feed.fault)] if feed.fault and feed.status == "ERROR" else []},
        "itemDetails": {"itemIngestionStatus": _page(feed, options, offset, limit) if include else []},
    }


def _page(feed: Feed, options: FeedOptions, offset: int, limit: int) -> list[JSON]:
    """Before the feed is processed its rows are in progress."""
    if feed.rows:
        return [_row(row, options) for row in feed.rows[offset : offset + limit]]
    if feed.status != "INPROGRESS":
        return []
    kind, waiting = KINDS[feed.feed_type], enumerate(feed.sent[offset : offset + limit], offset)
    return [_row(Row(index=index, sku=sku_sent(kind, sent), status="INPROGRESS"), options) for index, sent in waiting]


def _row(row: Row, options: FeedOptions) -> JSON:
    hidden = options.rows_without_sku == "all" or (options.rows_without_sku == "failed" and row.status in FAILED)
    return {
        "martId": 0,
        "sku": None if hidden else row.sku,
        "wpid": row.wpid,
        "index": row.index,
        "itemid": row.item_id,
        "productIdentifiers": {"productIdentifier": _identifiers(row.gtin)},
        "ingestionStatus": row.status,
        "ingestionErrors": {"ingestionError": [_fault(row.fault)] if row.fault else []},
    }


def _identifiers(gtin: str) -> list[JSON]:
    pairs = {"GTIN": gtin, "UPC": upc_of(gtin)}
    return [{"productIdType": kind, "productId": value} for kind, value in pairs.items() if value]


def _fault(fault: Fault) -> JSON:
    return {"type": fault.type, "code": fault.code, "field": fault.field, "description": fault.description}
