"""Token buckets per account and operation (walmart-api §7), refilled evenly over their period."""

from dataclasses import dataclass
from itertools import cycle
from math import ceil

from channel_simulators.walmart.state import Options, iso

MINUTE = 60_000
HOUR = 60 * MINUTE

LIMITS: dict[tuple[str, str], tuple[str, int, int]] = {
    ("POST", "/v3/token"): ("token", 30, MINUTE),
    ("GET", "/v3/token/detail"): ("token.detail", 30, MINUTE),
    ("GET", "/v3/orders"): ("orders.list", 5000, MINUTE),
    ("GET", "/v3/orders/released"): ("orders.released", 60, MINUTE),
    ("GET", "/v3/orders/{po}"): ("orders.get", 5000, MINUTE),
    ("POST", "/v3/orders/{po}/acknowledge"): ("orders.acknowledge", 60, MINUTE),
    ("POST", "/v3/orders/{po}/shipping"): ("orders.ship", 60, MINUTE),
    ("POST", "/v3/orders/{po}/cancel"): ("orders.cancel", 60, MINUTE),
    ("GET", "/v3/inventory"): ("inventory.get", 200, MINUTE),
    ("PUT", "/v3/inventory"): ("inventory.put", 200, MINUTE),
}
"""By method and route: name of the operation, requests, period in milliseconds."""

SPELLINGS = ("x-next-replenishment-time", "x-next-replenish-time")


@dataclass(slots=True)
class Bucket:
    capacity: float
    period: int
    tokens: float
    filled_at: int

    def take(self, now: int) -> bool:
        self.tokens = min(self.capacity, self.tokens + (now - self.filled_at) * self.capacity / self.period)
        self.filled_at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True

    def next_token_at(self) -> int:
        return self.filled_at + ceil(max(0.0, 1 - self.tokens) * self.period / self.capacity)


class Limits:
    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self._spellings = cycle(SPELLINGS)

    def take(self, owner: str, route: tuple[str, str], options: Options, now: int) -> tuple[bool, dict[str, str]]:
        """Whether the call may pass, and the headers its answer carries."""
        if route not in LIMITS:
            return True, {}
        name, requests, period = LIMITS[route]
        requests, period = (options.limits[name], MINUTE) if name in options.limits else (requests, period)
        bucket = self._bucket(owner, name, max(1.0, requests * options.limit_factor), period, now)
        passed = bucket.take(now)
        return passed, self.headers(int(bucket.tokens), bucket.next_token_at(), options)

    def headers(self, tokens: int, replenish_at: int, options: Options) -> dict[str, str]:
        spelling = options.replenish_header
        name = next(self._spellings) if spelling == "alternate" else spelling
        forms = {"epoch_ms": str(replenish_at), "epoch_s": str(ceil(replenish_at / 1000)), "iso": iso(replenish_at)}
        return {"x-current-token-count": str(tokens), name: forms[options.replenish_format]}

    def _bucket(self, owner: str, name: str, capacity: float, period: int, now: int) -> Bucket:
        bucket = self._buckets.get((owner, name))
        if bucket is None or (bucket.capacity, bucket.period) != (capacity, period):
            bucket = self._buckets[owner, name] = Bucket(capacity, period, capacity, now)
        return bucket
