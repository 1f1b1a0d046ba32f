"""Whether a secret or a buyer's data stand where they must not: in logs, and in what was kept of exchanges."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from channel_manager.sync import sql

KEPT = """
    SELECT count(*) AS found FROM sync_attempt WHERE position(%s IN exchanges::text) > 0
        OR position(%s IN coalesce(error::text, '')) > 0
"""


def leaks(logs: Sequence[Path], secrets: Iterable[str]) -> list[str]:
    texts = {path.name: path.read_text(errors="replace") for path in logs if path.exists()}
    found = []
    for secret in secrets:
        shown = secret[:6] + "…"
        found += [f"{name} holds the secret {shown}" for name, text in texts.items() if secret in text]
        if count := sql.rows(KEPT, [secret, secret])[0]["found"]:
            found.append(f"{count} attempts hold the secret {shown}")
    return found
