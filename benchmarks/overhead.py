"""What a job costs beside its work: POST → DONE, against the same DataFrame work called directly in the same driver.

    python -m benchmarks.overhead [RUNS]

All read the same 100 lines of JSON, parse them and collect five rows. *The same work* is the catalog's own functions
called in this process, without queue, leases, results on disk or HTTP. *By hand* is the shortest PySpark that gives the
same rows; it does not count rejects. Runs alternate; the rows of all are compared first.
"""

from __future__ import annotations

import http.client
import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from benchmarks import events
from benchmarks.direct import Direct
from benchmarks.figures import spread
from benchmarks.system import System
from functions.catalog import Function
from functions.records.rejects import Rejects
from functions.workspace import Lines

STEPS: list[Any] = [["load_rdd", "small.jsonl"], ["jsonify"], ["take", 5]]


def by_hand(session: SparkSession, path: Path) -> list[str]:
    """The same work, written by hand on the DataFrame API, with the same strictness about what is JSON."""
    lines = session.read.text([f"file://{path}"])
    end = "7d3f"
    wrapped = lines.select(
        "value", F.try_parse_json(F.concat(F.lit("["), F.col("value"), F.lit(f',"{end}"]'))).alias("parsed")
    )
    checked = wrapped.select(
        F.when(
            F.try_variant_get("parsed", "$[1]", "string") == end, F.try_variant_get("parsed", "$[0]", "variant")
        ).alias("object")
    )
    kept = checked.where(F.col("object").isNotNull())
    return [row.json for row in kept.select(F.to_json("object").alias("json")).limit(5).collect()]


def same_work(direct: Direct, path: Path) -> list[str]:
    """The catalog's functions, called directly."""
    session = direct.engine.session()
    find = direct.catalog.find
    lines = Lines(session.read.text([f"file://{path}"]))
    objects = called(find("jsonify"))(lines, rejects=Rejects())
    dataset = called(find("take"))(objects, 5)
    return [row.row for row in dataset.rows.limit(5).collect()]


def called(function: Function | None) -> Callable[..., Any]:
    """A catalog function's plain callable."""
    assert function is not None
    return function.call


class Client(threading.local):
    """A keep-alive connection for each thread, with as little of a client as there can be."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=120)

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """One request; the parsed answer."""
        text = None if body is None else json.dumps(body)
        self._connection.request(method, path, text, {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        found = json.loads(answer.read())
        if answer.status >= 300:
            raise SystemExit(f"{method} {path}: {answer.status} {found}")
        return found


def job(client: Client, steps: list[Any] = STEPS) -> str:
    """One job, from POST until the server says DONE."""
    job_id = client.ask("POST", "/jobs/submit", {"steps": steps})["job_id"]
    record = {"state": "QUEUED", "reason": None}
    while record["state"] in ("QUEUED", "RUNNING"):
        record = client.ask("GET", f"/jobs/{job_id}?wait=30&since={record['state']}")
    if record["state"] != "DONE":
        raise SystemExit(f"the job ended {record['state']}: {record['reason']}")
    return str(job_id)


def main(runs: int = 200) -> None:
    """Measures."""
    with tempfile.TemporaryDirectory() as place, Direct(Path(place)) as direct:
        folder = Path(place)
        path = folder / "small.jsonl"
        events.write(100, path)
        session = direct.engine.session()
        with System(folder, direct.engine) as system:
            client = Client(system.url)
            rows = client.ask("GET", f"/jobs/{job(client)}/result")["rows"]
            for found in (same_work(direct, path), by_hand(session, path)):
                if [json.loads(row) for row in found] != rows:
                    raise SystemExit(f"the rows differ:\n{rows}\n{found}")
            print("rows: the same all ways")
            times: dict[str, list[float]] = {"job over HTTP": [], "the same work": [], "by hand": []}
            ways = (lambda: job(client), lambda: same_work(direct, path), lambda: by_hand(session, path))
            for run in range(runs + 40):  # the first forty warm up
                for name, way in zip(times, ways, strict=True):
                    began = time.perf_counter()
                    way()
                    if run >= 40:
                        times[name].append((time.perf_counter() - began) * 1000)
        for name, values in times.items():
            print(f"{name:14s}", spread(values, "ms"))
        for peer in ("the same work", "by hand"):
            pairs = [mine - theirs for mine, theirs in zip(times["job over HTTP"], times[peer], strict=True)]
            print(f"overhead over {peer}: median of differences {statistics.median(pairs):.2f} ms")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
