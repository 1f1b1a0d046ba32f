"""One platform is out for a simulated day while life goes on: afterwards everything is delivered, by itself.

`python -m chaos.outage`, and `--side commerce` for a day without the shop.
"""

import argparse
import importlib
import signal
import sys
import time
from pathlib import Path
from typing import Any

from chaos.judging.report import Report, show
from chaos.outage import FACTOR
from chaos.processes.installation import Installation
from chaos.wire.points import Names
from chaos.wire.proxy import Books, Proxy

SIDES = ("walmart", "commerce")


def main() -> None:
    given = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that everything started is stopped
    report, detail = run(given)
    show(report, detail)
    if given.json:
        report.write(given.json)
    sys.exit(0 if report.passed else 1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="chaos.outage", description=__doc__)
    parser.add_argument("--side", choices=SIDES, default=SIDES[0], help="which platform is out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--orders", type=int, default=150, help="open when the platform goes out")
    parser.add_argument("--folder", type=Path, help="keep data and logs here; else they are thrown away")
    parser.add_argument("--json", type=Path, help="write the report to this file too")
    return parser


def run(given: argparse.Namespace) -> tuple[Report, dict[str, Any]]:
    books, names, began = Books(given.seed, is_on=False), Names(), time.monotonic()
    command = f"python -m chaos.outage --side {given.side} --seed {given.seed} --orders {given.orders}"
    report = Report(seed=given.seed, replay=command)
    with Installation(given.folder, limits=FACTOR, unhurried="ship") as installation:
        campaign_ = importlib.import_module("chaos.campaign")  # needs the installation's settings
        drills = importlib.import_module(f"chaos.outage.{given.side}")
        campaign = campaign_.Campaign(installation, books, at_once=0)
        with (
            Proxy("walmart", installation.walmart_url, books, names, campaign.disaster) as walmart,
            Proxy("commerce", installation.commerce_url, books, names, campaign.disaster) as commerce,
        ):
            campaign.connect(walmart.url, commerce.url)
            out = walmart if given.side == "walmart" else commerce
            drill = drills.Day(campaign, out, given.seed, given.orders)
            drill.live()
            report.seconds = time.monotonic() - began
            return report, drill.judge(installation, books, report)


if __name__ == "__main__":
    main()
