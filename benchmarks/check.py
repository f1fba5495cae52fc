"""How long a job of 20 steps is checked: in the server, and deeply by a warm runner.

    python -m benchmarks.check [RUNS]

The job reads a file, works on columns and rows, joins, groups, asks SQL, and stores. The server's check needs no Spark;
the deep one plans every step on it. There is no other server to compare with; the aims are 2 ms and 300 ms.
"""

from __future__ import annotations

import itertools
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from py4j.java_gateway import GatewayClient

from functions.catalog import load
from functions.check import Flow
from server.analyses.analysis import Analysis
from server.settings import Settings
from spark_runner.analysis import Analyst
from spark_runner.engine import Engine

STEPS: list[Any] = [
    ["load_rows", [{"id": 1, "name": "Recife"}], "id INT, name STRING"],
    ["name_table", "cities"],
    ["load_csv", "orders.csv", "id BIGINT, city INT, price DOUBLE, amount INT, day STRING"],
    ["parse_date", "day"],
    ["fill_nulls", {"amount": 1}],
    ["filter", "price > 0 AND amount BETWEEN 1 AND 1000"],
    ["with_column", {"total": "round(price * amount, 2)", "month": "month(day)"}],
    ["expect", [{"check": "not_null", "column": "id"}], "warn"],
    ["drop_duplicates", ["id"]],
    ["join", "cities", [{"left": "city", "right": "id"}], "left"],
    ["rename", {"name": "city_name"}],
    ["replace_values", {"city_name": [{"from": "Recife", "to": "REC"}]}],
    ["window", [{"function": "sum", "column": "total", "as": "so_far"}], ["city"], ["day"]],
    ["name_table", "orders"],
    ["sql", "SELECT city_name, month, sum(total) AS total, max(so_far) AS most FROM orders GROUP BY city_name, month"],
    ["round_column", "total"],
    ["cast", {"total": "decimal(12, 2)"}],
    ["sort", [{"column": "total", "order": "desc"}]],
    ["limit", 100],
    ["store_parquet", "out/totals"],
]


def main() -> None:
    """Prints the medians and the 95th percentiles."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(base=Path(folder), data=Path(folder))
        settings.state_folder.mkdir(parents=True)
        (Path(folder) / "orders.csv").write_text("id,city,price,amount,day\n1,1,2.5,3,2024-02-29\n")
        catalog = load()
        analyst = Analyst(Engine(settings), catalog, settings)
        analysis = Analysis("benchmark", STEPS, "default")
        findings = analyst.analyse(analysis, lambda: None)
        if findings.faults or len(findings.steps) != len(STEPS):
            raise SystemExit(f"the job is not right: {findings.faults}")
        roots = settings.roots()
        report("in the server, texts seen before", measured(lambda: catalog.check(STEPS, Flow(roots)), runs * 5))
        report("in the server, all texts new", measured(lambda: catalog.check(new_steps(), Flow(roots)), runs * 5))
        report("deeply", measured(lambda: analyst.analyse(analysis, lambda: None), runs))
        asked = round_trips(lambda: analyst.analyse(analysis, lambda: None))
        sys.stdout.write(f"deeply: {asked} round trips to the JVM\n")


def new_steps() -> list[Any]:
    """The steps with SQL that no job held before."""
    number = next(_NUMBERS)
    text = json.dumps(STEPS).replace("1000", str(1000 + number)).replace("round(", f"{number} + round(")
    return list(json.loads(text.replace("max(so_far)", f"max(so_far + {number})")))


_NUMBERS = itertools.count()


def measured(work: Callable[[], object], runs: int) -> list[float]:
    """The time of each run, milliseconds, after some that do not count."""
    times = []
    for run in range(runs + runs // 5):
        started = time.perf_counter()
        work()
        if run >= runs // 5:
            times.append((time.perf_counter() - started) * 1000)
    return times


def round_trips(work: Callable[[], object]) -> int:
    """How often the JVM is asked for something; not that objects there are let go of, whose time is Python's choice."""
    asked = 0

    def counted(self: GatewayClient, command: str, *rest: Any, **named: Any) -> Any:
        nonlocal asked
        asked += not command.startswith("m\n")
        return send(self, command, *rest, **named)

    send, GatewayClient.send_command = GatewayClient.send_command, counted
    try:
        work()
    finally:
        GatewayClient.send_command = send
    return asked


def report(name: str, times: list[float]) -> None:
    """One line of figures."""
    ordered = sorted(times)
    p95 = ordered[len(ordered) * 95 // 100]
    sys.stdout.write(f"{name}: {statistics.median(times):.2f} ms median, {p95:.2f} ms p95 of {len(times)}\n")


if __name__ == "__main__":
    main()
