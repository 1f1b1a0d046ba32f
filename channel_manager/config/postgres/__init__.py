"""An embedded PostgreSQL: started by its first user, shared by all, stopped when the last one leaves."""

from channel_manager.config.postgres.errors import EmbeddedPostgresError
from channel_manager.config.postgres.server import Server, ensure, leave, wait_until_stopped

__all__ = ["EmbeddedPostgresError", "Server", "ensure", "leave", "wait_until_stopped"]
