"""Moments and deadlines of a whole table: the same words as `formats`, written two hundred times a page.

What a day is called is asked once for each day, so a page of orders that nobody has seen costs what others cost.
"""

from datetime import date, datetime, tzinfo
from functools import lru_cache

from django.utils import formats as django_formats
from django.utils import timezone, translation
from django.utils.safestring import SafeString

from channel_manager.web.formats import Deadline, deadline


class Moments:
    """For one answer: the viewer's time zone, language and year."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.zone: tzinfo = timezone.get_current_timezone()
        self.language = translation.get_language()
        self.year = str(now.astimezone(self.zone).year)
        self._zones: dict[str, str] = {}

    def written(self, at: datetime | None) -> SafeString:
        """Day and hour; the exact time with its zone on hover."""
        if at is None:
            return SafeString("–")
        local = at.astimezone(self.zone)
        told = local.isoformat()
        short, exact = _day(told[:10], "M j" if told[:4] == self.year else "M j, Y", self.language)
        zone = self._zones.get(told[-6:])
        if zone is None:
            zone = self._zones[told[-6:]] = local.tzname() or ""
        # Nothing of it was typed by anybody: digits, names of days and months, the zone's own name.
        return SafeString(
            f'<time datetime="{told}" title="{exact}, {told[11:19]} {zone}">{short}, {told[11:16]}</time>'
        )

    def left(self, at: datetime) -> Deadline:
        return deadline(at, self.now)


@lru_cache(maxsize=5000)
def _day(day: str, short: str, _language: str | None) -> tuple[str, str]:
    found = date.fromisoformat(day)
    return django_formats.date_format(found, short), django_formats.date_format(found, "D, M j, Y")
