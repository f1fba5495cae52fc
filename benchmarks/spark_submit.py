"""The trivial job on the warm server, against a fresh `spark-submit` for each job.

    python -m benchmarks.spark_submit [RUNS]

Both take five lines of the same text file and print or return them; the lines are compared first. Runs alternate.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyspark

from benchmarks.direct import Direct
from benchmarks.figures import ratio, spread
from benchmarks.overhead import Client, job
from benchmarks.system import System

_SCRIPT = """
import json, sys
from pyspark.sql import SparkSession
session = SparkSession.builder.getOrCreate()
rows = [row.value for row in session.read.text(sys.argv[1]).limit(5).collect()]
print("ROWS " + json.dumps(rows))
"""


def submit(script: Path, path: Path) -> list[str]:
    """A fresh spark-submit; its rows."""
    command = [
        str(Path(pyspark.__file__).parent / "bin" / "spark-submit"),
        "--master",
        "local[*]",
        str(script),
        str(path),
    ]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    line = next(line for line in output.splitlines() if line.startswith("ROWS "))
    return list(json.loads(line.removeprefix("ROWS ")))


def rows_of_job(client: Client) -> list[str]:
    """A job over HTTP; its rows."""
    job_id = job(client, [["load_rdd", "lines.txt"], ["take", 5]])
    return list(client.ask("GET", f"/jobs/{job_id}/result")["rows"])


def main(runs: int = 5) -> None:
    """Measures."""
    with tempfile.TemporaryDirectory() as name, Direct(Path(name)) as direct:
        folder = Path(name)
        path, script = folder / "lines.txt", folder / "script.py"
        path.write_text("".join(f"line {number}\n" for number in range(1000)))
        script.write_text(_SCRIPT)
        ours: list[float] = []
        theirs: list[float] = []
        with System(folder, direct.engine) as system:
            client = Client(system.url)
            if rows_of_job(client) != submit(script, path):
                raise SystemExit("the rows differ")
            for _ in range(runs):
                began = time.perf_counter()
                rows_of_job(client)
                middle = time.perf_counter()
                submit(script, path)
                ended = time.perf_counter()
                ours.append(middle - began)
                theirs.append(ended - middle)
        print("job over HTTP:", spread([value * 1000 for value in ours], "ms"))
        print("spark-submit: ", spread(theirs, "s"))
        print("ratio:        ", ratio(theirs, ours))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
