"""Tables as files, sent while they are written."""

from collections.abc import Iterator

from django.http import StreamingHttpResponse
from django.utils import timezone


def csv_file(name: str, text: Iterator[str], *, dated: bool = True) -> StreamingHttpResponse:
    """`name` has no ending; `dated` adds the viewer's day to it."""
    day = f"-{timezone.localdate():%Y-%m-%d}" if dated else ""
    headers = {"Content-Disposition": f'attachment; filename="{name}{day}.csv"', "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(text, content_type="text/csv; charset=utf-8", headers=headers)
