"""`python -m server.supervisor [demo|serve]`: the process that `./start.sh` becomes."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Awaitable
from functools import partial

import structlog
from pydantic import ValidationError
from redis.exceptions import RedisError

from functions import catalog
from functions.errors import SpeedyError
from server import logs
from server.limits import Limits
from server.redis_connection import connect
from server.settings import Settings, unknown_settings
from server.supervisor.demo import run_demo
from server.supervisor.embedded_redis import durability_gaps
from server.supervisor.locks import take_data_folder
from server.supervisor.tree import Tree, children_environment, dispatcher_program, http_program, listen, runner_program
from server.supervisor.waking import wait_for_work

log = structlog.get_logger("supervisor")


async def serve(settings: Settings) -> None:
    """Runs everything in the foreground until a signal, or until a part cannot be kept alive.

    Raises:
        SpeedyError: When the data folder or the port is taken, or a part does not start.
    """
    lock = take_data_folder(settings.state_folder)
    listener = None
    try:
        listener = listen(settings.host, settings.port)
        if settings.redis_url:
            await _report_gaps(settings.redis_url)
        tree = Tree(
            settings,
            listener,
            environ=children_environment(),
            http=partial(http_program, listener),
            runner=runner_program,
            dispatchers=[partial(dispatcher_program, number) for number in range(settings.dispatchers)],
            wait_for_work=wait_for_work,
        )
        stop = _stop_on_signals(tree)
        try:
            if await _unless(stop, tree.start()):
                host, port = listener.getsockname()[:2]
                sys.stdout.write(f"Speedy Gonzales is ready: http://{_url_host(host)}:{port}\n")
                sys.stdout.flush()
                await _unless(stop, tree.failed())
        finally:
            await tree.stop()
    finally:
        if listener is not None:
            listener.close()
        lock.release()


def _stop_on_signals(tree: Tree) -> asyncio.Event:
    """An event that the first SIGINT, SIGTERM or SIGHUP sets; a second one makes the stop hurry."""
    stop = asyncio.Event()

    def on_signal(number: signal.Signals) -> None:
        if stop.is_set():
            tree.hurry.set()
        else:
            log.info("stopping; once more to hurry", signal=number.name)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number is signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN:
            continue  # started by nohup
        asyncio.get_running_loop().add_signal_handler(number, on_signal, number)
    return stop


async def _unless(stop: asyncio.Event, work: Awaitable[None]) -> bool:
    """Awaits `work` until `stop` is set; whether the work ended first. Its error is raised."""
    task = asyncio.ensure_future(work)
    stopped = asyncio.ensure_future(stop.wait())
    await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if task.done():
        task.result()
        return True
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    return False


async def _report_gaps(url: str) -> None:
    redis = connect(url)
    try:
        for gap in await durability_gaps(redis):
            log.warning("not promised with this Redis", setting=gap)
    except RedisError as error:
        raise SpeedyError(f"the Redis of REDIS_URL does not answer: {error}") from error
    finally:
        await redis.aclose()


def _url_host(host: str) -> str:
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - shown, not listened on
        return "localhost"
    return f"[{host}]" if ":" in host else host


def main() -> int:
    """The command line; the exit code."""
    parser = argparse.ArgumentParser(prog="./start.sh", description="Runs Speedy Gonzales.")
    parser.add_argument("command", choices=["demo", "serve"], nargs="?", default="demo")
    command = parser.parse_args().command
    try:
        settings = Settings()  # also for the demo, which stops here when one is wrong
    except ValidationError as error:
        for item in error.errors(include_input=False, include_url=False):
            name = "_".join(str(part) for part in item["loc"]).upper()
            variable = name if name.endswith("REDIS_URL") else f"SPEEDY_{name.removeprefix('SPEEDY_')}"
            sys.stderr.write(f"The setting {variable} is not valid: {item['msg']}\n")
        return 2
    logs.configure(settings.log_format)
    for name, hint in unknown_settings(os.environ).items():
        log.warning("there is no such setting", setting=name, hint=hint)
    try:
        if command == "demo":
            return run_demo()
        Limits(settings)  # a file of API keys that is not right ends the start here, not each process later
        if settings.functions_folder is not None:
            catalog.load(settings.functions_folder)
        asyncio.run(serve(settings))
    except catalog.BadDefinition as error:
        sys.stderr.write(f"Speedy Gonzales cannot run: {error}\n")
        sys.stderr.write("What to do: mend the file in the folder of SPEEDY_FUNCTIONS_PATH, or move it away\n")
        return 1
    except SpeedyError as error:
        sys.stderr.write(f"Speedy Gonzales cannot run: {error.detail}\n")
        if error.hint:
            sys.stderr.write(f"What to do: {error.hint}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
