"""The example jobs, all submitted to one running system, give what pandas and plain Python give over the same data."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.orc
import pyarrow.parquet
import pytest

from examples.samples import copy_samples
from tests.acceptance import example_figures as figures
from tests.acceptance import nested_figures as nested
from tests.acceptance.example_figures import About, Row
from tests.acceptance.running import PROJECT, Speedy

JOBS = PROJECT / "examples" / "jobs"


@dataclass(frozen=True)
class Example:
    """A job, what it must give, and where: a folder that it writes, or else its result."""

    name: str
    expected: Callable[[Path], list[Row]]
    folder: str | None = None
    #: What rows of files are ordered by; None: the order itself is compared.
    keys: tuple[str, ...] | None = None
    #: How many records are set aside.
    rejects: int | Callable[[Path], int] = 0
    #: Reads the folder.
    read: Callable[[Path], list[Row]] | None = None


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
    Example("borders-told-by-one-side", nested.borders_told_by_one_side, rejects=nested.borders_set_aside),
    Example("languages-spoken", nested.languages_spoken),
    Example("country-boxes", nested.country_boxes, "country-boxes", ("code",), nested.several_outlines),
    Example("cloud-regions", nested.cloud_regions),
    Example(
        "countries-as-tables",
        nested.countries_as_tables,
        "countries-as-tables",
        ("table", "values"),
        read=nested.tables_in,
    ),
]


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


@dataclass(frozen=True)
class Submitted:
    """What was submitted: where the samples lie, where output goes, and the jobs' ids."""

    samples: Path
    out: Path
    jobs: dict[str, str]


@pytest.fixture(scope="module")
def submitted(speedy: Speedy) -> Iterator[Submitted]:
    """All jobs at once; each test waits for its own."""
    samples, out = copy_samples(speedy.data / "samples"), speedy.data / "out"
    jobs = {}
    for example in EXAMPLES:
        text = (JOBS / f"{example.name}.json").read_text()
        body = json.loads(text.replace("data/samples", str(samples)).replace("data/out", str(out)))
        answer = speedy.http.post("/jobs/submit", json=body)
        assert answer.status_code == 201, answer.text
        jobs[example.name] = answer.json()["job_id"]
    yield Submitted(samples, out, jobs)
    # Other tests of this system find it without work.
    for job_id in jobs.values():
        speedy.wait_ended(job_id)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_the_job_gives_what_an_independent_computation_gives(
    speedy: Speedy, submitted: Submitted, example: Example
) -> None:
    job = speedy.wait_ended(submitted.jobs[example.name], within=240)

    assert job["state"] == "DONE", job["reason"]
    rejects = example.rejects if isinstance(example.rejects, int) else example.rejects(submitted.samples)
    assert job["rejects"] == rejects
    told = speedy.http.get(f"/jobs/{job['job_id']}/rejects", params={"limit": 1000}).json()["rows"]
    assert len(told) == rejects
    counted = [step for step in job["progress"]["steps"] if step.get("read") is not None]
    assert all(step["read"] == step["kept"] + step["rejected"] for step in counted)
    assert sum(step["rejected"] for step in counted) == rejects
    if example.folder is None:
        answer = speedy.http.get(f"/jobs/{job['job_id']}/result", headers={"Accept": "application/x-ndjson"})
        rows = [json.loads(line) for line in answer.text.splitlines()]
    else:
        rows = (example.read or written)(submitted.out / example.folder)
    expected = figures.plain(example.expected(submitted.samples))
    if example.keys is not None:
        for unordered in (rows, expected):
            unordered.sort(key=lambda row: [str(row[key]) for key in example.keys or ()])
    assert expected
    assert len(rows) == len(expected)
    for got, want in zip(rows, expected, strict=True):
        assert same(got, want), f"{got} is not {want}"


def test_every_example_job_is_compared() -> None:
    assert {path.stem for path in JOBS.iterdir()} == {example.name for example in EXAMPLES}
