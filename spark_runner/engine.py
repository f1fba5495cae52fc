"""Spark, warm: the only place that builds a session."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, Observation, SparkSession

from functions.storage import s3a
from server.settings import Settings
from spark_runner.jvm import remember_lookups

#: Settings of every session, and why.
_CONF = {
    "spark.scheduler.mode": "FAIR",  # a long job leaves room for short ones
    "spark.sql.caseSensitive": "true",  # JSON keys differ by case
    "spark.sql.variant.allowDuplicateKeys": "true",  # the last one wins, as in the original
    "spark.sql.session.timeZone": "UTC",
    # INT96, which is the default, has no zone, and readers put years beyond 1677 to 2262 into them.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    # Spark would put settings, and the server's environment, in the place of `${…}` in any SQL text.
    "spark.sql.variable.substitute": "false",
    # Texts and names in SQL are what `text_literal` and `quoted` write, whatever the machine's own settings say.
    "spark.sql.parser.escapedStringLiterals": "false",
    "spark.sql.parser.quotedRegexColumnNames": "false",
    # A text that no date pattern fits is a bad record, not an error because Spark 2 would have read it.
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
    # PySpark would look up the line of Python behind each column, for error messages; it doubles a plan's cost.
    "spark.python.sql.dataFrameDebugging.enabled": "false",
    "spark.ui.enabled": "false",  # it has no login and shows plans
    "spark.eventLog.enabled": "false",  # it would hold plans
    # A job's S3 credentials are part of its plan. Where memory is short Spark puts what it sends to tasks on the disk,
    # and there they must not be read; few steps shuffle, so it costs little.
    "spark.io.encryption.enabled": "true",
    "spark.ui.retainedJobs": "100",  # what the driver remembers of ended work is bounded
    "spark.ui.retainedStages": "100",
    "spark.ui.retainedTasks": "2000",
    "spark.sql.ui.retainedExecutions": "50",
    "spark.ui.showConsoleProgress": "false",
    # What is more Spark counts against `maxResultSize`, of all tasks together. Beside its work a task tells the first
    # records at fault: up to 2 MB for each step that sets some aside.
    "spark.task.maxDirectResultSize": "64m",
    "spark.log.level": "FATAL",  # a job's errors are told as its reason
    # Spark generates methods of over 8,000 bytes, which the JVM would not compile otherwise.
    "spark.driver.extraJavaOptions": "-XX:+UseG1GC -XX:MaxGCPauseMillis=100 -XX:-DontCompileHugeMethods",
}

#: Pause between looks for counts, seconds, after which Spark is asked whether more will come.
_PATIENCE = 0.016
_BUS_MILLISECONDS = 500

_LOCAL_CONF = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    # Spark does not interrupt a task, so the length of one is how long a short job may wait behind a long one.
    "spark.sql.files.maxPartitionBytes": "32m",
}


class Engine:
    """A Spark driver that many jobs share; each gets a session of its own (views, settings) and a fair pool."""

    def __init__(self, settings: Settings) -> None:
        # Spark's own Python workers run in this environment, not in the system's.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        builder = SparkSession.builder.master(settings.master).appName("speedy-gonzales")
        conf = _CONF | {"spark.driver.memory": settings.driver_memory}
        conf["spark.sql.warehouse.dir"] = str(settings.state_folder / "warehouse")
        if settings.master.startswith("local"):
            conf |= _LOCAL_CONF
        if settings.s3_connector == "s3a":
            conf |= s3a.conf(settings.s3_endpoint_url, settings.s3a_jars)
        for key, value in conf.items():
            builder = builder.config(key, value)
        self._base = builder.getOrCreate()
        #: For measurements; jobs use their sessions.
        self.context = self._base.sparkContext
        remember_lookups(self.context)
        if settings.master.startswith("local"):
            # One task for each core: more would only cost scheduling.
            parallelism = str(self.context.defaultParallelism)
            self.context._jsc.sc().conf().set("spark.sql.shuffle.partitions", parallelism)
        self.is_local = settings.master.startswith("local")

    @property
    def version(self) -> str:
        """Spark's version."""
        return self._base.version

    def wait_lost(self) -> int:
        """Blocks until the driver's JVM has ended, as when it ran out of memory; its exit code."""
        return int(self.context._gateway.proc.wait())  # type: ignore[union-attr]

    def is_lost(self, seconds: float = 1.0) -> bool:
        """Whether the JVM has ended, or ends within so many seconds: what it does after its connections broke."""
        try:
            self.context._gateway.proc.wait(seconds)  # type: ignore[union-attr]
        except subprocess.TimeoutExpired:
            return False
        return True

    def session(self) -> SparkSession:
        """A session of its own (views, settings) on the shared driver."""
        return self._base.newSession()

    def warm_up(self) -> None:
        """Runs a little of everything, so that the first job finds classes loaded and code compiled."""
        session = self.session()
        for _ in range(3):
            session.sql("select to_json(try_parse_json('[1]')) j").collect()
            list(session.range(3).toLocalIterator())

    @contextmanager
    def job(self, group: str, pool: str) -> Iterator[SparkSession]:
        """A session for an attempt; Spark work started in this thread meanwhile belongs to its group and pool.

        Spark never forgets a pool, so the caller names one of a few.
        """
        self.context.setJobGroup(group, f"job {group}", interruptOnCancel=True)
        self.context.setLocalProperty("spark.scheduler.pool", pool)
        try:
            yield self.session()
        finally:
            self.context.setLocalProperty("spark.jobGroup.id", None)  # type: ignore[arg-type]
            self.context.setLocalProperty("spark.scheduler.pool", None)  # type: ignore[arg-type]

    def plan(self, frame: DataFrame) -> str:
        """Spark's physical plan of a frame, as it explains it."""
        jvm = self.context._jvm
        return str(jvm.PythonSQLUtils.explainString(frame._jdf.queryExecution(), "simple"))  # type: ignore[union-attr]

    def cancel(self, group: str) -> None:
        """Stops the Spark work of an attempt; more of it may start unless its thread is told too."""
        self.context.cancelJobGroup(group)

    def has_run(self, group: str) -> frozenset[int]:
        """The numbers of the Spark jobs of a group that have started by now."""
        self._has_told()
        return frozenset(self.context.statusTracker().getJobIdsForGroup(group))

    def forbid(self, group: str) -> None:
        """Stops the Spark work of a group, and fails all that it begins from now on; see `is_forbidden`."""
        self.context._jsc.sc().cancelJobGroupAndFutureJobs(group)

    def stages(self, group: str) -> tuple[dict[str, Any], ...]:
        """An attempt's stages that Spark remembers, the newest twenty."""
        tracker = self.context.statusTracker()
        numbers: set[int] = set()
        for spark_job in tracker.getJobIdsForGroup(group):
            info = tracker.getJobInfo(spark_job)
            numbers.update(info.stageIds if info else ())
        found = [tracker.getStageInfo(number) for number in sorted(numbers)[-20:]]
        return tuple(
            {
                "stage": stage.stageId,
                "name": stage.name.split(" at ")[0],
                "tasks": stage.numTasks,
                "completed": stage.numCompletedTasks,
                "active": stage.numActiveTasks,
                "failed": stage.numFailedTasks,
            }
            for stage in found
            if stage
        )

    def observed(self, observations: Sequence[Observation], deadline: float) -> dict[str, Any] | None:
        """What observations of the same rows saw, the most of each; None where no action read through any.

        Empty where Spark left them out, as it does when it sees that nothing will come of the rows.

        `Observation.get` would wait for ever for an action that never comes; Spark delivers the numbers from
        its event queue, a few milliseconds after an action ended, and in the order of the actions.

        Args:
            observations: The observations.
            deadline: `time.monotonic()` until which to wait.
        """
        known = [(item, item._jo.future()) for item in observations if item._jo is not None]
        pause = 0.0005
        while known:
            done = [item for item, future in known if future.isCompleted()]
            if done:
                seen = [_numbers(item) for item in done]
                return {name: _most([each.get(name) for each in seen]) for name in {k for n in seen for k in n}}
            if time.monotonic() >= deadline:
                return None
            if pause > _PATIENCE and self._has_told():
                deadline = 0  # one more look
                continue
            time.sleep(pause)
            pause = min(pause * 2, 2 * _PATIENCE)
        return None

    def _has_told(self) -> bool:
        """Whether Spark has told all that happened, so that what nobody heard of will not come."""
        try:
            self.context._jsc.sc().listenerBus().waitUntilEmpty(_BUS_MILLISECONDS)
        except Py4JError:
            return False
        return True

    def stop(self) -> None:
        """Ends Spark."""
        self._base.stop()


def is_forbidden(error: BaseException | None) -> bool:
    """Whether an error comes of work that was stopped, or was not to begin."""
    while error is not None:
        if "[SPARK_JOB_CANCELLED]" in str(error):
            return True
        error = error.__cause__
    return False


def _most(told: list[Any]) -> Any:
    """The greatest number, or the longest list; None where nothing was told."""
    known = [each for each in told if each is not None]
    return max(known, key=lambda each: len(each) if isinstance(each, list) else each, default=None)


def _numbers(observation: Observation) -> dict[str, Any]:
    try:
        return dict(observation.get)
    except (Py4JError, PySparkException):
        return {}
