"""How values are written for people: sentences, moments in the viewer's time zone, countdowns, money, exchanges."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import ROUND_DOWN, Decimal
from functools import lru_cache
from typing import Any

from babel.numbers import format_currency, format_decimal, format_percent
from django.utils import formats as django_formats
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from channel_manager.orders.rules.remedies import ADVICE, Remedy
from channel_manager.shared.sentences import Sentence

SOON = timedelta(hours=24)
LONGEST_BODY = 20_000


def words(sentence: Sentence | Mapping[str, Any] | str | None) -> str:
    """A stored sentence in the reader's language. Plain text: the template escapes it."""
    if not sentence:
        return ""
    if isinstance(sentence, str):
        return sentence
    known = sentence if isinstance(sentence, Sentence) else Sentence.from_json(sentence)
    if not known.template:
        return ""
    return known.translated(translation.gettext)


def fault(error: Mapping[str, Any]) -> str:
    """What an error that was kept as {class, sentence, …} says; some are kept as the sentence alone."""
    return words(error.get("sentence") or (error if "template" in error else None))


def advised(remedy: str) -> str:
    """What a person should do."""
    return words(ADVICE[Remedy(remedy)])


def zone_name() -> str:
    """The viewer's time zone as a table head names it: CET, EST, or its offset where it has no name."""
    return timezone.localtime().tzname() or "UTC"


def moment(at: datetime | None) -> str:
    """Day and hour; the exact time with its zone on hover."""
    if at is None:
        return ""
    zone = timezone.get_current_timezone()
    return _moment(at, zone, timezone.localtime().year, translation.get_language())


@lru_cache(maxsize=50_000)
def _moment(at: datetime, zone: tzinfo, this_year: int, _language: str | None) -> SafeString:
    """Kept: a page of orders shows two hundred moments, most of them seen before."""
    local = at.astimezone(zone)
    short = written_day(local, with_year=local.year != this_year)
    return _time(local, _("%(day)s, %(time)s") % {"day": short, "time": f"{local:%H:%M}"})


def day(at: datetime | None) -> str:
    return "" if at is None else _time(timezone.localtime(at), written_day(timezone.localtime(at), with_year=False))


def written_day(day: date, *, with_year: bool) -> str:
    pattern = pgettext("date format", "M j, Y") if with_year else pgettext("date format", "M j")
    return django_formats.date_format(day, pattern)


def written_date(day: date) -> str:
    """With the day of the week."""
    return django_formats.date_format(day, pgettext("date format", "D, M j, Y"))


def ago(at: datetime | None) -> str:
    """How long since; the exact time on hover."""
    if at is None:
        return ""
    passed = max(timezone.now() - at, timedelta())
    text = _("just now") if passed < timedelta(seconds=5) else _("%(time)s ago") % {"time": duration(passed)}
    return _time(timezone.localtime(at), text)


@dataclass(frozen=True, slots=True)
class Deadline:
    """`state` is late, soon or calm."""

    text: str
    state: str


def deadline(at: datetime, now: datetime | None = None) -> Deadline:
    left = at - (now or timezone.now())
    late = left < timedelta()
    state = "late" if late else "soon" if left <= SOON else "calm"
    return Deadline(_left(_said(abs(left)), late, translation.get_language()), state)


@lru_cache(maxsize=20_000)
def _left(seconds: int, late: bool, language: str | None) -> str:  # noqa: FBT001 - a cache's key
    """Kept: a page of orders has fifty, and those of a minute ago come again with other orders."""
    time = {"time": _duration(seconds, language)}
    return _("%(time)s late") % time if late else _("in %(time)s") % time


def duration(length: timedelta) -> str:
    """In the two largest units that say something: 3 d 4 h, 2 h 5 min, 40 s."""
    return _duration(_said(length), translation.get_language())


def _said(length: timedelta) -> int:
    """Its seconds, as far as they are said: from a minute on it is whole minutes."""
    seconds = int(length.total_seconds())
    return seconds if seconds < 60 else seconds - seconds % 60


@lru_cache(maxsize=20_000)
def _duration(length: int, _language: str | None) -> str:
    minutes, seconds = divmod(length, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return _("%(days)s d %(hours)s h") % {"days": days, "hours": hours}
    if hours:
        return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes}
    if minutes:
        return _("%(minutes)s min") % {"minutes": minutes}
    return _("%(seconds)s s") % {"seconds": seconds}


def seconds(count: float) -> str:
    return duration(timedelta(seconds=count))


def money(amount: Decimal | None, currency: str) -> str:
    if amount is None:
        return "–"
    return format_currency(amount, currency, locale=_locale())


def number(value: int, most: int = 0) -> str:
    """A count; one that stopped at `most` is written with a plus."""
    text = _number(value, _locale())
    return f"{text}+" if most and value >= most else text


@lru_cache(maxsize=10_000)
def _number(value: int, locale: str) -> str:
    return format_decimal(value, locale=locale)


def percent(share: float | None, digits: int = 1) -> str:
    """Rounded down, so that nothing under a limit is shown as on it."""
    if share is None:
        return "–"
    shown = Decimal(str(share)).quantize(Decimal(1).scaleb(-2 - digits), ROUND_DOWN)
    return format_percent(shown, f"0.{'0' * digits}%", locale=_locale())


def _locale() -> str:
    return translation.to_locale(translation.get_language() or "en")


def pretty(body: Any) -> str:
    """A request or answer as it reads best: JSON indented, anything else as it is, very long ones cut."""
    text = body if isinstance(body, str) else json.dumps(body, indent=2, ensure_ascii=False, default=str)
    if isinstance(body, str) and body[:1] in ("{", "["):
        text = _indented(body)
    if len(text) <= LONGEST_BODY:
        return text
    cut = len(text) - LONGEST_BODY
    return (
        text[:LONGEST_BODY]
        + "\n"
        + ngettext("… %(cut)s more character", "… %(cut)s more characters", cut) % {"cut": cut}
    )


def _indented(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text


def _time(local: datetime, text: str) -> SafeString:
    exact = _("%(day)s, %(time)s") % {"day": written_date(local), "time": f"{local:%H:%M:%S} {local.tzname()}"}
    return format_html('<time datetime="{}" title="{}">{}</time>', local.isoformat(), exact, text)
