"""`/v3/feeds`: submission, list and detail (walmart-api §4.4, §4.5)."""

from aiohttp import web

from channel_simulators.walmart.catalog import refusals, stock
from channel_simulators.walmart.feeds import intake, rendering
from channel_simulators.walmart.feeds.kinds import KINDS, SHOWN_TYPES, UNPROCESSED
from channel_simulators.walmart.feeds.processing import advance
from channel_simulators.walmart.feeds.state import Feed
from channel_simulators.walmart.gateway.answers import answer, edge_page
from channel_simulators.walmart.gateway.gate import ACCOUNT
from channel_simulators.walmart.world import WORLD, World

ROUTES = web.RouteTableDef()
SERVICE = refusals.RECEIVER_API
STATUSES = ("RECEIVED", "INPROGRESS", "PROCESSED", "ERROR")
LARGEST_PAGE = 50
REPORTED = ("FITMENT_ACES", "FITMENT_PIES")


def attach(world: World) -> None:
    """Feeds are processed as time passes."""
    world.duties.append(advance)


@ROUTES.post("/v3/feeds")
async def submit(request: web.Request) -> web.StreamResponse:
    """Whatever is wrong inside the file, the answer is 200 and an id."""
    world, account = request.app[WORLD], request[ACCOUNT]
    feed_type = _type(request)
    node = request.query.get("shipNode") if feed_type == "inventory" else None
    if node and node not in stock.nodes(world.catalog(account)):
        raise refusals.parameter("shipNode", "shipNode is unknown", SERVICE)
    raw, file_name = intake.file_of(request.headers.get("Content-Type", ""), await request.read())
    if not raw.strip():
        raise intake.no_file()
    if len(raw) > KINDS[feed_type].largest:
        return edge_page(413)
    now, options = world.now(), world.state.feeds.options
    feed = Feed(
        feed_id=intake.new_id(),
        partner_id=account.partner_id,
        feed_type=feed_type,
        submitted_at=now,
        starts_at=now + round(options.start_after * 1000),
        ends_at=now + round(options.finish_after * 1000),
        modified_at=now,
        file_name=file_name,
        channel_type=request.headers.get("WM_CONSUMER.CHANNEL.TYPE"),
        ship_node=node,
    )
    intake.receive(world.state.feeds, feed, raw, KINDS[feed_type])
    world.look_again()
    world.changed()
    return answer(request, {"feedId": feed.feed_id, "additionalAttributes": None, "errors": None})


def _type(request: web.Request) -> str:
    feed_type = request.query.get("feedType")
    if not feed_type:
        raise refusals.missing("feedType", SERVICE)
    if feed_type in UNPROCESSED:
        raise refusals.parameter("feedType", f"This simulator does not process feeds of type {feed_type}", SERVICE)
    if feed_type not in KINDS:
        raise refusals.parameter("feedType", "feedType is not supported", SERVICE)
    return feed_type


@ROUTES.get("/v3/feeds")
async def list_feeds(request: web.Request) -> web.Response:
    """The newest first. No feeds are an empty list here, not 404."""
    query, partner_id = request.query, request[ACCOUNT].partner_id
    limit = refusals.number(query, "limit", LARGEST_PAGE, least=1, most=LARGEST_PAGE, service=SERVICE)
    offset = refusals.number(query, "offset", 0, least=0, most=None, service=SERVICE)
    wanted = {"feed_id": query.get("feedId"), "status": refusals.choice(query, "feedStatus", STATUSES, SERVICE)}
    feed_type = (query.get("feedType") or "").lower()
    found = [
        feed
        for feed in reversed(request.app[WORLD].state.feeds.feeds.values())
        if feed.partner_id == partner_id
        and all(value in (None, "", getattr(feed, name)) for name, value in wanted.items())
        and (not feed_type or feed_type in (feed.feed_type.lower(), SHOWN_TYPES.get(feed.feed_type, "").lower()))
    ]
    rows = [rendering.summary(feed) for feed in found[offset : offset + limit]]
    body = {"totalResults": len(found), "offset": offset, "limit": limit, "results": {"feed": rows}}
    return answer(request, body, root="list")


@ROUTES.get("/v3/feeds/{id}")
async def read(request: web.Request) -> web.Response:
    query, feed, options = request.query, _feed(request), request.app[WORLD].state.feeds.options
    limit = refusals.number(query, "limit", 50, least=1, most=options.largest_detail_page, service=SERVICE)
    offset = refusals.number(query, "offset", 0, least=0, most=None, service=SERVICE)
    include = query.get("includeDetails") == "true"
    body = rendering.detail(feed, options, include=include, offset=offset, limit=limit)
    return answer(request, body, root="PartnerFeedResponse")


@ROUTES.get("/v3/feeds/{id}/errorReport")
async def error_report(request: web.Request) -> web.Response:
    """Served for fitment feeds only, of which the simulator has none."""
    refusals.choice(request.query, "feedType", REPORTED, SERVICE)
    _feed(request)
    raise refusals.not_found(SERVICE)


def _feed(request: web.Request) -> Feed:
    feed = request.app[WORLD].state.feeds.feeds.get(request.match_info["id"])
    if feed is None or feed.partner_id != request[ACCOUNT].partner_id:
        raise refusals.not_found(SERVICE)
    return feed
