"""Near names: what is offered for a misspelt name, and what is not."""

from __future__ import annotations

import pytest

from functions.catalog import load
from functions.expressions.known_functions import SCALAR_NAMES
from functions.names import near

CATALOG = [item.name for item in load()]


@pytest.mark.parametrize(
    ("name", "names", "wanted"),
    [
        ("nmae", ["id", "name"], "name"),
        ("naem", ["id", "name"], "name"),
        ("nam", ["id", "name"], "name"),
        ("names", ["id", "name"], "name"),
        ("NAME", ["Name", "name"], "Name"),
        ("nn", ["id", "n"], "n"),
        ("func", ["column", "function"], "function"),
        ("groupBy", ["group", "group_by"], "group_by"),
        ("load-csv", ["load_csv"], "load_csv"),
        ("partion_by", ["partition_by"], "partition_by"),
        ("colums", ["column", "columns"], "columns"),
        ("dsc", ["asc", "desc"], "desc"),
        ("AB", ["a_b", "ab"], "ab"),
    ],
)
def test_a_near_name(name: str, names: list[str], wanted: str):
    assert near(name, names) == f"did you mean `{wanted}`?"


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("foo", ["floor"]),
        ("strftime", ["trim"]),
        ("where", ["lower"]),
        ("x", ["n"]),
        ("", ["a"]),
        ("zzz", ["a_a"]),
        ("id", ["identification"]),
        ("foo", CATALOG),
        ("strftime", CATALOG),
        ("foo", sorted(SCALAR_NAMES)),
        ("strftime", sorted(SCALAR_NAMES)),
    ],
)
def test_a_name_that_shares_but_some_letters_is_not_offered(name: str, names: list[str]):
    assert near(name, names) is None


def test_long_names_and_many_are_looked_at_in_part():
    assert near("x" * 100_000, ["y" * 100_000] * 100_000) is None
    assert near("a", [*("zzzzz" for _ in range(500)), "a"]) is None
