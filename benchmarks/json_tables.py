"""Nested JSON into two tables: the catalog against the RDD way, hand-written PySpark, and DuckDB.

    python -m benchmarks.json_tables [COUNT [RUNS]]

All write two tables of the same events as `|`-separated CSV, the first three in the same driver; the sorted lines are
compared first. Prints ratios of wall times, the runs alternating. The RDD way is the original's: a Python function a
step, mapped over an RDD of dicts.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

from benchmarks import events
from benchmarks.by_hand import by_duckdb, by_spark
from benchmarks.direct import Direct
from benchmarks.figures import ratio, spread

Row = dict[str, Any]

EVENTS = ["id", "created_at", "name", "cpf", "sex", "city", "cep", "total", "country", "note"]
ITEMS = ["event_id", "sku", "quantity", "price"]


def steps(source: str | Path, target: Path) -> list[list[Any]]:
    """The job, as a client would post it."""
    return [
        ["load_rdd", str(source)],
        ["jsonify"],
        [
            "split_into_tables",
            {
                "events": {"fields": ["id", "created_at", "customer", "total", "note"]},
                "items": {"fields": ["id", "items"]},
            },
        ],
        ["group_by_table", ["events", "items"]],
        [
            "flatten_tables",
            {
                "events": {
                    "customer": {
                        "name": ["name"],
                        "cpf": ["cpf"],
                        "sex": ["sex"],
                        "city": ["address", "city"],
                        "cep": ["address", "cep"],
                    }
                }
            },
        ],
        ["explode_tables", {"items": ["items"]}],
        ["rename_tables_fields", {"items": {"id": "event_id"}}],
        ["expand_tables", {"events": [{"field": "country", "default_value": "BR"}]}],
        [
            "format_tables",
            {
                "events": {
                    "created_at": "timestamp_to_date",
                    "name": "trim",
                    "cpf": "pretty_cpf",
                    "sex": "pretty_sex",
                    "cep": "pretty_cep",
                    "total": "ensure_money",
                },
                "items": {"quantity": "ensure_int", "price": "ensure_money"},
            },
        ],
        ["ensure_not_nulls", {"events": ["id"], "items": ["sku"]}],
        ["json_to_list_for_tables", {"events": EVENTS, "items": ITEMS}],
        ["store_tables", ["events", "items"], str(target)],
    ]


# -- the original's way: a function a step, mapped over an RDD of dicts


def parse(line: str) -> Iterator[Row]:
    """A line's object; nothing for a line that is not JSON."""
    try:
        yield json.loads(line)
    except ValueError:
        return


def split(fields: dict[str, list[str]]) -> Callable[[Row], Row]:
    """Each object becomes {table: {field: value}}."""
    return lambda row: {table: {name: row.get(name) for name in names} for table, names in fields.items()}


def flatten(row: Row) -> Row:
    """Customer's fields move up."""
    customer = row.pop("customer") or {}
    address = customer.get("address") or {}
    return row | {
        "name": customer.get("name"),
        "cpf": customer.get("cpf"),
        "sex": customer.get("sex"),
        "city": address.get("city"),
        "cep": address.get("cep"),
    }


def explode(row: Row) -> list[Row]:
    """A row for each item; a row without items stays as it is."""
    items = row.get("items")
    if not items:
        return [row]
    rest = {key: value for key, value in row.items() if key != "items"}
    return [{**item, **rest} for item in items]


def rename(row: Row) -> Row:
    """Field `id` becomes `event_id`."""
    row["event_id"] = row.pop("id")
    return row


def digits(value: Any, count: int, pattern: Callable[[str], str]) -> str | None:
    """A number of exactly `count` digits, in its printed form."""
    text = str(value).strip() if value is not None else ""
    return pattern(text) if len(text) == count and text.isascii() and text.isdigit() else None


def money(value: Any) -> float | None:
    """Rounded to two places, half to even."""
    return None if value is None else float(Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_EVEN))


def day(value: Any) -> str | None:
    """The date of a timestamp."""
    try:
        return date.fromisoformat(str(value).split("T")[0]).isoformat()
    except ValueError:
        return None


