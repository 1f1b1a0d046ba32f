"""Fixed credentials of the integration every fresh shop has; worthless outside the simulator."""

CONSUMER_KEY = "ck-sandbox-000000000000000000000"
CONSUMER_SECRET = "cs-sandbox-000000000000000000000"  # noqa: S105 - a published sandbox value
ACCESS_TOKEN = "at-sandbox-000000000000000000000"  # noqa: S105 - a published sandbox value
TOKEN_SECRET = "ts-sandbox-000000000000000000000"  # noqa: S105 - a published sandbox value
