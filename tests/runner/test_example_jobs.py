"""The example jobs give over real data what pandas and plain Python give."""

from __future__ import annotations

import csv
import json
import math
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow.orc
import pyarrow.parquet
import pytest

from server.jobs.job import Job, State
from tests.runner import example_figures as figures
from tests.runner.conftest import Stage
from tests.runner.example_figures import About, Row

JOBS = Path(__file__).parents[2] / "examples" / "jobs"
#: Where packages hold the data that jobs read at `data/samples/`.
SAMPLES = {"vega_datasets": "_data", "pycountry": "databases"}


@dataclass(frozen=True)
class Example:
    """A job, what it must give, and where: a folder that it writes, or else its result."""

    name: str
    expected: Callable[[Path], list[Row]]
    folder: str | None = None
    #: What rows of files are ordered by; None: the order itself is compared.
    keys: tuple[str, ...] | None = None
    #: How many records are set aside.
    rejects: int = 0


EXAMPLES = [
    Example("cars-by-origin-and-year", figures.cars_by_origin_and_year),
    Example("cars-thriftiest", figures.cars_thriftiest),
    Example("iris-described", figures.iris_described),
    Example("iris-measures", figures.iris_measures, "iris-measures", ("species", "measure")),
    Example("seattle-weather-totals", figures.seattle_weather_totals, "seattle-weather-totals"),
    Example("seattle-dry-spells", figures.seattle_dry_spells),
    Example("stocks-moving-average", figures.stocks_moving_average, "stocks-moving-average", ("symbol", "date")),
    Example("stocks-side-by-side", figures.stocks_side_by_side),
    Example("airports-by-state", figures.airports_by_state, rejects=54),
    Example("barley-two-years", figures.barley_two_years),
    Example("deaths-without-names", figures.deaths_without_names, "deaths-without-names", ("person",)),
    Example("two-cities-temperatures", figures.two_cities_temperatures, "two-cities-temperatures"),
    Example("electricity-shares", figures.electricity_shares),
    Example("antibiotics", figures.antibiotics, "antibiotics", ("genus", "species")),
    Example("market-weeks", figures.market_weeks),
    Example("language-names", figures.language_names),
    Example("employment-by-year", figures.employment_by_year, "employment-by-year"),
    Example("country-codes-reused", figures.country_codes_reused),
    Example("currencies-beyond-countries", figures.currencies_beyond_countries),
]


def copy_samples(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for package, data in SAMPLES.items():
        spec = find_spec(package)
        assert spec is not None
        assert spec.origin is not None
        for path in (Path(spec.origin).parent / data).iterdir():
            if path.suffix in {".csv", ".json"}:
                shutil.copy(path, folder)
    return folder


def cell(text: str) -> Any:
    """What a value of CSV, or of a folder's name, means."""
    if text in {"true", "false", ""}:
        return {"true": True, "false": False, "": None}[text]
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    return text


def file_rows(path: Path) -> list[Row]:
    if path.suffix == ".json":
        return [json.loads(line) for line in path.read_text().splitlines()]
    if path.suffix == ".csv":
        with path.open(newline="") as lines:
            return [{name: cell(text) for name, text in row.items()} for row in csv.DictReader(lines)]
    read = {".parquet": pyarrow.parquet.read_table, ".orc": pyarrow.orc.read_table}[path.suffix]
    table = read(path, partitioning=None) if path.suffix == ".parquet" else read(path)
    return [
        {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}
        for row in table.to_pylist()
    ]


def written(folder: Path) -> list[Row]:
    rows: list[Row] = []
    for path in sorted(folder.rglob("part-*")):
        parts = [part.split("=", 1) for part in path.relative_to(folder).parts[:-1]]
        rows += [{name: cell(text) for name, text in parts} | row for row in file_rows(path)]
    return rows


def same(got: Any, want: Any) -> bool:
    if isinstance(want, About):
        return bool(abs(got - want.value) <= want.share * want.value)
    if isinstance(want, dict):
        return isinstance(got, dict) and got.keys() == want.keys() and all(same(got[key], want[key]) for key in want)
    if isinstance(want, list):
        return isinstance(got, list) and len(got) == len(want) and all(map(same, got, want))
    if type(got) is not type(want):
        return False
    return math.isclose(got, want, rel_tol=1e-9, abs_tol=1e-12) if isinstance(want, float) else bool(got == want)


def given(stage: Stage, job: Job, example: Example) -> list[Row]:
    if example.folder is None:
        return stage.rows(job)
    return written(stage.folder / "data" / "out" / example.folder)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
async def test_the_job_gives_what_an_independent_computation_gives(stage: Stage, example: Example) -> None:
    data = copy_samples(stage.folder / "data" / "samples")
    submission = json.loads((JOBS / f"{example.name}.json").read_text())

    async with stage.runner():
        job = await stage.reached(await stage.submit(*submission["steps"]), within=120)

    assert job.state is State.DONE, job.reason
    assert job.rejects == example.rejects
    rows, expected = given(stage, job, example), figures.plain(example.expected(data))
    if example.keys is not None:
        for unordered in (rows, expected):
            unordered.sort(key=lambda row: [str(row[key]) for key in example.keys or ()])
    assert expected
    assert len(rows) == len(expected)
    for got, want in zip(rows, expected, strict=True):
        assert same(got, want), f"{got} is not {want}"


def test_every_example_job_is_compared() -> None:
    assert {path.stem for path in JOBS.iterdir()} == {example.name for example in EXAMPLES}
