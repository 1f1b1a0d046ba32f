"""One platform is out for a simulated day while the shop goes on: afterwards everything is delivered, by itself.

`python -m chaos.outage`. An hour passes by bringing every moment at which something is to be tried again an hour
nearer; what the platform allows in a minute is left as it really is for the call that is measured.
"""

import argparse
import importlib
import itertools
import signal
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from chaos.installation import Installation, wait_until
from chaos.lives import Life, Line, Step
from chaos.points import Names
from chaos.proxy import Books, Proxy
from chaos.report import Report, show
from chaos.schedule import chance

HOURS = 24
HOUR_SECONDS = 0.8
"""What a worker has of each simulated hour."""
SHIPMENTS_A_MINUTE = 60
FACTOR = 10
PATIENCE = 420.0
DAY = timedelta(days=1)
HOUR_PASSES = (
    "UPDATE sync_operation SET due_at = due_at - interval '1 hour' WHERE state = 'waiting' AND error IS NOT NULL",
    "UPDATE sync_lane SET blocked_until = blocked_until - interval '1 hour'",
    "UPDATE sync_platform_pause SET next_check_at = next_check_at - interval '1 hour'",
    "UPDATE sync_stream_cursor SET due_at = due_at - interval '1 hour'",
)
DELIVERED = """
    SELECT attempt.started_at AS at, operation.deadline FROM sync_attempt attempt
    JOIN sync_operation operation ON operation.id = attempt.operation_id
    WHERE operation.kind = 'report_shipment' AND operation.attempt = 1 ORDER BY attempt.started_at
"""
ACTED = "SELECT count(*) AS times FROM history_event WHERE actor = 'person' AND at > %s"


