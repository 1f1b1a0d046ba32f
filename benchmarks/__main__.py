"""Runs everything on a throw-away installation and prints one table. Takes some minutes; `--quick` half a minute.

`stock` runs that part alone; BENCH_SKUS=100000 lets it have so many SKUs.
"""

import argparse
import importlib
import signal
import sys

from benchmarks.installation import Installation


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small numbers: shows that it runs, measures little")
    parser.add_argument("part", nargs="?", choices=("everything", "stock"), default="everything")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that everything started is stopped
    with Installation() as installation:
        part = importlib.import_module(f"benchmarks.{asked.part}")  # needs the installation's settings
        part.run(installation, quick=asked.quick)


if __name__ == "__main__":
    main()
