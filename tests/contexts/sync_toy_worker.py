"""A real worker process with the toy kinds and a toy platform: `python sync_toy_worker.py`."""

import asyncio
import logging
import os
from types import SimpleNamespace

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "channel_manager.config.settings")
django.setup()

import sync_toys  # noqa: E402 - models need Django first

from channel_manager import gateways  # noqa: E402
from channel_manager.worker.kinds import KINDS  # noqa: E402
from channel_manager.worker.run import run_worker  # noqa: E402


class Stuck(sync_toys.Note):
    """Its first attempt never ends."""

    name = "stuck"

    async def send(self, claim, prepared, gateways, progress):
        if claim.attempt == 1:
            await asyncio.Event().wait()
        return await super().send(claim, prepared, gateways, progress)


async def gateways_for(store_id):
    return SimpleNamespace(marketplace=sync_toys.Wire(), commerce=sync_toys.Wire())


def main():
    logging.disable(logging.INFO)
    KINDS.clear()
    KINDS.update(sync_toys.KINDS | {"stuck": Stuck()})
    gateways.gateways_for = gateways_for
    run_worker()


if __name__ == "__main__":
    main()
