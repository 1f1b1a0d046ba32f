"""Tables as files, sent while they are written."""

from collections.abc import Iterator

from django.http import StreamingHttpResponse
from django.utils import timezone


def csv_file(name: str, lines: Iterator[str]) -> StreamingHttpResponse:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}-{timezone.localdate():%Y-%m-%d}.csv"',
        "X-Accel-Buffering": "no",
    }
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)
