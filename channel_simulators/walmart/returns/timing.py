"""What happens to returns by itself as the clock goes (walmart-api §3.3, §3.4)."""

from collections.abc import Iterator

from channel_simulators.walmart.returns import moves, origin
from channel_simulators.walmart.returns.kinds import BY_WALMART, KINDS
from channel_simulators.walmart.returns.state import ReturnLine, ReturnOptions, ReturnOrder
from channel_simulators.walmart.world import World

HOUR = 3600 * 1000
NEVER = 2**62


def catch_up(world: World, now: int) -> int:
    """Do what is due, each at its own time; return when to look again."""
    following = [NEVER]
    for rma in world.state.returns.orders.values():
        following += [at for at in _refund_for_the_seller(world, rma, now) if at > now]
        following += [at for at in _complete(world, rma, now) if at > now]
    return min(following)


def _refund_for_the_seller(world: World, rma: ReturnOrder, now: int) -> list[int]:
    """Nothing for replacements, exception items and what Walmart itself fulfilled: no seller is late there."""
    kind, options = KINDS[rma.kind], world.state.returns.options
    owed = not (kind.exception or kind.return_type == "REPLACEMENT" or rma.walmart_fulfilled)
    if not owed or not options.walmart_refunds:
        return []
    late = [(line, quantity, at) for line in rma.lines for quantity, at in _late(line, options)]
    for line, quantity, at in late:
        if at <= now and (left := min(quantity, origin.refundable(world, line))):
            moves.refund(world, rma, [(line, left)], channel=BY_WALMART, by="walmart", at=at)
    return [at for _, _, at in late]


def _late(line: ReturnLine, options: ReturnOptions) -> Iterator[tuple[int, int]]:
    """Units that arrived and when their refund falls to Walmart; the refunded ones count as the first to arrive."""
    refunded = line.refunded
    for arrival in line.arrivals:
        rest = max(0, arrival.quantity - refunded)
        refunded = max(0, refunded - arrival.quantity)
        if rest:
            yield rest, arrival.at + round(options.walmart_refunds_after_hours * HOUR)


def _complete(world: World, rma: ReturnOrder, now: int) -> list[int]:
    wait = round(world.state.returns.options.refund_seconds * 1000)
    waiting = [(line, refund) for line in rma.lines for refund in line.refunds if refund.completed_at is None]
    for line, refund in waiting:
        if refund.at + wait <= now:
            moves.complete(world, rma, line, refund, refund.at + wait)
    return [refund.at + wait for _, refund in waiting]
