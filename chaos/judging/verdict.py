"""Looks at all sides once everything is at rest, and judges."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from channel_manager.sync import sql
from channel_manager.sync.models import SyncAttempt, SyncOperation
from channel_simulators.commerce import sandbox
from chaos.campaign import Campaign
from chaos.judging import comparison, listings, record
from chaos.judging.comparison import Sides
from chaos.judging.leaks import leaks
from chaos.judging.report import Report, counted
from chaos.lives import shelves
from chaos.lives.stories import SKUS, expected
from chaos.processes.installation import Installation
from chaos.schedule import Kind, Point, shortage
from chaos.shop import Shop
from chaos.wire.proxy import Books
from chaos.wire.watch import VIOLATION

OF_STOCK = frozenset(f"stream {name}" for name in ("stock_touched", "new_stock", "all_stock", "feeds"))
SECRETS = ("sandbox-secret", sandbox.CONSUMER_SECRET, sandbox.ACCESS_TOKEN, sandbox.TOKEN_SECRET)


def judge(campaign: Campaign, installation: Installation, books: Books, report: Report) -> dict[str, list[str]]:
    """Fills the report; answers what is known of each order with a violation."""
    sides, shops = _look(campaign)
    violations: dict[str, list[str]] = defaultdict(list)
    people = []
    for number, running in campaign.ended.items():
        state = expected(running.life, running.done)
        here = sides[number]
        needs_person = bool(running.life.raced and here.ours and here.ours.told)
        found = comparison.differences(running.life, state, here)
        found += comparison.refunds(running.life, state, here)
        if running.stopped != "finished" and not needs_person:
            found.append(running.stopped)
        if running.stopped != "finished":
            report.unfinished[number] = f"“{running.life.story}” {running.stopped}"
        if found:
            violations[number] = found
        if here.ours:
            people += here.ours.told
    if campaign.shop:
        for sku, several in _of_listings(campaign, campaign.shop).items():
            violations[sku] += several
        report.stock = _stock_figures(campaign.shop, books)
    _of_all(campaign, installation, sides, shops, violations)
    if short := shortage({**books.faults, Kind.KILL: len(installation.killed)}):
        violations["faults"] = short
    report.violations, report.people = dict(violations), counted(people)
    _figures(campaign, installation, books, report)
    return {
        about: _case(about, campaign, sides.get(about), books) or _trace(about, campaign, books) for about in violations
    }


def _look(campaign: Campaign) -> tuple[dict[str, Sides], list[dict[str, Any]]]:
    people = campaign.people
    shops = people.commerce.orders()
    by_number: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for shop in shops:
        by_number[str(shop.get("ext_order_id"))].append(shop)
    returns: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for returned in people.walmart.returns():
        for number in {line["purchase_order_id"] for line in returned["lines"]}:
            returns[number].append(returned)
    ours = record.read()
    walmart = {order["purchase_order_id"]: order for order in people.walmart.orders()}
    sides = {
        number: Sides(walmart=walmart[number], shops=by_number[number], returns=returns[number], ours=ours.get(number))
        for number in campaign.ended
    }
    return sides, shops


def _of_all(
    campaign: Campaign,
    installation: Installation,
    sides: dict[str, Sides],
    shops: list[dict[str, Any]],
    violations: dict[str, list[str]],
) -> None:
    commerce = campaign.people.commerce
    lives = {number: running.life for number, running in campaign.ended.items()}
    found = {
        "strangers": comparison.strangers(lives, shops),
        "mails": comparison.strange_mails(commerce.mails()),
        "leaks": leaks(installation.logs, SECRETS),
        "attempts": _open_attempts(),
        "workers": installation.fallen,
    }
    if not violations:
        now = {sku: commerce.salable(sku) for sku in SKUS}
        made = [(running.life, running.done) for running in campaign.ended.values()]
        before = campaign.shop.before() if campaign.shop else campaign.before
        found["stock"] = comparison.stock(made, sides, before, now)
    violations |= {about: several for about, several in found.items() if several}


def _of_listings(campaign: Campaign, shop: Shop) -> dict[str, list[str]]:
    """By SKU: what was oversold at any moment, and what does not agree in the end."""
    found: dict[str, list[str]] = defaultdict(list)
    left = {sku: shop.ledger.left(sku) for sku in shelves.ASKED}
    people, untold = campaign.people, shop.ledger.untold()
    ends = listings.look(shelves.LISTED, people.walmart, people.commerce, left=left, untold=untold)
    odd = (
        shop.watch.violations,
        {shelf.sku: listings.differences(shelf) for shelf in ends},
        listings.held(campaign.held),
        listings.left_over(sql.rows(listings.LEFT_OVER), sql.rows(listings.FEEDS)),
    )
    for several in odd:
        for sku, words in several.items():
            found[sku] += words
    for buyer in shop.waiting:
        found[buyer.life.number].append("could never be bought: too few were shown")
    return {sku: words for sku, words in found.items() if words}


def _stock_figures(shop: Shop, books: Books) -> dict[str, float]:
    waits, watch = sorted(shop.ledger.stale), shop.watch
    return {
        "listings": len(shelves.LISTED),
        "figures told one by one": watch.stated,
        "feeds": watch.submitted,
        "faults that met them": sum(_is_of_stock(point) for point, _, _ in books.met),
        "changes in the shop": shop.merchant.acted,
        "times looked at": watch.looks,
        "seconds until told, median": round(waits[len(waits) // 2], 1) if waits else 0.0,
        "seconds until told, at most": round(waits[-1], 1) if waits else 0.0,
    } | {why: times for why, times in shop.ledger.allowed.items() if "the shop" not in why}


def _is_of_stock(point: Point) -> bool:
    return point.call.startswith(("PUT inventory", "POST feeds", "GET feeds")) or point.about in OF_STOCK


def _open_attempts() -> list[str]:
    open_ = SyncAttempt.objects.filter(outcome=None).exclude(operation__state="sending")
    return [f"attempt {one.number} of operation {one.operation_id} has no outcome" for one in open_]


def _figures(campaign: Campaign, installation: Installation, books: Books, report: Report) -> None:
    report.orders = campaign.placed
    report.finished = sum(running.stopped == "finished" for running in campaign.ended.values())
    report.stories = counted([running.life.story for running in campaign.ended.values()])
    report.operations, report.attempts = SyncOperation.objects.count(), SyncAttempt.objects.count()
    report.calls, report.faults = books.calls, dict(books.faults)
    report.killed, report.restarts = len(installation.killed), installation.restarts


TRACE = """
    SELECT s.id, s.kind, s.state, s.attempt, a.number, a.outcome, a.error ->> 'class' AS error,
           a.error ->> 'said' AS said, to_char(a.started_at, 'HH24:MI:SS.MS') AS at
    FROM sync_operation s JOIN orders_purchaseorder o ON s.subject = 'order:' || o.id
    LEFT JOIN sync_attempt a ON a.operation_id = s.id WHERE o.number = %s ORDER BY a.started_at, s.id
