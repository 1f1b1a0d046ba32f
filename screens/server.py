"""The web application at the moment of the pictures, for a WSGI server: its clock stands, and one address is broken."""

import logging
from collections.abc import Iterable
from typing import Any

import time_machine

from screens.moments import NOW

time_machine.travel(NOW, tick=False).start()

from django.core.handlers.wsgi import WSGIRequest  # noqa: E402 - the clock must stand before anything is loaded

from channel_manager.config.wsgi import application as pages  # noqa: E402 - as above
from channel_manager.web.views.errors import server_error  # noqa: E402 - as above

BROKEN = "/broken-on-purpose"
logging.disable(logging.CRITICAL)  # wrong passwords and the broken page are part of the show


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    if environ["PATH_INFO"] != BROKEN:
        return pages(environ, start_response)
    answer = server_error(WSGIRequest(environ))
    start_response("500 Internal Server Error", list(answer.items()))
    return [answer.content]
