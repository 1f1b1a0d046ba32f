"""What a platform's support needs to look into an operation: plain text without secrets and personal data, bounded."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from channel_manager.shared import redact
from channel_manager.shared.sentences import Sentence
from channel_manager.sync.models import SyncAttempt, SyncOperation

LONGEST = 60_000
LONGEST_BODY = 4_000
MOST_TRIES = 8
MOST_EXCHANGES = 12
SHORTEST_PRIVATE = 3


def reference(operation: SyncOperation) -> str:
    """Names an operation and its latest try in a report."""
    return f"CM-{operation.pk}-{operation.attempt}"


def written(
    operation: SyncOperation,
    attempts: Sequence[SyncAttempt],
    *,
    facts: Mapping[str, str],
    private: Collection[str],
) -> str:
    """`facts` are numbers by name; the words of `private` are masked wherever they stand. The latest tries are kept."""
    lines = [*_head(operation, facts)]
    for attempt in attempts[-MOST_TRIES:]:
        lines += ["", *_try(attempt)]
    text = masked("\n".join(lines), private)
    return text if len(text) <= LONGEST else text[:LONGEST] + "\n… cut here\n"


def masked(text: str, private: Iterable[str]) -> str:
    """Longest first, so that a name inside an address leaves nothing of either."""
    words = {word.strip() for word in private if len(word.strip()) >= SHORTEST_PRIVATE}
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, redact.MASK)
    return redact.text(text)


def _head(operation: SyncOperation, facts: Mapping[str, str]) -> Iterator[str]:
    yield "Case file"
    yield f"Reference: {reference(operation)}"
    for name, value in facts.items():
        yield f"{name}: {value or '-'}"
    yield f"Operation: {operation.kind} ({operation.platform}, {operation.family}), key {operation.key}"
    yield f"State: {operation.state}, tries: {operation.attempt}, begun {_at(operation.created_at)}"
    if operation.error:
        yield from _error(operation.error)


def _error(error: Mapping[str, Any]) -> Iterator[str]:
    yield f"Error: {Sentence.from_json(error['sentence'])}"
    for name in ("side", "field", "said", "code", "status", "class"):
        if error.get(name):
            yield f"  {name}: {error[name]}"


def _try(attempt: SyncAttempt) -> Iterator[str]:
    outcome = attempt.outcome or "sending"
    yield f"Try {attempt.number}: {outcome}, {_at(attempt.started_at)} to {_at(attempt.finished_at)}"
    if attempt.error:
        yield from _error(attempt.error)
    for exchange in attempt.exchanges[-MOST_EXCHANGES:]:
        yield from _exchange(exchange)


def _exchange(exchange: Mapping[str, Any]) -> Iterator[str]:
    status = exchange.get("status") or "no answer"
    yield f"  {exchange.get('side')}: {exchange.get('method')} {exchange.get('url')} → {status}"
    yield f"    took {exchange.get('milliseconds')} ms {exchange.get('problem') or ''}".rstrip()
    for part in ("request_headers", "request", "response_headers", "response"):
        if exchange.get(part):
            body = redact.headers(exchange[part]) if part.endswith("headers") else redact.body(exchange[part])
            yield f"    {part.replace('_', ' ')}: {_short(body)}"


def _short(body: Any) -> str:
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST_BODY else text[:LONGEST_BODY] + f"… ({len(text)} characters)"


def _at(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else "-"
