"""Two languages: whose is chosen and kept, that a page in Chinese has no English on it, and that every text has its room."""

import re

import pytest
import spoken
from clipping import BROKEN, CLIPPED, clipped
from every_page import LONG_SKU, walk
from playwright.sync_api import expect

from channel_manager.connectors.walmart.carriers import CARRIERS
from tests import factories

pytestmark = [pytest.mark.browser]
CHINESE, ENGLISH = "繁體中文", "English"


@pytest.fixture
def open_page(tab, bob):
    """Opens a page of a browser with these settings, signed in or not."""
    return lambda *, stranger=False, **options: tab(person=None if stranger else bob, **options)


def language(page):
    return page.locator("html").get_attribute("lang")


@pytest.mark.parametrize(
    ("locale", "lang", "heading"),
    [
        ("zh-TW", "zh-hant", "登入"),
        ("zh-HK", "zh-hant", "登入"),
        ("de-DE", "en", "Sign in"),
        ("en-GB", "en", "Sign in"),
    ],
)
def test_the_language_is_the_browsers_where_there_is_one(open_page, locale, lang, heading):
    page = open_page(stranger=True, locale=locale)
    page.goto("/sign-in")
    assert language(page) == lang
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)


@pytest.mark.parametrize("scripts", [True, False])
def test_it_is_switched_in_the_header_stays_on_the_address_and_is_kept(open_page, store, scripts):
    page = open_page(locale="en-US", java_script_enabled=scripts)
    address = f"/stores/{store.pk}/orders?card=errors&sort=value"
    page.goto(address)
    switch = page.get_by_role("banner").get_by_role("button", name=CHINESE)
    assert switch.get_attribute("lang") == "zh-hant"
    switch.click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-hant")
    assert page.url.endswith(address)

    page.close()
    again = page.context.new_page()
    again.goto("/")
    assert language(again) == "zh-hant"
    again.get_by_role("banner").get_by_role("button", name=ENGLISH).click()
    expect(again.locator("html")).to_have_attribute("lang", "en")
    expect(again.get_by_role("button", name=CHINESE)).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_it_is_switched_before_anybody_signed_in(open_page, store, scripts):
    page = open_page(stranger=True, locale="zh-TW", java_script_enabled=scripts)
    page.goto(f"/stores/{store.pk}/returns?card=refunded")
    page.get_by_role("button", name=ENGLISH).click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_label("Name").fill("bob")
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Returns")
    assert page.url.endswith("/returns?card=refunded")


WORDS = """() => {
  const LEFT_OUT = "code, pre, kbd, q, script, style, noscript, template, textarea, .sku, [lang]:not(html)";
  const said = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const one = walker.currentNode.parentElement;
    if (walker.currentNode.data.trim() && !one.closest(LEFT_OUT)) said.push(walker.currentNode.data);
  }
  for (const one of document.querySelectorAll("[title], [aria-label], [placeholder], [alt], [data-label], [aria-description], optgroup[label]"))
    if (!one.closest(LEFT_OUT))
      for (const name of ["title", "aria-label", "placeholder", "alt", "data-label", "aria-description", "label"])
        if (one.hasAttribute(name)) said.push(one.getAttribute(name));
  return [document.title, ...said];
}"""
WORD = re.compile(r"[^\W\d_]*[a-z][^\W\d_]*")
"""With a small letter: SKUs, codes and abbreviations are the same in every language."""
NAMES = {"Walmart", "Marketplace", "Commerce", "Channel", "Manager", "Seller", "Center", "Admin", "Magento", "Adobe"}
NAMES |= {
    "English",
    "FedEx",
    "Discord",
    "Teams",
    "apprise",
    "webhook",
    "PostgreSQL",
    "https",
    "web",
    "worker",
    "Tab",
    "Feed",
}
NAMES |= {"ups", "usps", "fedex", "dhl", "custom"}
"""Of products, programs and keys; Feed is what Walmart calls it, the small ones are Commerce's codes of carriers."""
DATA = [
    "Kitchen & Home",
    "Garden",
    "alice",
    "Steel whisk",
    "Product SKU-1",
    f"Product {LONG_SKU}",
    "Robin Doe",
    "1 Main Street",
    "Springfield",
    "Operations",
    "nothing",
]
DATA += ["Offline Channel Payment", "Channel Shipping", "processing", "· walmart", *CARRIERS]
"""What people and platforms wrote, as it is."""
ADDRESSES = [r"\w+://[\w.…/-]*", r"\S+@\S+", r"\{\w+\}", r"[0-9a-f]{12}"]
"""Of the web and of mail; a place for a number in one of them; the reference of an error."""
VERBATIM = re.compile("|".join([*ADDRESSES, *sorted(map(re.escape, DATA), key=len, reverse=True)]))


def english(page):
    """Words of a page that are in no Chinese sentence."""
    found = {}
    for text in page.evaluate(WORDS):
        words = [word for word in WORD.findall(VERBATIM.sub("", text)) if len(word) > 2 and word not in NAMES]
        if words:
            found[" ".join(text.split())[:120]] = words
    return found


def test_a_page_in_chinese_says_nothing_in_english(visit, addresses):
    """But the page of the design, which is in English alone."""
    found = {}
    for address, page in walk(visit, [one for one in addresses if one != "/design"], locale="zh-TW"):
        assert language(page) == "zh-hant", address
        for text, words in english(page).items():
            found.setdefault(text, (address, words))
    assert found == {}


def test_the_check_of_words_finds_english_wherever_it_stands(browser):
    page = browser.new_page()
    page.set_content(
        "<p>訂單 Walmart SKU-1 <code>left out</code></p><p>Send 訂單</p><a title='Open it'>開</a><option>Choose</option>"
    )
    assert list(english(page)) == ["Send 訂單", "Choose", "Open it"]
    page.close()


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("who", spoken.READERS, ids=str)
def test_every_text_has_its_room(visit, addresses, who, width):
    found = {}
    for address, page in walk(visit, addresses, width=width, **who.options):
        if faults := clipped(page):
            found[address] = faults
    assert found == {}


def test_the_check_of_room_finds_what_it_looks_for(browser):
    page = browser.new_page()
    page.set_content(BROKEN)
    assert [fault.partition("”")[0] for fault in page.evaluate(CLIPPED, True)] == [
        "cut in width “Cut short in width",
        "cut in height “Cut shortin height",
        "wider than its box “Cut short in width",
        "higher than its box “Cut shortin height",
        "wider than its box “Out of its cell",
        "higher than its box “Underits label",
        "upon “Second tab",
    ]
    page.close()


def test_what_a_test_asks_for_is_found_in_the_catalogue():
    assert spoken.ways("This line has only 3 open.", "zh-hant") == ["此品項只有 3 件待出貨。"]
    assert spoken.ways("Approve this price: $20.00", "zh-hant") == ["核准此價格：US$20.00"]
    assert spoken.ways("1Z999AA10123456784", "zh-hant") == ["1Z999AA10123456784"]
    assert set(spoken.ways("Open", "zh-hant")) == {"待出貨", "開啟"}
    for unspoken in ("Nobody ever says this.", "This line has only three open.", "This line has only 3"):
        with pytest.raises(spoken.Unspoken):
            spoken.ways(unspoken, "zh-hant")
