"""Tests ask in English for what stands on a page; where a page is read in another language, they ask in that.

While `speaking` goes on, every text by which Playwright is to find or compare something is looked up in the product's own
catalogue: a whole sentence, one before a number, or one with values in it, which are looked up in turn. What is neither there nor data
raises `Unspoken`, so that no test passes because the page never says what it must not say.
"""

import io
import re
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache, wraps
from inspect import signature
from itertools import product
from pathlib import Path
from unittest.mock import patch

from babel.messages.pofile import read_po
from babel.numbers import format_currency
from django.utils import translation
from playwright.sync_api import Locator, LocatorAssertions, Page, PageAssertions

LOCALE = Path(__file__).resolve().parents[2] / "channel_manager/locale"
PLACE = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}")
DOLLARS = re.compile(r"\$([\d,]+\.\d\d)")
CODE = re.compile(r"[^a-z]*")
"""Numbers, SKUs, amounts: nothing that is read as words."""
DATA = {
    "Kitchen & Home",
    "alice",
    "bob",
    "Fragile",
    "Handle broken",
    "Colissimo",
    "FedEx",
    "OnTrac",
    "Express",
    "Express ones",
}
"""What tests themselves put on a page."""

WHOLE = {"to_have_text", "not_to_have_text", "to_have_title", "to_have_accessible_name"}
ASKING = {
    "get_by_role": ("name",),
    "get_by_text": ("text",),
    "get_by_label": ("text",),
    "get_by_title": ("text",),
    "get_by_placeholder": ("text",),
    "locator": ("has_text", "has_not_text"),
    "filter": ("has_text", "has_not_text"),
    "select_option": ("label",),
    "to_have_text": ("expected",),
    "not_to_have_text": ("expected",),
    "to_contain_text": ("expected",),
    "not_to_contain_text": ("expected",),
    "to_have_title": ("title_or_reg_exp",),
    "to_have_accessible_name": ("name",),
}
"""Methods of Playwright, and which of their arguments are what people read."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads the pages: by the settings of their browser alone."""

    language: str
    locale: str
    scheme: str

    def __str__(self):
        return f"{self.language}-{self.scheme}"

    @property
    def options(self):
        """Of the browser's context."""
        return {"locale": self.locale, "color_scheme": self.scheme}


READERS = [Reader("en", "en-US", "light"), Reader("zh-hant", "zh-TW", "dark")]
_speaking = READERS[0]


class Unspoken(AssertionError):
    """A test asks for words that no page can say in this language."""


def reader():
    """Who reads now."""
    return _speaking


@contextmanager
def speaking(who):
    global _speaking  # noqa: PLW0603 - one browser, one reader at a time
    before, _speaking = _speaking, who
    try:
        with ExitStack() as patched:
            if who.language != "en":
                for one in (Page, Locator, LocatorAssertions, PageAssertions):
                    for name in ASKING.keys() & vars(one).keys():
                        patched.enter_context(patch.object(one, name, _asking(getattr(one, name))))
            yield
    finally:
        _speaking = before


def said(text):
    """The text as the page says it, for what a test compares by itself."""
    if _speaking.language == "en":
        return text
    [only] = ways(text, _speaking.language)
    return only


def _asking(method):
    """The method, asked in the language that is read now."""
    parameters, name = signature(method), method.__name__

    @wraps(method)
    def asked(*positional, **named):
        bound = parameters.bind(*positional, **named)
        whole = bound.arguments.get("exact") or name in WHOLE
        for argument in ASKING[name]:
            if (text := bound.arguments.get(argument)) is not None:
                bound.arguments[argument] = _spoken(text, whole=whole)
        return method(*bound.args, **bound.kwargs)

    return asked


def _spoken(text, *, whole):
    if isinstance(text, list | tuple):
        return [_spoken(one, whole=whole) for one in text]
    if isinstance(text, re.Pattern):
        if not CODE.fullmatch(re.sub(r"\\\w", "", text.pattern)):
            raise Unspoken(f"The pattern {text.pattern} has words: ask for the whole text.")
        return text
    found = ways(text, _speaking.language)
    if len(found) == 1:
        return found[0]
    pattern = "|".join(map(re.escape, found))
    return re.compile(rf"^\s*(?:{pattern})\s*$" if whole else pattern)


@cache
def ways(text, language):
    """How the text may be said: several where its meaning decides, as of “Open”."""
    catalogue = _catalogue(language)
    if found := catalogue.get(text):
        return found
    if (djangos := _by_django(text, language)) != text:
        return [djangos]
    for template, pattern in _templates(language):
        if (values := pattern.fullmatch(text)) and (found := _put_together(template, values.groupdict(), language)):
            return found
    if text in DATA or CODE.fullmatch(text):
        locale = translation.to_locale(language)
        return [DOLLARS.sub(lambda amount: format_currency(amount[1].replace(",", ""), "USD", locale=locale), text)]
    words, _, number = text.rpartition(" ")
    if words in catalogue and CODE.fullmatch(number):
        return [f"{one} {number}" for one in catalogue[words]]
    raise Unspoken(f"“{text}” is neither data nor a whole sentence of the catalogue: write it as the page does.")


def _put_together(template, values, language):
    """Nothing if a value is no value."""
    try:
        spoken = [ways(value, language) for value in values.values()]
    except Unspoken:
        return []
    places = [dict(zip(values, chosen, strict=True)) for chosen in product(*spoken)]
    return [
        PLACE.sub(lambda place, of=of: of[place[1] or place[2]], translated).replace("%%", "%")
        for translated in _catalogue(language)[template]
        for of in places
    ]


@cache
def _catalogue(language):
    """Each message, and its forms for one and for many, with what it may be."""
    written = (LOCALE / translation.to_locale(language) / "LC_MESSAGES/django.po").read_bytes()
    found = {}
    for message in read_po(io.BytesIO(written), locale=translation.to_locale(language)):
        for source in (message.id,) if isinstance(message.id, str) else message.id:
            known = found.setdefault(source, [])
            known += [form for form in _forms(message) if form and form not in known]
    return {source: known for source, known in found.items() if source and known}


def _forms(message):
    return [message.string] if isinstance(message.string, str) else message.string


@cache
def _templates(language):
    """Those with values, the most of words first; a template of values alone says nothing."""
    with_values = [source for source in _catalogue(language) if PLACE.search(source)]
    words = {source: len(re.findall(r"[^\W\d_]", PLACE.sub("", source))) for source in with_values}
    wordy = sorted((source for source in with_values if words[source]), key=words.__getitem__, reverse=True)
    return [(source, _pattern(source)) for source in wordy]


def _pattern(template):
    names, written, end = set(), "", 0
    for place in PLACE.finditer(template):
        name = place[1] or place[2]
        written += re.escape(template[end : place.start()].replace("%%", "%"))
        written += f"(?P={name})" if name in names else f"(?P<{name}>.+?)"
        names.add(name)
        end = place.end()
    return re.compile(written + re.escape(template[end:].replace("%%", "%")), re.DOTALL)


def _by_django(text, language):
    with translation.override(language):
        return translation.gettext(text)
