"""The table of actions and how one is run: JSON members are its arguments."""

from collections.abc import Callable
from typing import Any

from aiohttp import web

from channel_simulators.commerce.control import admin, catalogue, looking, settings
from channel_simulators.commerce.shop import Shop
from channel_simulators.commerce.wire.errors import ApiError, PhpError

Json = dict[str, Any]


async def control(shop: Shop, request: web.Request) -> web.Response:
    """The answer is `{"result": …}` or `{"error": …}`."""
    action = request.match_info["action"]
    arguments = await request.json() if request.can_read_body else {}
    try:
        result = run(shop, action, arguments)
    except (ApiError, PhpError, TypeError, ValueError) as error:
        parameters = error.parameters if isinstance(error, ApiError) else None
        return web.json_response({"error": str(error), "parameters": parameters}, status=400)
    return web.json_response({"result": result})


def run(shop: Shop, action: str, arguments: Json) -> Any:
    """Raises ApiError where the shop refuses, TypeError for arguments the action does not know."""
    if action in _ACTIONS:
        tx = shop.transaction()
        result = _ACTIONS[action](tx, **arguments)
        shop.commit(tx)
        return result
    if action in settings.OF_THE_SERVER:
        return settings.OF_THE_SERVER[action](shop, **arguments)
    raise ApiError(404, f"There is no control action {action}.")


_ACTIONS: dict[str, Callable[..., Any]] = {
    **admin.ACTIONS,
    **catalogue.ACTIONS,
    **settings.ACTIONS,
    **looking.ACTIONS,
}
