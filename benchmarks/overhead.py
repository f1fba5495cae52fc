"""What a job costs beside its work: POST → DONE, against the same DataFrame work called directly in the same driver.

    python -m benchmarks.overhead [RUNS]

Both read the same 100 lines of JSON, parse them and collect five rows. The direct call is hand-written PySpark. Runs
alternate; the rows of both are compared first.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import httpx
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from benchmarks import events
from benchmarks.direct import Direct
from benchmarks.figures import spread
from benchmarks.system import System

STEPS = [["load_rdd", "small.jsonl"], ["jsonify"], ["take", 5]]


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


def job(client: httpx.Client) -> str:
    """One job, from POST until the server says DONE."""
    job_id = client.post("/jobs/submit", json={"steps": STEPS}).raise_for_status().json()["job_id"]
    record = client.get(f"/jobs/{job_id}", params={"wait": 30, "since": "QUEUED"}).json()
    while record["state"] in ("QUEUED", "RUNNING"):
        record = client.get(f"/jobs/{job_id}", params={"wait": 30, "since": record["state"]}).json()
    if record["state"] != "DONE":
        raise SystemExit(f"the job ended {record['state']}: {record['reason']}")
    return str(job_id)


def main(runs: int = 200) -> None:
    """Measures."""
    with tempfile.TemporaryDirectory() as name, Direct(Path(name)) as direct:
        folder = Path(name)
        path = folder / "small.jsonl"
        events.write(100, path)
        session = direct.engine.session()
        with System(folder, direct.engine) as system, httpx.Client(base_url=system.url, timeout=60) as client:
            rows = client.get(f"/jobs/{job(client)}/result").json()["rows"]
            expected = [json.loads(row) for row in by_hand(session, path)]
            if rows != expected:
                raise SystemExit(f"the rows differ:\n{rows}\n{expected}")
            print("rows: the same both ways")
            jobs: list[float] = []
            direct_calls: list[float] = []
            for run in range(runs + 20):  # the first twenty warm up
                began = time.perf_counter()
                job(client)
                middle = time.perf_counter()
                by_hand(session, path)
                ended = time.perf_counter()
                if run >= 20:
                    jobs.append((middle - began) * 1000)
                    direct_calls.append((ended - middle) * 1000)
        print("job over HTTP: ", spread(jobs, "ms"))
        print("called directly:", spread(direct_calls, "ms"))
        overhead = [mine - theirs for mine, theirs in zip(jobs, direct_calls, strict=True)]
        print(
            f"overhead:       median of differences {statistics.median(overhead):.2f} ms, "
            f"difference of medians {statistics.median(jobs) - statistics.median(direct_calls):.2f} ms"
        )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
