"""The running shop: its state, its clock, and the way a change becomes visible and lasting."""

import asyncio
import time
from collections import defaultdict
from datetime import timedelta
from pathlib import Path

from channel_simulators.clock import Clock
from channel_simulators.commerce.exchanges import Exchanges
from channel_simulators.commerce.faults import Faults
from channel_simulators.commerce.sales import mail
from channel_simulators.commerce.store import persistence
from channel_simulators.commerce.store.seed import fresh_state
from channel_simulators.commerce.store.transaction import Transaction, stamp
from channel_simulators.commerce.wire.auth import Nonces


class Shop:
    def __init__(self, state_file: Path | None = None) -> None:
        self.file = state_file
        stored = persistence.load(state_file) if state_file is not None else None
        self.clock = Clock(timedelta(seconds=stored.clock_offset if stored else 0))
        self.state = stored or fresh_state(stamp(self.clock.now()))
        self.nonces = Nonces()
        self.faults = Faults()
        self.exchanges = Exchanges()
        self.locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._changed = asyncio.Event()

    def transaction(self) -> Transaction:
        return Transaction(self.state, self.clock.now())

    def commit(self, tx: Transaction) -> None:
        if tx.commit():
            self._changed.set()

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.state.clock_offset += seconds
        self._changed.set()
        self.run_cron()

    def run_cron(self) -> None:
        tx = self.transaction()
        mail.send_waiting(tx)
        self.commit(tx)

    def save(self) -> None:
        if self.file is not None:
            self._changed.clear()
            persistence.save(self.state, self.file)

    async def keep_saving(self) -> None:
        """Write the file shortly after each change, the less often the longer a write takes."""
        pause = 0.1
        while self.file is not None:
            await self._changed.wait()
            await asyncio.sleep(pause)
            began = time.monotonic()
            self.save()
            pause = max(0.1, 10 * (time.monotonic() - began))

    async def keep_cron(self) -> None:
        while True:
            await asyncio.sleep(1)
            self.run_cron()