def main() -> None:
    parser = argparse.ArgumentParser(prog="chaos.outage", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--orders", type=int, default=150, help="shipped while Walmart is out")
    parser.add_argument("--folder", type=Path, help="keep data and logs here; else they are thrown away")
    parser.add_argument("--json", type=Path, help="write the report to this file too")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that everything started is stopped
    report, detail = run(given.seed, given.orders, given.folder)
    show(report, detail)
    if given.json:
        report.write(given.json)
    sys.exit(0 if report.passed else 1)


def run(seed: int, orders: int, folder: Path | None) -> tuple[Report, dict[str, Any]]:
    books, began = Books(seed, is_on=False), time.monotonic()
    report = Report(seed=seed, replay=f"python -m chaos.outage --seed {seed} --orders {orders}")
    with Installation(folder, limits=FACTOR, unhurried="ship") as installation:
        campaign_ = importlib.import_module("chaos.campaign")  # needs the installation's settings
        campaign, names = campaign_.Campaign(installation, books, at_once=0), Names()
        with (
            Proxy("walmart", installation.walmart_url, books, names, campaign.disaster) as walmart,
            Proxy("commerce", installation.commerce_url, books, names, campaign.disaster) as commerce,
        ):
            campaign.connect(walmart.url, commerce.url)
            drill = Drill(campaign, walmart, seed, orders)
            drill.live()
            report.seconds = time.monotonic() - began
            return report, drill.judge(installation, books, report)


class Drill:
    def __init__(self, campaign: Any, walmart: Proxy, seed: int, orders: int) -> None:
        self._campaign, self._walmart = campaign, walmart
        self._lives = [_life(seed, index) for index in range(orders)]
        self._arriving = [_life(seed, orders + index) for index in range(orders // 4)]
        self._sql = importlib.import_module("channel_manager.sync.sql")
        self._record = importlib.import_module("chaos.record")

    def live(self) -> None:
        """1. Orders are open. 2. Walmart is out; the shop ships, buyers buy. 3. Walmart is back; nobody acts."""
        people = self._campaign.people
        people.walmart.set_options(limits={"orders.ship": SHIPMENTS_A_MINUTE / FACTOR})
        for life in self._lives:
            self._place(life)
        self._wait(lambda: self._are("acked", self._lives), "all orders in Commerce")
        self._walmart.down = True
        for hour in range(HOURS):
            for life in self._lives[hour::HOURS]:
                people.act(life, 0)
            for life in self._arriving[hour::HOURS]:
                self._place(life)
            self._an_hour()
        self._wait(lambda: self._are("sent_shipped", self._lives), "all shipments of the shop")
        self.back = datetime.now(UTC)
        self._walmart.down = False
        began = time.monotonic()
        self._wait(lambda: self._are("shipped", self._lives), "all shipments at Walmart")
        self.recovery = time.monotonic() - began
        self._wait(lambda: self._are("acked", self._arriving), "what was bought meanwhile")

    def judge(self, installation: Installation, books: Books, report: Report) -> dict[str, Any]:
        campaign_ = importlib.import_module("chaos.campaign")
        for life, done in [*((life, 1) for life in self._lives), *((life, 0) for life in self._arriving)]:
            self._campaign.ended[life.number] = campaign_.Running(life, done=done, stopped="finished")
        self._campaign.placed = len(self._campaign.ended)
        detail: dict[str, Any] = importlib.import_module("chaos.judging").judge(
            self._campaign, installation, books, report
        )
        checks = {"deadlines": self._out_of_order(), "rate limit": self._too_fast(books), "people": self._acted()}
        report.violations |= {about: found for about, found in checks.items() if found}
        report.faults["hours without Walmart"] = HOURS
        report.stories = {"seconds until all was told": round(self.recovery)}
        return detail

    def _place(self, life: Life) -> None:
        """Deadlines are not in the order in which anything happens."""
        line = life.lines[0]
        ship_by = datetime.now(UTC) + DAY * (1 + 3 * chance(life.seed, "ship by", life.index))
        self._campaign.people.walmart.place_order(
            lines=[{"sku": line.sku, "quantity": line.quantity, "price": line.price}],
            purchase_order_id=life.number,
            estimated_ship_date=ship_by.strftime("%Y-%m-%dT%H:%M:%SZ"),
        )

    def _an_hour(self) -> None:
        self._campaign.look_after()
        time.sleep(HOUR_SECONDS)
        for statement in HOUR_PASSES:
            self._sql.execute(statement)

    def _wait(self, condition: Any, what: str) -> None:
        def looked() -> bool:
            self._campaign.look_after()
            time.sleep(0.3)
            return bool(condition())

        wait_until(looked, what, PATIENCE)

    def _are(self, what: str, lives: list[Life]) -> bool:
        found = self._record.read([life.number for life in lives])
        if len(found) < len(lives):
            return False
        if what == "acked":
            return all(one.row["acked"] and one.row["commerce_order_id"] for one in found.values())
        return all(
            one.units(what) == {line["number"]: line["quantity"] for line in one.row["lines"]} for one in found.values()
        )

    def _out_of_order(self) -> list[str]:
        """What is taken together has the earliest deadlines of what is left, but for what was tried in vain."""
        rows = self._sql.rows(DELIVERED)
        batches: dict[datetime, list[datetime]] = {}
        for row in rows:
            batches.setdefault(row["at"], []).append(row["deadline"])
        taken = list(batches.values())
        return [
            f"batch {place} of {len(taken)} ({len(after)} shipments) waited behind later deadlines"
            for place, (before, after) in enumerate(itertools.pairwise(taken), 2)
            if max(before) > min(after)
        ]

    def _too_fast(self, books: Books) -> list[str]:
        """Walmart's own bucket, filled anew by the simulator's times of the calls; and no call was refused by it."""
        tokens, before, found = float(SHIPMENTS_A_MINUTE), None, []
        for at, call, _status in self._walmart.writes:
            if call.endswith("/shipping"):
                gained = (at - before).total_seconds() * SHIPMENTS_A_MINUTE / 60 if before else 0.0
                tokens, before = min(SHIPMENTS_A_MINUTE, tokens + gained) - 1, at
                found += [f"{at:%H:%M:%S} one call too many"] if tokens < 0 else []
        return found + ([f"{books.statuses[429]} calls were refused as too many"] if books.statuses[429] else [])

    def _acted(self) -> list[str]:
        times = self._sql.rows(ACTED, [self.back])[0]["times"]
        return [f"people acted {times} times"] if times else []


def _life(seed: int, index: int) -> Life:
    line = Line("SPATULA", 1 + index % 3, "7.77")
    empty = Life(seed, index, (line,), "shipped while Walmart is out", ())
    return replace(empty, steps=(Step("ship_admin", empty.units, f"1Z{index:012d}"),))


if __name__ == "__main__":
    main()
