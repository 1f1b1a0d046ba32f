"""Every sentence of the pages in every language: none is missing, none lost a value, none is outside the catalogue."""

import io
import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils import translation

CHECKOUT = Path(__file__).resolve().parents[2]
LOCALE = CHECKOUT / "channel_manager/locale"
TEMPLATES = CHECKOUT / "channel_manager/web/templates"
OTHERS = [code for code, _name in settings.LANGUAGES if code != "en"]
PLACE = re.compile(r"%\(\w+\)[sd]|%%|\{\w*\}")


def folder(code):
    return LOCALE / translation.to_locale(code) / "LC_MESSAGES"


def catalogue(code):
    return read_po(io.BytesIO((folder(code) / "django.po").read_bytes()), locale=translation.to_locale(code))


def pairs(code):
    """Source and translation of each message; of a plural the form for many."""
    for message in catalogue(code):
        if message.id:
            source = message.id if isinstance(message.id, str) else message.id[1]
            yield source, message.string if isinstance(message.string, str) else message.string[-1]


def test_the_catalogues_have_every_sentence_of_the_code():
    ended = subprocess.run(
        [sys.executable, "scripts/messages.py", "--check"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, f"Run make messages, and translate what is new. {ended.stdout}{ended.stderr}"


@pytest.mark.parametrize("code", OTHERS)
def test_no_sentence_is_untranslated(code):
    assert [source for source, text in pairs(code) if not text] == []
    assert [message.id for message in catalogue(code) if message.fuzzy and message.id] == []
    assert len(list(pairs(code))) > 1500


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_has_the_values_of_its_sentence(code):
    wrong = [
        (source, text) for source, text in pairs(code) if sorted(PLACE.findall(source)) != sorted(PLACE.findall(text))
    ]
    assert wrong == []


@pytest.mark.parametrize("code", OTHERS)
def test_what_is_compiled_is_what_is_written(code):
    compiled = io.BytesIO()
    write_mo(compiled, catalogue(code))
    assert (folder(code) / "django.mo").read_bytes() == compiled.getvalue(), "Run make messages."


NAMES = {"Channel", "Manager", "Commerce", "Walmart", "WFS", "SKU", "HTTP", "RMA", "CSV"}
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
CODE = re.compile(r"\{[{%].*?[%}]\}", re.DOTALL)
VERBATIM = re.compile(r"<(code|pre|kbd)\b.*?</\1>|<(\w+) translate=\"no\".*?</\2>", re.DOTALL)
MARKUP = re.compile(r"""<(?:[^>"']|"[^"]*"|'[^']*')*>""", re.DOTALL)
SPOKEN = re.compile(r'\b(?:title|alt|placeholder|aria-label|aria-description|label)="([^"]*)"')
WORD = re.compile(r"[^\W\d_]{2,}")


SPEAKING = sorted(set(TEMPLATES.rglob("*.html")) - {TEMPLATES / "design.html"})
"""The page of the design is for who builds pages: it names classes and tokens."""


@pytest.mark.parametrize("file", SPEAKING, ids=lambda file: str(file.relative_to(TEMPLATES)))
def test_templates_have_no_words_of_their_own(file):
    text = VERBATIM.sub("", CODE.sub("", COMMENT.sub("", file.read_text())))
    said = [*SPOKEN.findall(text), MARKUP.sub(" ", text)]
    words = {word for part in said for word in WORD.findall(re.sub(r"&\w+;", " ", part))}
    assert words - NAMES == set()


@pytest.mark.parametrize(
    "file", sorted((CHECKOUT / "channel_manager/web/static/js").glob("*.js")), ids=lambda file: file.name
)
def test_scripts_have_no_sentences(file):
    """What they show comes from the page, in its language."""
    code = re.sub(r"//[^\n]*", "", file.read_text())
    literals = [text for _mark, text in re.findall(r"([\"'`])((?:(?!\1).)*)\1", code)]
    assert [text for text in literals if re.search(r"[A-Z][a-z]+ [a-z]+", text)] == []
