"""The dispatcher's process: `python -m server.batches`. Any number of them share all batches."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import resource
import signal
import socket
import sys

import structlog
import uvloop

from functions.errors import SpeedyError
from server import logs
from server.batches.dispatcher import Dispatcher
from server.batches.dispatching import TakenForDead
from server.batches.outputs import Outputs
from server.batches.store import BatchStore
from server.batches.webhooks import Webhooks
from server.redis_connection import connect
from server.secrets import Cipher, load_or_make_key
from server.settings import Settings

log = structlog.get_logger("dispatcher")


async def dispatch(settings: Settings, number: int) -> None:
    """Works until SIGTERM or SIGINT.

    Raises:
        TakenForDead: When it could not say in time that it lives.
    """
    stop = asyncio.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, stop.set)
    key = load_or_make_key(settings.state_folder / "secret.key", settings.secret_key)
    redis = connect(settings.redis_url)
    store = BatchStore(redis, Cipher(key))
    try:
        async with store.changes() as changes:
            dispatcher = Dispatcher(
                store,
                Outputs(store, settings.batches_folder),
                changes,
                Webhooks(store, settings),
                slot=_slot(settings, number),
                keep_days=settings.keep_days,
                idle_days=settings.batch_idle_days,
            )
            await dispatcher.run(stop, stop_seconds=settings.stop_seconds)
    finally:
        await redis.aclose()


def _slot(settings: Settings, number: int) -> str:
    """A name of our place that our successor has, too, and nobody else: one server runs in a data folder."""
    place = f"{socket.gethostname()} {settings.state_folder} {number}"
    return hashlib.sha256(place.encode()).hexdigest()[:32]


def main() -> int:
    """The command line; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m server.batches", description="Calls the webhooks of batches.")
    parser.add_argument("--number", type=int, default=0, help="which of several in this data folder, from 0")
    number = parser.parse_args().number
    settings = Settings()
    logs.configure(settings.log_format)
    if not settings.redis_url:
        sys.stderr.write("REDIS_URL is not set; ./start.sh serve starts a Redis of its own and sets it\n")
        return 2
    _allow_connections()
    try:
        uvloop.run(dispatch(settings, number))
    except TakenForDead:
        log.warning("could not say in time that this dispatcher lives; it begins anew")
        return 1
    except SpeedyError as error:
        sys.stderr.write(f"The dispatcher cannot run: {error.detail}\n")
        return 1
    return 0


def _allow_connections() -> None:
    """Every call needs a descriptor, and the usual limit is 1,024."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    sys.exit(main())
