"""Edges of sinks: no rows, values and names that no folder can have, types that a form cannot hold, nested values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from functions.catalog import Catalog
from functions.errors import StepFailed
from functions.records.rejects import Rejects
from functions.storage.storage import Storage
from functions.workspace import Rows
from tests.functions.conftest import MakeRows, Publish, dicts_of

FORMS = ["json", "csv", "parquet", "orc"]
#: JSON has no types of its own.
SCHEMA = {"v": "double"}


class Store:
    """Writes rows and reads them again, by the names of forms."""

    def __init__(self, catalog: Catalog, storage: Storage, spark: SparkSession) -> None:
        self.given = {Storage: storage, SparkSession: spark, Rejects: Rejects()}
        self.catalog = catalog

    def write(self, form: str, rows: Rows, path: str, **named: Any) -> None:
        self._call(f"store_{form}", rows, path, **named)

    def read(self, form: str, path: str, **named: Any) -> Rows:
        found = self._call(f"load_{form}", path, **named)
        assert isinstance(found, Rows)
        return found

    def _call(self, name: str, *given: Any, **named: Any) -> Any:
        item = self.catalog.find(name)
        collaborators = {each: self.given[kind] for each, kind in item.collaborators.items()}
        return item.call(*given, **named, **collaborators)


@pytest.fixture
def store(catalog: Catalog, storage: Storage, spark: SparkSession) -> Store:
    return Store(catalog, storage, spark)


def test_no_rows_in_folders_of_values_keep_their_columns(
    store: Store, rows: MakeRows, publish: Publish, tmp_path: Path
):
    none = Rows(rows("id int, `n/x` string, v double", (1, "a", 1.0)).frame.limit(0))
    for form in FORMS:
        store.write(form, none, f"out/{form}", partition_by=["n/x", "id"])
    publish()
    for form in FORMS:
        [file] = (tmp_path / "out" / form).rglob("part-*")
        null = "__HIVE_DEFAULT_PARTITION__"
        assert str(file.relative_to(tmp_path / "out" / form).parent) == f"n%2Fx={null}/id={null}"
        found = store.read(form, f"out/{form}", **({"schema": SCHEMA} if form in ("json", "csv") else {}))
        assert (found.frame.dtypes, dicts_of(found)) == ([("v", "double"), ("n/x", "string"), ("id", "string")], [])


def test_text_that_names_no_folder_ends_the_job_in_words(store: Store, rows: MakeRows):
    wrong = {
        "": "empty text, which as the name of a folder means null",
        "__HIVE_DEFAULT_PARTITION__": "the text `__HIVE_DEFAULT_PARTITION__`, which as the name of a folder means null",
        "a\0b": "a NUL, which no name of a folder can hold",
        "x" * 254: "a value too long for the name of a folder: xxx",
        "é" * 127: "a value too long for the name of a folder: ééé",
        "/" * 85: "a value too long for the name of a folder: ///",
    }
    for place, (text, detail) in enumerate(wrong.items()):
        with pytest.raises(PySparkException) as caught:
            store.write("json", rows("id int, p string", (1, text), (2, None)), f"out/{place}", partition_by=["p"])
        assert f"bad record at step 0: the column `p` holds {detail}" in str(caught.value)


def test_other_text_names_folders_that_are_read_again(store: Store, rows: MakeRows, publish: Publish):
    texts = [
        None,
        "a/b",
        "é \U0001f600",
        "x=y%20",
        " ",
        ".",
        "..",
        "_h",
        "a:b*?[c]\n\\",
        "\u2028",
        "\x7f",
        "}",
        "~" * 253,
    ]
    texts += ["/" * 84, "é" * 126, "007", "null"]
    given = rows("id int, p string", *enumerate(texts))
    for form in FORMS:
        store.write(form, given, f"out/{form}", partition_by=["p"], files=1)
    publish()
    for form in FORMS:
        found = store.read(form, f"out/{form}", **({"schema": {"id": "int"}} if form in ("json", "csv") else {}))
        assert {row["id"]: row["p"] for row in dicts_of(found)} == dict(enumerate(texts))


def test_names_that_no_folder_may_have_are_told_at_once(store: Store, rows: MakeRows):
    for form in FORMS:
        with pytest.raises(StepFailed, match=r"the column `.h` would name hidden folders, which no step reads"):
            store.write(form, rows("id int, `.h` int", (1, 1)), "out/a", partition_by=[".h"])
        with pytest.raises(StepFailed, match=r"there is no column `idd` \(columns here: `h`, `id`\)") as caught:
            store.write(form, rows("id int, h int", (1, 1)), "out/a", partition_by=["idd"])
        assert (caught.value.argument, caught.value.hint) == ("partition_by", "did you mean `id`?")


NULLS = ["void", "array<void>", "struct<a:void>", "map<int,void>"]
INTERVALS = ["interval day", "array<interval month>", "interval"]
REFUSED = {
    "csv": ["variant", "struct<a:int>", "array<int>", "map<string,int>", "binary", *NULLS, INTERVALS[1]],
    "parquet": [*NULLS, *INTERVALS],
    "orc": [*NULLS, *INTERVALS, "variant", "array<variant>"],
}
MADE = {
    "void": "null", "array<void>": "array(null)", "struct<a:void>": "named_struct('a', null)",
    "map<int,void>": "map(1, null)", "interval day": "interval '1' day",
    "array<interval month>": "array(interval '1' month)", "interval": "make_interval(1)",
}  # fmt: skip


def test_types_that_a_form_cannot_hold_are_refused(store: Store, spark: SparkSession):
    for form, kinds in REFUSED.items():
        for kind in kinds:
            made = Rows(spark.range(1).selectExpr(f"{MADE.get(kind, f'CAST(null AS {kind})')} AS v"))
            with pytest.raises(StepFailed, match=r"which (CSV|Parquet|ORC) cannot hold") as caught:
                store.write(form, made, "out/a")
            assert f"the column `v` is {kind}, " in caught.value.detail


NESTED = """id int, s struct<`a.b`: int, l: array<struct<x: int, y: map<string, array<string>>>>>, l array<array<int>>,
m map<string, struct<z: string>>, `x.y` string, S int"""
VALUES = [
    (
        1,
        (1, [(1, {"k": ["é", None, ""]}), None, (None, {})]),
        [[1, None], [], None],
        {"": ("\U0001f600",), "q.r": None},
        "\u2028\n",
        2,
    ),
    (2, None, [], {}, "", None),
    (3, (None, None), None, None, None, None),
]


def test_nested_values_come_back_as_they_were(store: Store, rows: MakeRows, publish: Publish):
    given = rows(NESTED, *VALUES)
    for form in ("json", "parquet", "orc"):
        store.write(form, given, f"out/{form}", files=1)
    publish()
    schema = dict(given.frame.dtypes) | {
        "s": "struct<`a.b`: int, l: array<struct<x: int, y: map<string, array<string>>>>>"
    }
    for form in ("json", "parquet", "orc"):
        found = store.read(form, f"out/{form}", **({"schema": schema} if form == "json" else {}))
        assert found.frame.dtypes == given.frame.dtypes
        assert [tuple(row) for row in found.frame.collect()] == [tuple(row) for row in given.frame.collect()]
