"""Moments and deadlines of a whole table: the same words as `formats`, written two hundred times a page.

What a day is called is asked once for each day, so a page of orders that nobody has seen costs what others cost.
"""

from datetime import date, datetime, tzinfo
from functools import lru_cache

from django.utils import timezone, translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from channel_manager.web.formats import Deadline, deadline, written_date, written_day


class Moments:
    """For one answer: the viewer's time zone, language and year."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.zone: tzinfo = timezone.get_current_timezone()
        self.language = translation.get_language()
        self.year = str(now.astimezone(self.zone).year)
        self._zones: dict[str, str] = {}
        self._pattern = _("%(day)s, %(time)s") % {"day": "%s", "time": "%s"}

    def written(self, at: datetime | None) -> SafeString:
        """Day and hour; the exact time with its zone on hover."""
        if at is None:
            return SafeString("–")
        local = at.astimezone(self.zone)
        told = local.isoformat()
        short, exact = _day(told[:10], told[:4] != self.year, self.language)
        zone = self._zones.get(told[-6:])
        if zone is None:
            zone = self._zones[told[-6:]] = local.tzname() or ""
        # Nothing of it was typed by anybody: digits, names of days and months, the zone's own name.
        return SafeString(
            f'<time datetime="{told}" title="{self._pattern % (exact, told[11:19])} {zone}">'
            f"{self._pattern % (short, told[11:16])}</time>"
        )

    def left(self, at: datetime) -> Deadline:
        return deadline(at, self.now)


@lru_cache(maxsize=5000)
def _day(day: str, with_year: bool, _language: str | None) -> tuple[str, str]:  # noqa: FBT001 - a cache's key
    found = date.fromisoformat(day)
    return written_day(found, with_year=with_year), written_date(found)
