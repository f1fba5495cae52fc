"""Names that functions have elsewhere."""

from __future__ import annotations

import pytest

from functions.catalog import load
from functions.familiar_names import ELSEWHERE, familiar
from functions.names import bare

CATALOG = load()


def test_every_target_is_a_function():
    assert [name for name in ELSEWHERE if CATALOG.find(name) is None] == []


def test_every_name_is_there_once_and_is_no_function_itself():
    names = [bare(name) for text in ELSEWHERE.values() for name in text.split()]
    assert sorted(names) == sorted(set(names))
    assert not set(names) & {bare(item.name) for item in CATALOG}


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("where", "filter"),
        ("orderBy", "sort"),
        ("order_by", "sort"),
        ("sort_values", "sort"),
        ("show", "take"),
        ("head", "take"),
        ("read_csv", "load_csv"),
        ("read_json", "load_json"),
        ("read_parquet", "load_parquet"),
        ("to_parquet", "store_parquet"),
        ("write_csv", "store_csv"),
        ("agg", "group_by"),
        ("withColumnRenamed", "rename"),
        ("assign", "with_column"),
        ("dropna", "drop_nulls"),
        ("fillna", "fill_nulls"),
        ("merge", "join"),
        ("unionByName", "union"),
        ("melt", "unpivot"),
        ("except", "subtract"),
        ("astype", "cast"),
        ("persist", "cache"),
        ("printSchema", "schema"),
        ("upper_case", "upper"),
    ],
)
def test_a_name_from_elsewhere_is_told(name: str, wanted: str):
    assert CATALOG.near(name) == f"here it is called `{wanted}`"


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("groupBy", "group_by"), ("groupby", "group_by"), ("withColumn", "with_column"), ("filtr", "filter"),
     ("dropDuplicates", "drop_duplicates"), ("withColumns", "with_column"),
     ("loadCsv", "load_csv"), ("foo", None), ("strftime", None)],
)  # fmt: skip
def test_names_beside_them(name: str, wanted: str | None):
    hint = CATALOG.near(name)
    assert (hint is None) if wanted is None else (hint is not None and hint.endswith((f"`{wanted}`?", f"`{wanted}`")))


def test_a_function_that_is_not_there_is_not_told():
    assert familiar("where", ["take"]) is None
