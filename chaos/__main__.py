"""Runs the product's real workers under faults and compares whole states: `python -m chaos --seed 1 --faults 500`."""

import argparse
import importlib
import signal
import sys
import time
from pathlib import Path
from typing import Any

from chaos.judging.report import Report, show
from chaos.processes.installation import Installation
from chaos.processes.starting import HOST
from chaos.wire.hooks import Hooks
from chaos.wire.points import Names
from chaos.wire.proxy import Books, Proxy


def main() -> None:
    given = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that everything started is stopped
    report, detail = run(given)
    show(report, detail)
    if given.json:
        report.write(given.json)
    sys.exit(0 if report.passed else 1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", type=int, default=0, help="go on until so many were met")
    parser.add_argument("--orders", type=int, default=0, help="live so many orders; the way to see a seed again")
    parser.add_argument("--minutes", type=float, default=30.0, help="at most; what was begun is brought to its end")
    parser.add_argument("--at-once", type=int, default=30, help="orders that live at the same time")
    parser.add_argument("--folder", type=Path, help="keep data and logs here; else they are thrown away")
    parser.add_argument("--json", type=Path, help="write the report to this file too")
    return parser


def run(given: argparse.Namespace) -> tuple[Report, dict[str, Any]]:
    books, names = Books(given.seed), Names()
    report = Report(seed=given.seed)
    began = time.monotonic()
    with Hooks(books) as hooks, Installation(given.folder, public_url=hooks.url) as installation:
        hooks.target = f"http://{HOST}:{installation.web_port}"
        installation.serve_pages()
        campaign_ = importlib.import_module("chaos.campaign")  # needs the installation's settings
        verdict = importlib.import_module("chaos.judging.verdict")
        campaign = campaign_.Campaign(installation, books, at_once=given.at_once, tell=_tell)
        with (
            Proxy("walmart", installation.walmart_url, books, names, campaign.disaster) as walmart,
            Proxy("commerce", installation.commerce_url, books, names, campaign.disaster) as commerce,
        ):
            campaign.connect(walmart.url, commerce.url)
            campaign.follow_stock(walmart, commerce)
            campaign.run(faults=given.faults, orders=given.orders or (0 if given.faults else 24), minutes=given.minutes)
            report.seconds = time.monotonic() - began
            report.replay = f"python -m chaos --seed {given.seed} --orders {campaign.placed} --at-once {given.at_once}"
            return report, verdict.judge(campaign, installation, books, report)


def _tell(words: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {words}\n")


if __name__ == "__main__":
    main()
