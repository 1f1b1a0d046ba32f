"""Reading a page as a person does."""

import html
import re


def text(response):
    """What is readable on a page, blanks collapsed."""
    body = re.sub(r"<(script|style|title|template|dialog)\b.*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def value(response, name):
    """What an input of a page holds."""
    for tag in re.findall(r"<input[^>]*>", response.content.decode()):
        if f'name="{name}"' in tag:
            found = re.search(r'value="([^"]*)"', tag)
            return html.unescape(found[1]) if found else ""
    raise AssertionError(f"The page has no input {name}.")


def address(response, mark, *, attribute="href"):
    """Where the element leads that carries the mark."""
    for tag in re.findall(r"<[^>]+>", response.content.decode()):
        if mark in tag:
            return html.unescape(re.search(rf'{attribute}="([^"]*)"', tag)[1])
    raise AssertionError(f"The page has no {mark}.")


def row_numbers(response):
    """Numbers of the orders in the table, in order."""
    return re.findall(r'<th scope="row"><a href="[^"]*">(\d+)</a>', response.content.decode())


def cards(response):
    """Counts by card."""
    found = re.findall(
        r'<a class="(\w+)[^"]*" href="[^"]*"[^>]*>\s*<strong>([\d,+]+)</strong>', response.content.decode()
    )
    return {name: int(count.replace(",", "").rstrip("+")) for name, count in found}


def errors_beside(response, name):
    """What stands beside an input."""
    body = response.content.decode()
    found = re.search(rf'id="id_{re.escape(name)}_error">(.*?)</ul>', body, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", found[1])).split()) if found else ""
