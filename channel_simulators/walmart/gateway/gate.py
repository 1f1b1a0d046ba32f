"""What is looked at before any resource: edge, service headers, token, route, scope, throttle."""

from aiohttp import web
from aiohttp.typedefs import Handler

from channel_simulators.walmart.gateway import scopes
from channel_simulators.walmart.gateway.answers import check_accept, edge_page, refuse
from channel_simulators.walmart.gateway.errors import Refusal, gateway, unauthorized
from channel_simulators.walmart.gateway.recording import EXECUTED
from channel_simulators.walmart.gateway.tokens import Token
from channel_simulators.walmart.state import Account
from channel_simulators.walmart.world import WORLD, World

TOKEN_PATH = "/v3/token"  # noqa: S105 - a path
GRANT = web.RequestKey("grant", Token)
ACCOUNT = web.RequestKey("account", Account)
LIMIT_HEADERS = web.RequestKey("limit_headers", dict[str, str])
LIBRARY_AGENTS = ("python", "okhttp", "java/", "go-http-client", "guzzlehttp")


@web.middleware
async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every refusal of the API becomes its answer here; every answer carries the state of its bucket."""
    if not request.path.startswith("/v3/"):
        return await handler(request)
    world = request.app[WORLD]
    world.catch_up()
    if world.state.options.block_default_agents and _library_agent(request):
        return edge_page(403)
    if len(await request.read()) > world.state.options.largest_body:
        return edge_page(413)
    try:
        owner = _admit(request, world)
        _throttle(request, world, owner)
        response = await handler(request)
        request[EXECUTED] = True
    except Refusal as refusal:
        response = refuse(request, refusal)
    response.headers.update(request.get(LIMIT_HEADERS, {}))
    return response


def _library_agent(request: web.Request) -> bool:
    agent = request.headers.get("User-Agent", "").lower()
    return not agent or agent.startswith(LIBRARY_AGENTS)


def _admit(request: web.Request, world: World) -> str:
    """Check headers, token and route; return whose buckets pay."""
    for header in ("WM_QOS.CORRELATION_ID", "WM_SVC.NAME"):
        if not request.headers.get(header):
            raise gateway(400, world.state.options.missing_header_code, f"Missing required header: {header}")
    owner = request.headers.get("Authorization", "")
    if request.path != TOKEN_PATH:
        owner = _authenticate(request, world)
    if world.state.options.require_channel_type and not request.headers.get("WM_CONSUMER.CHANNEL.TYPE"):
        raise gateway(403, "FORBIDDEN", "FORBIDDEN")
    _check_route(request)
    check_accept(request)
    if request.path != TOKEN_PATH:
        scopes.check(request[ACCOUNT].scopes, request.method, request.path)
    return owner


def _authenticate(request: web.Request, world: World) -> str:
    """`Authorization: Bearer` alone is no token here (walmart-api §1.3)."""
    token = world.tokens.find(request.headers.get("WM_SEC.ACCESS_TOKEN", ""), world.now())
    if token is None:
        raise unauthorized()
    request[GRANT] = token
    request[ACCOUNT] = next(known for known in world.state.accounts if known.partner_id == token.partner_id)
    return token.partner_id


def _check_route(request: web.Request) -> None:
    failure = request.match_info.http_exception
    if isinstance(failure, web.HTTPMethodNotAllowed):
        raise gateway(405, "METHOD_NOT_ALLOWED", "Method is not allowed")
    if failure is not None:
        raise gateway(404, "URI_NOT_FOUND", "Requested URI not found")


def _throttle(request: web.Request, world: World, owner: str) -> None:
    resource = request.match_info.route.resource
    route = resource.canonical if resource else ""
    passed, headers = world.limits.take(
        owner, request.method, route, query=request.query, options=world.state.options, now=world.now()
    )
    request[LIMIT_HEADERS] = headers
    if not passed:
        raise gateway(429, "REQUEST_THRESHOLD_VIOLATED", "Request threshold violated")
