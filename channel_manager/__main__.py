"""`channel-manager`, the one executable."""

import sys

from channel_manager.cli.app import run


def main() -> None:
    sys.exit(run())


if __name__ == "__main__":
    main()
