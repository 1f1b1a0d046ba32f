"""Taking a file in: out of a form or as the raw body; its rows, or what is wrong with it as a whole."""

import re
import uuid
from collections.abc import Sequence
from typing import Any

from channel_simulators.walmart.feeds.faults import structure
from channel_simulators.walmart.feeds.kinds import Kind
from channel_simulators.walmart.feeds.state import Fault, Feed, Feeds
from channel_simulators.walmart.gateway.answers import json_body
from channel_simulators.walmart.gateway.errors import Refusal, gateway

BOUNDARY = re.compile(r'boundary="?([^";]+)"?')
PART_NAME = re.compile(rb'[; ]name="?([^";\r\n]*)"?')
FILE_NAME = re.compile(rb'filename="?([^";\r\n]*)"?')
SUFFIX = "AX8BCgA"
JSON_TYPE = "application/json"


def file_of(content_type: str, body: bytes) -> tuple[bytes, str | None]:
    """The file and its name. Raise Refusal 415 for another kind of body, 400 for a form without a part `file`."""
    if content_type.startswith(JSON_TYPE):
        return body, None
    boundary = BOUNDARY.search(content_type)
    if not content_type.startswith("multipart/form-data") or not boundary:
        raise gateway(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type is not supported")
    for part in body.split(b"--" + boundary[1].encode())[1:]:
        head, _, content = part.partition(b"\r\n\r\n")
        name = PART_NAME.search(head)
        if name and name[1] == b"file":
            file_name = FILE_NAME.search(head)
            return content.removesuffix(b"\r\n"), file_name[1].decode(errors="replace") if file_name else None
    raise no_file()


def content_of(content_type: str, body: bytes) -> bytes:
    """What a recording shows: of a form its file, else the body."""
    try:
        return file_of(content_type, body)[0]
    except Refusal:
        return body


def no_file() -> Refusal:
    return gateway(400, "MALFORMED_REQUEST_CONTENT", "Request content is malformed")


def rows_of(raw: bytes, kind: Kind, versions: Sequence[str] | None = None) -> list[Any] | Fault:
    """A fault of the file shows only when the feed is processed: the submission is answered 200."""
    try:
        body = json_body(raw, JSON_TYPE)
    except Refusal:
        return structure("The file is not a JSON object")
    header = body.get(kind.header)
    if not isinstance(header, dict):
        return structure(f"The header {kind.header} is missing")
    version = header.get("version")
    if not isinstance(version, str) or not version.startswith(tuple(versions or kind.versions)):
        return structure(f"The version {version} of {kind.header} is not supported")
    rows = body.get(kind.rows)
    if not isinstance(rows, list) or not rows:
        return structure(f"{kind.rows} is missing or empty")
    if len(rows) > kind.most_rows:
        return structure(f"{kind.rows} holds {len(rows)} items, more than {kind.most_rows}")
    return rows


def receive(feeds: Feeds, feed: Feed, raw: bytes, kind: Kind) -> None:
    """From now on the list shows it, whether its answer arrives or not."""
    versions = feeds.options.versions.get(feed.feed_type)
    found = feeds.file_faults.pop(0) if feeds.file_faults else rows_of(raw, kind, versions)
    if isinstance(found, Fault):
        feed.fault = found
    else:
        feed.sent, feed.received = found, len(found)
    feeds.feeds[feed.feed_id] = feed
    feeds.waiting.append(feed.feed_id)


def new_id() -> str:
    return f"{uuid.uuid4().hex.upper()}@{SUFFIX}"
