from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from pyspark.sql import DataFrame

from functions.errors import StepFailed
from functions.sinks.upload_tables import upload_tables
from tests.functions.conftest import MakeTables


class Written:
    """Stands where the storage stands and notes what is written; the storage's own tests upload."""

    def __init__(self) -> None:
        self.path = ""
        self.options: dict[str, Any] = {}
        self.rows: dict[str, list[tuple[str | None, ...]]] = {}

    def write_csv(self, tables: Mapping[str, Callable[[], DataFrame]], path: str, **options: Any) -> None:
        self.path, self.options = path, options
        self.rows = {name: [tuple(row) for row in rows().collect()] for name, rows in tables.items()}


@pytest.mark.parametrize("keypath", ["exports/2024", "/exports/2024", "exports/2024/"])
def test_tables_go_to_the_bucket_under_the_key(keypath: str, tables: MakeTables):
    storage = Written()
    given = tables(a=[{"x": 1, "y": "p|q"}, {"x": None, "y": [1]}], b=[{"z": True}], c=[{}])
    upload_tables.call(given, ["b", "a"], "my-bucket", keypath, "csv", storage=storage)
    assert storage.path == "s3://my-bucket/exports/2024"
    assert storage.options == {"extension": "csv", "fixed": True}
    assert list(storage.rows) == ["b", "a"]
    assert storage.rows == {"a": [("1", "p|q"), (None, "[1]")], "b": [("true",)]}


def test_a_missing_table_is_told_with_a_near_name(tables: MakeTables):
    with pytest.raises(StepFailed) as caught:
        upload_tables.call(tables(people=[{}]), ["peple"], "my-bucket", "k", "csv", storage=Written())
    assert caught.value.argument == "table_names"
    assert caught.value.hint == "did you mean `people`?"
