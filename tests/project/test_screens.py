"""The pictures of the pages are complete: each address is pictured or left out with a reason, each picture is there."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest
from django.urls import URLResolver, get_resolver, resolve, reverse

from screens import cast, gallery
from screens.pages import GALLERY, LEFT_OUT, PICTURES
from screens.taking import shots

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screens"
NAMES = re.compile(r"\{(\w+)\}")


def addresses(patterns):
    for one in patterns:
        yield from addresses(one.url_patterns) if isinstance(one, URLResolver) else [one.name]


def test_every_address_is_pictured_or_left_out_with_a_reason():
    known = set(addresses(get_resolver().url_patterns))
    pictured = {name for picture in PICTURES.values() for name in picture.shows}
    left_out = [name for names in LEFT_OUT.values() for name in names]
    assert pictured | set(left_out) == known
    assert not pictured & set(left_out)
    assert len(left_out) == len(set(left_out))


@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)
def test_a_picture_is_taken_at_an_address_of_the_page_that_it_shows(picture):
    path = NAMES.sub(lambda found: "abc" if found[1] == "group" else "1", picture.at).partition("?")[0]
    for name in picture.shows:
        assert resolve(path).url_name == name


def test_pictures_are_named_once_and_described_in_a_sentence():
    every = Counter(picture.name for part in GALLERY.values() for picture in part)
    assert [name for name, count in every.items() if count > 1] == []
    assert [one.name for one in PICTURES.values() if not re.fullmatch(r"[A-Z].+[.?]", one.says)] == []


def test_every_order_that_an_address_names_is_in_the_cast():
    made = (Path(cast.__file__).parent / "places.py").read_text()
    strings = {one.value for one in ast.walk(ast.parse(made)) if isinstance(one, ast.Constant)}
    prefixes = ("return_", "parcel_")
    for picture in PICTURES.values():
        for name in NAMES.findall(picture.at):
            plain = next((name.removeprefix(one) for one in prefixes if name.startswith(one)), name)
            assert name in cast.CAST or name in strings or plain in strings, name


def test_numbers_of_the_cast_are_its_own():
    orders = [cast.order(name) for name in cast.CAST]
    assert len({order["purchase_order_id"] for order in orders}) == len(orders)
    assert len({order["customer_order_id"] for order in orders}) == len(orders)
    assert all(order["buyer"]["email"].endswith("@relay.walmart.com") for order in orders)


def test_every_picture_that_the_gallery_shows_is_there_and_no_other():
    shown = set(re.findall(r"\(([\w-]+\.webp)\)", (FOLDER / "README.md").read_text()))
    assert shown == {file.name for file in FOLDER.glob("*.webp")}
    assert shown == {shot.file for picture in PICTURES.values() for shot in shots(picture)}


def test_the_gallery_is_what_the_list_of_pictures_says(tmp_path):
    text = (FOLDER / "README.md").read_text()
    moment = re.search(r"moment, ([^.]+)\.", text)[1]
    gallery.write(tmp_path, moment)
    assert text == (tmp_path / "README.md").read_text()


def test_the_pictures_are_light_enough_to_be_kept():
    sizes = [file.stat().st_size for file in FOLDER.glob("*.webp")]
    assert sum(sizes) < 13_000_000
    assert max(sizes) < 250_000


def test_home_is_the_first_address():
    assert reverse("home") == PICTURES["home"].at
