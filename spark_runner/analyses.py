"""Takes analyses beside jobs, a few at once, and answers each in time."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import structlog

from functions.check import Fault
from functions.errors import StepFailed
from server.analyses.analysis import Analysis, Findings
from server.analyses.store import AnalysisStore
from server.ending import end
from server.errors import StoreUnavailable
from server.secrets import SecretsUnreadable
from spark_runner.analysis import Analyst, sample_group, whole_group
from spark_runner.engine import Engine
from spark_runner.reasons import Stopped

log = structlog.get_logger()

_AT_ONCE = 2
#: How long one wait for an analysis lasts, and the pause after Redis did not answer, seconds.
_WAIT_SECONDS = 5.0
_RECONNECT_SECONDS = 0.5


class Analyses:
    """The analyses of one runner. `run` works until it is cancelled."""

    def __init__(self, store: AnalysisStore, engine: Engine, analyst: Analyst, *, max_seconds: float) -> None:
        """Takes none yet.

        Args:
            store: Where analyses wait.
            engine: Runs, and stops, their Spark work.
            analyst: Does the work.
            max_seconds: How long one may take.
        """
        self._store = store
        self._engine = engine
        self._analyst = analyst
        self._max_seconds = max_seconds
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="analysis")

    async def run(self) -> None:
        """Takes one analysis after the other."""
        workers = [asyncio.create_task(self._work()) for _ in range(_AT_ONCE)]
        try:
            await asyncio.gather(*workers)
        finally:
            await end(workers)
            self._threads.shutdown(wait=False, cancel_futures=True)

    async def _work(self) -> None:
        while True:
            try:
                analysis = await self._store.take(_WAIT_SECONDS)
                if analysis is not None:
                    await self._store.answer(analysis.id, await self._findings(analysis))
            except (StoreUnavailable, TimeoutError):
                await asyncio.sleep(_RECONNECT_SECONDS)
            except SecretsUnreadable as error:
                log.warning("analysis_failed", error=error.detail)

    async def _findings(self, analysis: Analysis) -> Findings:
        loop = asyncio.get_running_loop()
        is_late = False
        cancelling: list[asyncio.Future[None]] = []

        def check() -> None:
            if is_late:
                raise Stopped("timeout")

        def stop() -> None:
            nonlocal is_late
            is_late = True
            for group in (whole_group(analysis.id), sample_group(analysis.id)):
                cancelling.append(asyncio.ensure_future(asyncio.to_thread(self._engine.cancel, group)))

        timer = loop.call_later(self._max_seconds, stop)
        try:
            return await loop.run_in_executor(self._threads, self._analyst.analyse, analysis, check)
        except Stopped:
            hint = "submit the job without it: it is worked out again when it runs"
            return Findings((Fault("/steps", f"took longer to analyse than {self._max_seconds:g} s", hint),))
        except StepFailed as error:
            return Findings((Fault("/options", error.detail, error.hint, error.code),))
        except Exception as error:  # noqa: BLE001 - whoever waits is to be told something, whatever went wrong
            log.warning("analysis_failed", analysis=analysis.id, error=type(error).__name__)
            return Findings((Fault("/steps", f"could not be analysed: an unexpected {type(error).__name__}"),))
        finally:
            timer.cancel()
