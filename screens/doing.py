"""What a person does on a page before its picture is taken."""

from playwright.sync_api import Page as Tab

from screens import cast
from screens.story import PARCELS

GUESSES = 8
ROWS = PARCELS.format(first=cast.number("large"), second=cast.number("second"), third=cast.number("newest"))


def guess(tab: Tab) -> None:
    for _ in range(GUESSES):
        if tab.get_by_role("heading", name="Too many wrong passwords").count():
            return
        tab.locator("[name=username]").fill("mallory")
        tab.locator("[name=password]").fill("a wrong password")
        tab.locator("button.main").click()
    raise ValueError("So many wrong passwords were not too many.")


def go_offline(tab: Tab) -> None:
    tab.context.set_offline(True)
    tab.locator("#offline").wait_for()


def grow_old(tab: Tab) -> None:
    tab.locator("#stale").evaluate("(one) => { one.hidden = false; }")


def close_rows(tab: Tab) -> None:
    tab.evaluate('document.documentElement.dataset.density = "compact"')


def open_filters(tab: Tab) -> None:
    tab.locator(".tools summary").first.click()


def ask_keys(tab: Tab) -> None:
    tab.keyboard.press("?")
    tab.locator("#keys[open]").wait_for()


def select(tab: Tab) -> None:
    for place in range(3):
        tab.locator("#rows tbody input[type=checkbox]").nth(place).check()


def paste(tab: Tab) -> None:
    tab.locator("textarea").fill(ROWS)


def paste_and_check(tab: Tab) -> None:
    paste(tab)
    tab.locator("main form button.main").last.click()
    tab.locator("main table").wait_for()


def ship(tab: Tab) -> None:
    tab.locator("#order-head a[data-drawer].main").click()
    tab.locator("dialog[open] h2").first.wait_for()
    tab.wait_for_load_state("networkidle")


def ship_wrong(tab: Tab) -> None:
    ship(tab)
    number = tab.locator("dialog[open] [name$=number]").first
    number.fill("1Z999AA10123456780")
    number.blur()
    tab.wait_for_load_state("networkidle")
    tab.wait_for_timeout(900)


def cancel(tab: Tab) -> None:
    tab.locator("#order-head a[data-drawer].danger").click()
    tab.locator("dialog[open] h2").first.wait_for()
    tab.locator("dialog[open] select").first.select_option(index=1)
    tab.wait_for_load_state("networkidle")


def open_timeline(tab: Tab) -> None:
    tab.evaluate(
        "for (const one of document.querySelectorAll('#order-timeline details, .timeline details')) one.open = true"
    )


def open_all(tab: Tab) -> None:
    tab.evaluate("for (const one of document.querySelectorAll('main details')) one.open = true")


def send_without_token(tab: Tab) -> None:
    tab.evaluate("""() => {
        const form = document.createElement("form");
        form.method = "post";
        form.action = "/preferences";
        document.body.append(form);
        form.submit();
    }""")
    tab.get_by_role("heading", level=1).wait_for()
    tab.wait_for_load_state("networkidle")
