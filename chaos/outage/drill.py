"""What a day without either platform has in common: orders are open, a day passes, nobody acts afterwards.

An hour passes by bringing every moment at which something is to be tried again an hour nearer.
"""

import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from channel_manager.sync import sql
from chaos.campaign import Campaign, Running
from chaos.judging import record, verdict
from chaos.judging.record import Ours
from chaos.judging.report import Report
from chaos.lives.stories import Life, Line
from chaos.processes.installation import Installation
from chaos.processes.starting import wait_until
from chaos.schedule import chance
from chaos.wire.proxy import Books, Proxy

HOURS = 24
HOUR_SECONDS = 0.8
"""What a worker has of each simulated hour."""
PATIENCE = 420.0
DAY = timedelta(days=1)
HOUR_PASSES = (
    """
    UPDATE sync_operation SET due_at = due_at - interval '1 hour'
    WHERE state = 'waiting' AND (error IS NOT NULL OR kind = 'acknowledge')
    """,
    "UPDATE sync_lane SET blocked_until = blocked_until - interval '1 hour'",
    "UPDATE sync_platform_pause SET next_check_at = next_check_at - interval '1 hour'",
    "UPDATE sync_stream_cursor SET due_at = due_at - interval '1 hour'",
)
DELIVERED = """
    SELECT attempt.started_at AS at, operation.deadline FROM sync_attempt attempt
    JOIN sync_operation operation ON operation.id = attempt.operation_id
    WHERE operation.kind = %s AND operation.attempt = 1 ORDER BY attempt.started_at
"""
ACTED = "SELECT count(*) AS times FROM history_event WHERE actor = 'person' AND at > %s"


class Drill:
    """`lives` are open when the platform goes out, and go one step on during the day; `arriving` come meanwhile."""

    side: ClassVar[str]
    waiting: ClassVar[str]
    """The kind of operation that must go out with the earliest deadline first."""

    def __init__(self, campaign: Campaign, out: Proxy, seed: int, orders: int) -> None:
        self.campaign, self.out = campaign, out
        self.lives = [self.life(seed, index) for index in range(orders)]
        self.arriving = [blank(seed, orders + index, "bought meanwhile") for index in range(orders // 4)]

    def life(self, seed: int, index: int) -> Life:
        raise NotImplementedError

    def prepare(self) -> None:
        """Before any order is placed."""

    def before_it_is_back(self) -> None:
        """The day is over and the platform is still out."""

    def checks(self, books: Books) -> Mapping[str, list[str]]:
        """What else is wrong, by what it is about."""
        return {}

    def live(self) -> None:
        """1. Orders are open. 2. The platform is out; people ship, cancel and buy. 3. It is back; nobody acts."""
        self.prepare()
        for life in self.lives:
            self._place(life)
        self.wait(lambda: self._are_settled(self.lives, 0), "all orders in Commerce")
        self.out.down = True
        for hour in range(HOURS):
            for life in self.lives[hour::HOURS]:
                self.campaign.people.act(life, 0)
            for life in self.arriving[hour::HOURS]:
                self._place(life)
            self._an_hour()
        self.before_it_is_back()
        self.back, began = datetime.now(UTC), time.monotonic()
        self.out.down = False
        self.wait(lambda: self._are_settled(self.lives, 1), "everything that waited")
        self.recovery = time.monotonic() - began
        self.wait(lambda: self._are_settled(self.arriving, 0), "what was bought meanwhile")

    def judge(self, installation: Installation, books: Books, report: Report) -> dict[str, list[str]]:
        for life, done in [*((life, 1) for life in self.lives), *((life, 0) for life in self.arriving)]:
            self.campaign.ended[life.number] = Running(life, done=done, stopped="finished")
        self.campaign.placed = len(self.campaign.ended)
        detail = verdict.judge(self.campaign, installation, books, report)
        checks = {"deadlines": self._out_of_order(), "people": self._acted(), **self.checks(books)}
        report.violations |= {about: found for about, found in checks.items() if found}
        report.faults[f"hours without {self.side}"] = HOURS
        report.stories = {"seconds until all was told": round(self.recovery)}
        return detail

    def wait(self, condition: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
        def looked() -> bool:
            self.campaign.look_after()
            time.sleep(0.3)
            return condition()

        wait_until(looked, what, seconds)

    def found(self, lives: Sequence[Life]) -> dict[str, Ours]:
        return record.read([life.number for life in lives])

    def _are_settled(self, lives: Sequence[Life], done: int) -> bool:
        found = self.found(lives)
        return all(record.is_settled(life, done, found.get(life.number)) for life in lives)

    def _place(self, life: Life) -> None:
        """Deadlines are not in the order in which anything happens."""
        line = life.lines[0]
        ship_by = datetime.now(UTC) + DAY * (1 + 3 * chance(life.seed, "ship by", life.index))
        self.campaign.people.walmart.place_order(
            lines=[{"sku": line.sku, "quantity": line.quantity, "price": line.price}],
            purchase_order_id=life.number,
            estimated_ship_date=ship_by.strftime("%Y-%m-%dT%H:%M:%SZ"),
        )

    def _an_hour(self) -> None:
        self.campaign.look_after()
        time.sleep(HOUR_SECONDS)
        for statement in HOUR_PASSES:
            sql.execute(statement)

    def _out_of_order(self) -> list[str]:
        """What is taken together has the earliest deadlines of what is left, but for what was tried in vain."""
        batches: dict[datetime, list[datetime]] = {}
        for row in sql.rows(DELIVERED, [self.waiting]):
            batches.setdefault(row["at"], []).append(row["deadline"])
        taken = list(batches.values())
        return [
            f"batch {place} of {len(taken)} ({len(after)} of {self.waiting}) waited behind later deadlines"
            for place, (before, after) in enumerate(itertools.pairwise(taken), 2)
            if max(before) > min(after)
        ]

    def _acted(self) -> list[str]:
        times: Any = sql.rows(ACTED, [self.back])[0]["times"]
        return [f"people acted {times} times"] if times else []


def blank(seed: int, index: int, story: str) -> Life:
    """An order of one line to which nothing has happened yet."""
    return Life(seed, index, (Line("SPATULA", 1 + index % 3, "7.77"),), story, ())
