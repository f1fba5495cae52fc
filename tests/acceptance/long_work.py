"""Input that takes Spark some seconds, and what must come out of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

#: Customers in the file; each gives a row, and three rows of items.
CUSTOMERS = 200_000
ITEMS = 3


def write_input(path: Path, customers: int = CUSTOMERS) -> None:
    """Writes nested JSON lines."""
    with path.open("w") as file:
        for number in range(customers):
            items = [{"sku": f"S{item}", "price": f" {number % 100}.{item}5 "} for item in range(ITEMS)]
            customer = {"name": f" name {number} ", "cpf": f"{number:011}", "born": f"19{number % 100:02}-02-29"}
            file.write(json.dumps({"id": number, "customer": customer, "items": items}) + "\n")


def write_endless_input(folder: Path) -> None:
    """Makes a folder of input that keeps Spark busy for minutes, in little space: one file under many names."""
    folder.mkdir()
    write_input(folder / "part-0000", customers=5000)
    for number in range(1, 2000):
        (folder / f"part-{number:04}").hardlink_to(folder / "part-0000")


def steps(source: Path, destination: Path) -> list[Any]:
    """A chain that makes two tables of it."""
    return [
        ["load_rdd", str(source)],
        ["jsonify"],
        ["split_into_tables", {"customers": {"fields": ["id", "customer"]}, "items": {"fields": ["id", "items"]}}],
        ["group_by_table", ["customers", "items"]],
        ["flatten_tables", {"customers": {"customer": {"name": ["name"], "cpf": ["cpf"], "born": ["born"]}}}],
        ["explode_tables", {"items": ["items"]}],
        ["format_tables", {"customers": {"name": "trim", "cpf": "pretty_cpf"}, "items": {"price": "trim"}}],
        ["json_to_list_for_tables", {"customers": ["id", "name", "cpf"], "items": ["id", "sku", "price"]}],
        ["store_tables", ["customers", "items"], str(destination)],
    ]


def check_output(folder: Path, count: int = CUSTOMERS) -> None:
    """Fails unless the folder holds every row once, and nothing else."""
    assert sorted(file.name for file in folder.iterdir()) == ["_DONE", "customers.csv", "items.csv"]
    customers = (folder / "customers.csv").read_text().splitlines()
    assert customers == [f"{n}|name {n}|{_cpf(n)}" for n in range(count)]
    items = (folder / "items.csv").read_text().splitlines()
    assert items == [f"{n}|S{item}|{n % 100}.{item}5" for n in range(count) for item in range(ITEMS)]


def _cpf(number: int) -> str:
    digits = f"{number:011}"
    return f"{digits[:3]}.{digits[3:6]}.{digits[6:9]}-{digits[9:]}"
