"""The control API of feeds, `/_control/…`: what was received, what shall fail, and being done at once."""

from dataclasses import asdict, replace
from typing import Any

from aiohttp import web

from channel_simulators.walmart.catalog.control import account_of
from channel_simulators.walmart.feeds.faults import OTHER
from channel_simulators.walmart.feeds.state import Failure, Fault, Feed
from channel_simulators.walmart.world import WORLD

ROUTES = web.RouteTableDef()
JSON = dict[str, Any]
TYPES = ("DATA_ERROR", "SYSTEM_ERROR", "TIMEOUT_ERROR")


@ROUTES.get("/_control/feeds")
async def list_feeds(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    world.catch_up()
    return web.json_response([_facts(feed) for feed in world.state.feeds.feeds.values()])


def _facts(feed: Feed) -> JSON:
    return {
        "feed_id": feed.feed_id,
        "feed_type": feed.feed_type,
        "partner_id": feed.partner_id,
        "status": feed.status,
        "received": feed.received,
        "fault": feed.fault and asdict(feed.fault),
        "rows": [
            {"index": row.index, "sku": row.sku, "status": row.status, "code": row.fault.code if row.fault else None}
            for row in feed.rows
        ],
    }


@ROUTES.post("/_control/feed-processing")
async def finish_feeds(request: web.Request) -> web.Response:
    """All that wait are processed now, whatever the clock says."""
    world = request.app[WORLD]
    for feed_id in world.state.feeds.waiting:
        world.state.feeds.feeds[feed_id].ends_at = world.now()
    world.look_again()
    world.catch_up()
    return web.json_response({})


@ROUTES.post("/_control/feed-row-failures")
async def fail_rows(request: web.Request) -> web.Response:
    world, asked = request.app[WORLD], await request.json()
    partner_id = account_of(world, asked.get("account")).partner_id
    failures = world.state.feeds.failures.setdefault(partner_id, {})
    for sku, given in asked["rows"].items():
        failures[sku] = Failure(fault=_fault(given), remaining=int(asked["times"]), feed_type=asked.get("feed_type"))
    world.changed()
    return web.json_response({})


@ROUTES.post("/_control/feed-file-failures")
async def fail_files(request: web.Request) -> web.Response:
    world, asked = request.app[WORLD], await request.json()
    world.state.feeds.file_faults += [_fault(asked["fault"]) for _ in range(int(asked["times"]))]
    world.changed()
    return web.json_response({})


def _fault(given: JSON) -> Fault:
    """Raise ValueError for an unknown type."""
    kind = given.get("type", "DATA_ERROR")
    if kind not in TYPES:
        raise ValueError(f"Unknown type of error {kind!r}: one of {', '.join(TYPES)}.")
    description = given.get("description", "It failed because it was told to.")
    return Fault(type=kind, code=given.get("code", OTHER), description=description, field=given.get("field"))


@ROUTES.get("/_control/feed-options")
async def options(request: web.Request) -> web.Response:
    return web.json_response(asdict(request.app[WORLD].state.feeds.options))


@ROUTES.post("/_control/feed-options")
async def set_options(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    feeds = world.state.feeds
    feeds.options = replace(feeds.options, **await request.json())
    world.changed()
    return web.json_response(asdict(feeds.options))
