"""The runner's process: reads the settings, warms Spark up, works until told to stop."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import threading
from uuid import uuid4

import structlog
import uvloop

from functions import catalog as functions_catalog
from server.analyses.store import AnalysisStore
from server.batches.store import BatchStore
from server.ending import end
from server.jobs.store import JobStore
from server.logs import configure
from server.redis_connection import connect
from server.secrets import Cipher, load_or_make_key
from server.settings import Settings
from spark_runner.analyses import Analyses
from spark_runner.analysis import Analyst
from spark_runner.batches import BatchService
from spark_runner.engine import Engine
from spark_runner.runner import Runner

log = structlog.get_logger()

#: Exit code after an idle shutdown: to be started again when a job is submitted.
IDLE = 64


async def work(settings: Settings) -> int:
    """Runs one runner; returns the process' exit code."""
    settings.state_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = load_or_make_key(settings.state_folder / "secret.key", settings.secret_key)
    redis = connect(settings.redis_url)
    store = JobStore(redis, Cipher(key))
    batches = BatchStore(redis, Cipher(key))
    analyses = AnalysisStore(redis, Cipher(key))
    catalog = functions_catalog.load(settings.functions_folder)
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    engine = await asyncio.to_thread(_warm_engine, settings)
    threading.Thread(target=_end_when_lost, args=(engine,), daemon=True).start()
    try:
        owner = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
        async with batches.changes() as changes:
            service = BatchService(batches, changes, settings)
            runner = Runner(store, engine, catalog, settings, owner, batches=service)
            watch = asyncio.create_task(_stop_when(stopped, runner))
            analyst = Analyst(engine, catalog, settings, service)
            beside = Analyses(analyses, engine, analyst, max_seconds=settings.analysis_seconds)
            analysing = asyncio.create_task(beside.run())
            log.info("runner_ready", owner=owner, master=settings.master, spark=engine.version, slots=settings.slots)
            idle = await runner.run()
            await end((watch, analysing))
    finally:
        await asyncio.to_thread(engine.stop)
        await analyses.aclose()
        await redis.aclose()
    log.info("runner_stopped", idle=idle)
    return IDLE if idle else 0


def _end_when_lost(engine: Engine) -> None:
    """Without its JVM this process can do nothing: it ends at once, and the supervisor starts another."""
    code = engine.wait_lost()
    log.error("driver_lost", exit_code=code)
    os._exit(70)


def _warm_engine(settings: Settings) -> Engine:
    engine = Engine(settings)
    engine.warm_up()
    return engine


async def _stop_when(stopped: asyncio.Event, runner: Runner) -> None:
    await stopped.wait()
    runner.stop()


def main() -> None:
    """The process entry."""
    settings = Settings()
    configure(settings.log_format)
    sys.exit(uvloop.run(work(settings)))


if __name__ == "__main__":
    main()
