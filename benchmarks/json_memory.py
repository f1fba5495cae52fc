"""Peak memory of driver and tasks for the job of `benchmarks/json_tables.py`, at one and at ten times the input.

    python -m benchmarks.json_memory [COUNT [TIMES]]

Prints the peaks of resident memory: the driver's Python, the JVM (in local mode driver and tasks are one), and the
largest of the Python workers that read for the tasks. The larger input is the same file under several names.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
from pathlib import Path

import psutil

from benchmarks import events
from benchmarks.direct import Direct
from benchmarks.json_tables import steps


class Peaks:
    """Watches this process and its children while the block runs."""

    def __init__(self) -> None:
        self.driver = self.jvm = self.worker = 0
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._look)

    def __enter__(self) -> Peaks:
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watch.join()

    def _look(self) -> None:
        me = psutil.Process()
        while not self._over.wait(0.1):
            self.driver = max(self.driver, me.memory_info().rss)
            for child in me.children(recursive=True):
                try:
                    size, command = child.memory_info().rss, " ".join(child.cmdline())
                except psutil.Error:
                    continue
                # Not the name: a process that the JVM has just forked bears that of a thread.
                if "pyspark.daemon" in command:
                    self.worker = max(self.worker, size)
                elif "java" in command:
                    self.jvm = max(self.jvm, size)


def main(count: int = 1_000_000, times: int = 10) -> None:
    """Measures."""
    with tempfile.TemporaryDirectory() as place, Direct(Path(place)) as direct:
        folder = Path(place)
        events.write(count, folder / "events.jsonl")
        size = (folder / "events.jsonl").stat().st_size
        for copies in (1, times):
            source = folder / f"in-{copies}"
            source.mkdir()
            for copy in range(copies):
                (source / f"part-{copy:03}").hardlink_to(folder / "events.jsonl")
            with Peaks() as peaks:
                direct.run(steps(str(source), folder / "out"))
            shutil.rmtree(folder / "out")
            print(
                f"{copies * size / 1e6:,.0f} MB: driver (Python) {peaks.driver / 1e6:.0f} MB, "
                f"JVM {peaks.jvm / 1e6:.0f} MB, Python of a task {peaks.worker / 1e6:.0f} MB",
                flush=True,
            )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