"""


LEVELS = """
    SELECT s.id, s.kind, s.state, a.number, a.outcome, a.error ->> 'class' AS error,
           to_char(a.started_at, 'HH24:MI:SS.MS') AS at
    FROM sync_operation s LEFT JOIN sync_attempt a ON a.operation_id = s.id
    WHERE s.subject LIKE %s OR s.subject = %s ORDER BY a.started_at DESC, s.id DESC LIMIT 60
"""
MOST_TRACED = 80


def _trace(about: str, campaign: Campaign, books: Books) -> list[str]:
    """Everything that happened of late to one product: what Walmart was told, and the faults that it met."""
    if campaign.shop is None:
        return []
    lines = _around_the_first(campaign.shop.watch.trace.get(about, []))
    for row in reversed(sql.rows(LEVELS, [f"sku:%:{about}", about])):
        lines.append(f"{row['at']} {row['kind']}#{row['id']} ({row['state']}): {row['outcome']} {row['error'] or ''}")
    met = [(point, count, kind) for point, count, kind in books.met if point.whose == about]
    return lines + [f"fault: {point.about}, {point.call} no. {count}: {kind}" for point, count, kind in met]


def _around_the_first(trace: Sequence[str]) -> list[str]:
    """What led to the first violation, and a little of what followed; without one, the end."""
    first = next((place for place, line in enumerate(trace) if VIOLATION in line), len(trace))
    return list(trace[max(first - MOST_TRACED, 0) : first + MOST_TRACED // 4])


def _case(number: str, campaign: Campaign, sides: Sides | None, books: Books) -> list[str]:
    """Everything that happened to one order: its steps, its attempts, the faults that it met."""
    running = campaign.ended.get(number)
    if running is None or sides is None:
        return []
    lines = [f"story: {running.life.story}; lines {running.life.lines}; done {running.done}"]
    lines += [f"step {place}: {step}" for place, step in enumerate(running.life.steps)]
    for row in sql.rows(TRACE, [number]):
        attempt = f"{row['kind']}#{row['id']} ({row['state']}), attempt {row['number']}: {row['outcome']}"
        lines.append(f"{row['at']} {attempt} {row['error'] or ''} {(row['said'] or '')[:120]}")
    met = [(point, count, kind) for point, count, kind in books.met if point.whose == number]
    lines += [f"fault: {point.about}, {point.call} no. {count}: {kind}" for point, count, kind in met]
    lines.append(f"told: {sides.ours.told if sides.ours else None}")
    return lines
