"""Some orders compared, healed where that is safe, and written down: one transaction that a lease protects."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from channel_manager.ports.messages import IncomingOrder, Platform
from channel_manager.reconciliation import findings, records
from channel_manager.reconciliation.healing import heal
from channel_manager.reconciliation.reading import Shown, Wire
from channel_manager.reconciliation.rules.comparing import compare
from channel_manager.reconciliation.rules.facts import Difference, InCommerce, Kind, Record
from channel_manager.reconciliation.rules.judging import Proposal, judge
from channel_manager.reconciliation.verdicts import Verdict
from channel_manager.shared.errors import Rejected
from channel_manager.shared.sentences import Sentence
from channel_manager.stores.models import Store
from channel_manager.sync import sql


@dataclass(frozen=True, slots=True)
class Look:
    """Orders as they were read, and our record as it was before they were read a second time, by number."""

    agreeing: tuple[Shown, ...]
    differing: tuple[Shown, ...]
    before: Mapping[str, Record]


async def look(wire: Wire, store_id: int, orders: Sequence[IncomingOrder], *, unknown: Sequence[str] = ()) -> Look:
    """Read what belongs to orders of the marketplace; to those that differ, and to `unknown` numbers, a second time.

    What was never received is clear at the first look.
    """
    by_number = {order.number: order for order in orders}
    before = await sql.in_transaction(records.load)(store_id, [*by_number, *unknown])
    commerce = await wire.in_commerce(list(by_number), before) if by_number else {}
    shown = [Shown(number, order, commerce[number]) for number, order in by_number.items()]
    differs = {one.number for one in shown if compare(one.number, one.order, before.get(one.number), one.commerce)}
    differing = [one for one in shown if one.number in differs and one.number not in before]
    again = [one.number for one in shown if one.number in differs and one.number in before]
    differing += [await _again(wire, number, before.get(number)) for number in [*again, *unknown]]
    agreeing = tuple(one for one in shown if one.number not in differs)
    return Look(agreeing, tuple(differing), before)


async def _again(wire: Wire, number: str, record: Record | None) -> Shown:
    """One that cannot be understood hides no other."""
    try:
        return await wire.again(number, record)
    except Rejected as error:
        return Shown(number, None, InCommerce(), problem=error.sentence)


def settle(store: Store, run_id: int, seen: Look, settled_until: datetime, now: datetime) -> None:
    """In the caller's transaction: heal what differs, compare it again, write down what was found."""
    verdicts = [Verdict(shown, seen.before.get(shown.number)) for shown in seen.agreeing]
    if seen.differing:
        verdicts += _settled(store, seen, settled_until, now)
    findings.write(store, run_id, verdicts)


def _settled(store: Store, seen: Look, settled_until: datetime, now: datetime) -> Iterator[Verdict]:
    current = records.load(store.pk, [shown.number for shown in seen.differing])
    differences: dict[str, tuple[Difference, ...]] = {}
    for shown in seen.differing:
        record = current.get(shown.number)
        if shown.problem is not None:
            yield _unreadable(shown, shown.problem, record)
            continue
        found = compare(shown.number, shown.order, record, shown.commerce)
        if not found or not _unchanged(record, seen.before.get(shown.number)):
            yield Verdict(shown, record, found)
            continue
        differences[shown.number] = found
        heal(store, shown, record, found, now=now)
    after = records.load(store.pk, differences) if differences else {}
    for shown in seen.differing:
        if shown.number in differences:
            yield _verdict(shown, differences[shown.number], after.get(shown.number), settled_until)


def _unreadable(shown: Shown, problem: Sentence, record: Record | None) -> Verdict:
    found = Difference(kind=Kind.UNREADABLE, side=Platform.MARKETPLACE, sentence=problem)
    decision = judge(found, record)
    return Verdict(shown, record, (found,), proposed=[(found, decision)] if isinstance(decision, Proposal) else [])


def _unchanged(record: Record | None, before: Record | None) -> bool:
    """What happened to the order between reading and now makes the reading stale: the next run looks again."""
    return (record and record.version) == (before and before.version)


def _verdict(
    shown: Shown, differences: tuple[Difference, ...], record: Record | None, settled_until: datetime
) -> Verdict:
    left = compare(shown.number, shown.order, record, shown.commerce)
    keys = {difference.key for difference in left}
    verdict = Verdict(shown, record, left, tuple(one for one in differences if one.key not in keys))
    if shown.order is not None and shown.order.ordered_at > settled_until:
        verdict.healed = tuple(one for one in verdict.healed if one.kind != Kind.MISSING_HERE)
    for difference in left:
        decision = judge(difference, record)
        if isinstance(decision, Proposal):
            verdict.proposed.append((difference, decision))
    return verdict
