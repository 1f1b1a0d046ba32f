"""Runs everything on a throw-away installation and prints one table. Takes two minutes; `--quick` half a minute."""

import argparse
import importlib
import signal
import sys

from benchmarks.installation import Installation


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small numbers: shows that it runs, measures little")
    quick = parser.parse_args().quick
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that everything started is stopped
    with Installation() as installation:
        everything = importlib.import_module("benchmarks.everything")  # needs the installation's settings
        everything.run(installation, quick=quick)


if __name__ == "__main__":
    main()
