"""Tokens of Admin users (commerce-api §1.4): a developer's convenience that most client libraries count on."""

import secrets
from datetime import UTC, datetime

from channel_simulators.commerce import sandbox
from channel_simulators.commerce.call import Call
from channel_simulators.commerce.wire import bodies
from channel_simulators.commerce.wire.errors import ApiError, required

_BODY = bodies.names("username password")
_WRONG = "The account sign-in was incorrect or your account is disabled temporarily. Please wait and try again later."
_SECOND_FACTOR = "Please use the 2fa provider-specific endpoints to obtain a token."


def issue(call: Call) -> str:
    """A new token, a JSON string. With the second factor on, as it is by default, right credentials are refused too."""
    body = call.body(_BODY)
    given = [str(body.get(name) or "") for name in ("username", "password")]
    for name, value in zip(("username", "password"), given, strict=True):
        if not value:
            raise required(name)
    if given != [sandbox.ADMIN_USER, sandbox.ADMIN_PASSWORD]:
        raise ApiError(401, _WRONG)
    if call.options.second_factor:
        raise ApiError(400, _SECOND_FACTOR, {"active_providers": ["google"]})
    token, state = f"eyJraWQiOiIxIn0.{secrets.token_urlsafe(48)}", call.state
    now = datetime.fromisoformat(call.tx.now).replace(tzinfo=UTC).timestamp()
    call.tx.afterwards(lambda: state.admin_tokens.update({token: now + call.options.admin_token_life}))
    return token