def format_event(row: Row) -> Row:
    """The formatters of `events`."""
    sex = {"masculino": "M", "feminino": "F"}
    return row | {
        "created_at": day(row["created_at"]),
        "name": (row["name"] or "").strip() or None,
        "cpf": digits(row["cpf"], 11, lambda d: f"{d[:3]}.{d[3:6]}.{d[6:9]}-{d[9:]}"),
        "sex": sex.get((row["sex"] or "").strip().lower()),
        "cep": digits(row["cep"], 8, lambda d: f"{d[:5]}-{d[5:]}"),
        "total": money(row["total"]),
    }


def format_item(row: Row) -> Row:
    """The formatters of `items`."""
    quantity = row.get("quantity")
    return row | {
        "quantity": quantity if isinstance(quantity, int) else None,
        "price": money(row.get("price")),
    }


def csv_line(row: list[Any]) -> str:
    """One row as `|`-separated CSV."""
    out = io.StringIO()
    csv.writer(out, delimiter="|", lineterminator="").writerow(row)
    return out.getvalue()


def rdd_way(direct: Direct, source: Path, target: Path) -> None:
    """The whole job over RDDs."""
    context = direct.engine.context
    fields = {"events": ["id", "created_at", "customer", "total", "note"], "items": ["id", "items"]}
    objects = context.textFile(str(source)).flatMap(parse).map(split(fields))
    tables = {name: objects.map(lambda row, name=name: row[name]) for name in fields}
    tables["events"] = (
        tables["events"].map(flatten).map(lambda row: row | {"country": "BR"}).map(format_event)
        .filter(lambda row: row.get("id") is not None)
    )  # fmt: skip
    tables["items"] = (
        tables["items"].flatMap(explode).map(rename).map(format_item).filter(lambda row: row.get("sku") is not None)
    )
    for name, order in {"events": EVENTS, "items": ITEMS}.items():
        lists = tables[name].map(lambda row, order=order: [row.get(field) for field in order])
        lists.map(csv_line).saveAsTextFile(f"file://{target / name}")


def lines_of(folder: Path, name: str) -> list[str]:
    """The lines of a table, sorted, however many files it has."""
    file = folder / f"{name}.csv"
    files = [file] if file.exists() else sorted((folder / name).glob("part-*"))
    return sorted(line for part in files for line in part.read_text().splitlines())


def compare(folders: Mapping[str, Path]) -> None:
    """Makes sure that all ways wrote the same rows."""
    for name in ("events", "items"):
        (first, mine), *others = ((way, lines_of(folder, name)) for way, folder in folders.items())
        for way, theirs in others:
            if mine != theirs:
                pair = next((pair for pair in zip(mine, theirs, strict=False) if pair[0] != pair[1]), ("", ""))
                raise SystemExit(f"{name}: {first} has {len(mine)} rows, {way} {len(theirs)}:\n{pair[0]}\n{pair[1]}")
        print(f"{name}: {len(mine):,} rows, the same {len(folders)} ways")


def main(count: int = 1_000_000, runs: int = 3) -> None:
    """Measures."""
    with tempfile.TemporaryDirectory() as place, Direct(Path(place)) as direct:
        folder = Path(place)
        source = folder / "events.jsonl"
        events.write(count, source)
        print(f"{count:,} events, {source.stat().st_size / 1e6:.0f} MB")
        cores = direct.engine.context.defaultParallelism
        ways: dict[str, Callable[[Path], None]] = {
            "catalog": lambda target: direct.run(steps(source, target)),
            "RDD functions": lambda target: rdd_way(direct, source, target),
            "PySpark by hand": lambda target: by_spark(direct.engine.session(), source, target),
            "DuckDB": lambda target: by_duckdb(source, target, threads=cores),
        }
        times: dict[str, list[float]] = {way: [] for way in ways}
        for run in range(runs + 2):  # the first two rounds warm up, and the first is compared
            targets = {way: folder / f"out-{place}" for place, way in enumerate(ways)}
            for way, call in ways.items():
                began = time.perf_counter()
                call(targets[way])
                if run >= 2:
                    times[way].append(time.perf_counter() - began)
            if run == 0:
                compare(targets)
            for target in targets.values():
                shutil.rmtree(target)
        for way, seconds in times.items():
            print(f"{way:16s}", spread(seconds, "s"))
        for way, seconds in list(times.items())[1:]:
            print(f"{way} / catalog:", ratio(seconds, times["catalog"]))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
