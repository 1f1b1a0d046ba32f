"""Token buckets per account and operation, refilled evenly over their period (walmart-api §7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import cycle
from math import ceil

from channel_simulators.walmart.gateway.limits import MINUTE, RATES, operation
from channel_simulators.walmart.options import Options
from channel_simulators.walmart.state import iso

SPELLINGS = ("x-next-replenishment-time", "x-next-replenish-time")
FORMS = ("epoch_ms", "epoch_s", "iso")


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


class Buckets:
    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self._spellings = cycle(SPELLINGS)
        self._forms = cycle(FORMS)

    def take(
        self, owner: str, method: str, route: str, *, query: Mapping[str, str], options: Options, now: int
    ) -> tuple[bool, dict[str, str]]:
        """Whether the call may pass, and the headers its answer carries."""
        name = operation(method, route, query)
        if name is None:
            return True, {}
        requests, period = (options.limits[name], MINUTE) if name in options.limits else RATES[name]
        bucket = self._bucket(owner, name, max(1.0, requests * options.limit_factor), period, now)
        passed = bucket.take(now)
        return passed, self.headers(int(bucket.tokens), bucket.next_token_at(), options)

    def headers(self, tokens: int, replenish_at: int, options: Options) -> dict[str, str]:
        """Two pages spell the second header differently, and its value has had three forms (walmart-api §9 no. 49)."""
        spelling, form = options.replenish_header, options.replenish_format
        name = next(self._spellings) if spelling == "alternate" else spelling
        written = next(self._forms) if form == "alternate" else form
        forms = {"epoch_ms": str(replenish_at), "epoch_s": str(ceil(replenish_at / 1000)), "iso": iso(replenish_at)}
        return {"x-current-token-count": str(tokens), name: forms[written]}

    def _bucket(self, owner: str, name: str, capacity: float, period: int, now: int) -> Bucket:
        bucket = self._buckets.get((owner, name))
        if bucket is None or (bucket.capacity, bucket.period) != (capacity, period):
            bucket = self._buckets[owner, name] = Bucket(capacity, period, capacity, now)
        return bucket
