"""Fixed credentials of the integration and the Admin user every fresh shop has; worthless outside the simulator."""

CONSUMER_KEY = "ck-sandbox-000000000000000000000"
CONSUMER_SECRET = "cs-sandbox-000000000000000000000"  # noqa: S105 - a published sandbox value
ACCESS_TOKEN = "at-sandbox-000000000000000000000"  # noqa: S105 - a published sandbox value
TOKEN_SECRET = "ts-sandbox-000000000000000000000"  # noqa: S105 - a published sandbox value
ADMIN_USER = "admin"
ADMIN_PASSWORD = "sandbox-1"  # noqa: S105 - a published sandbox value
