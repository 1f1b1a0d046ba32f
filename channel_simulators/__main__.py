"""`channel-simulators`: run the simulators in the foreground, or act on running ones (`buy`, `ship`, `fault`, …)."""

import argparse
import asyncio
import importlib
import sys
from collections.abc import Coroutine
from pathlib import Path

from channel_simulators import commands

PLATFORMS = ("walmart", "commerce")
DEFAULT_PORT = 8101


def main(arguments: list[str] | None = None) -> None:
    arguments = sys.argv[1:] if arguments is None else arguments
    if not {*PLATFORMS, "both"} & set(arguments[:1]) and set(arguments) & commands.ACTIONS.keys():
        commands.main(arguments)
        return
    given = _parser().parse_args(arguments)
    platforms = PLATFORMS if given.platform == "both" else (given.platform,)
    servers = [
        _server(platform, given.port + position if given.port else 0, _state_file(given, platform))
        for position, platform in enumerate(platforms)
    ]
    asyncio.run(_until_one_ends(servers))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="channel-simulators", description=__doc__)
    parser.add_argument("platform", choices=(*PLATFORMS, "both"))
    parser.add_argument(
        "--port", type=int, default=DEFAULT_PORT, help="of the first simulator, the second takes the next; 0 for any"
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--state-dir", type=Path, help="keep <platform>-simulator.json here")
    where.add_argument("--state", type=Path, help="keep the state in this file; for one platform")
    parser.epilog = "On running simulators: " + ", ".join(commands.ACTIONS) + "; each has --help."
    return parser


def _state_file(given: argparse.Namespace, platform: str) -> Path | None:
    if given.state_dir is not None:
        directory: Path = given.state_dir
        return directory / f"{platform}-simulator.json"
    if given.state is None:
        return None
    if given.platform == "both":
        raise SystemExit("--state names one file: use --state-dir for both.")
    file: Path = given.state
    return file


def _server(platform: str, port: int, state_file: Path | None) -> Coroutine[None, None, None]:
    """Imported here, so that one simulator starts without the other's code."""
    module = importlib.import_module(f"channel_simulators.{platform}.server")
    server: Coroutine[None, None, None] = module.serve(port, state_file)
    return server


async def _until_one_ends(servers: list[Coroutine[None, None, None]]) -> None:
    """A signal reaches the server that asked for it last; its end is the end of all."""
    tasks = [asyncio.ensure_future(server) for server in servers]
    done, waiting = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    for task in done:
        task.result()


if __name__ == "__main__":
    main()
