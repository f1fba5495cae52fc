"""Parquet and ORC with a schema: types that widen, values that do not fit, nested fields; on disk and S3 alike."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from pyarrow import orc, parquet
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from functions.arguments.types import admit_schema
from functions.errors import StepFailed
from functions.records.rejects import Rejects
from functions.sources.load_orc import load_orc
from functions.sources.load_parquet import load_parquet
from functions.storage.storage import Storage
from functions.workspace import Rows
from tests.functions.conftest import Put, dicts_of, rejects_of, tally_of

#: Loads files of one form that hold some tables, by name.
Load = Callable[..., Rows]


@pytest.fixture(params=["parquet", "orc"])
def load(request: pytest.FixtureRequest, on_s3: Storage, put: Put, spark: SparkSession, rejects: Rejects) -> Load:
    function = {"parquet": load_parquet, "orc": load_orc}[request.param]
    write = {"parquet": parquet.write_table, "orc": orc.write_table}[request.param]

    def loaded(tables: dict[str, pyarrow.Table], schema: Any, columns: list[str] | None = None, **options: Any) -> Rows:
        files: dict[str, bytes | str] = {}
        for name, table in tables.items():
            file = io.BytesIO()
            write(table, file)
            files[f"t/{name}"] = file.getvalue()
        path = f"{put(files)}/t"
        wanted = admit_schema(schema)
        return function.call(path, columns, wanted, **options, storage=on_s3, session=spark, rejects=rejects)

    return loaded


def table(**columns: tuple[str | pyarrow.DataType, list[Any]]) -> pyarrow.Table:
    return pyarrow.table({name: pyarrow.array(values, kind) for name, (kind, values) in columns.items()})


NOON = datetime(2024, 1, 2, 12, tzinfo=UTC)
#: Type in the files, value, wanted type, value there; none can be at fault.
WIDER = [
    ("int8", 5, "SMALLINT", 5), ("int16", -5, "BIGINT", -5), ("int32", 7, "BIGINT", 7), ("int64", 7, "BIGINT", 7),
    ("int32", 7, "DOUBLE", 7.0), ("int64", 7, "DOUBLE", 7.0), ("float", 0.5, "DOUBLE", 0.5),
    (pyarrow.decimal128(5, 2), Decimal("1.25"), "DECIMAL(12, 4)", Decimal("1.2500")),
    ("int32", 7, "DECIMAL(12, 2)", Decimal("7.00")),
    ("date32", date(2024, 1, 2), "TIMESTAMP", NOON.replace(hour=0, tzinfo=None)),
    ("int32", 7, "STRING", "7"), ("date32", date(2024, 1, 2), "STRING", "2024-01-02"), ("bool", True, "STRING", "true"),
    ("string", " 7 ", "INT", 7), ("string", "2024-01-02", "DATE", date(2024, 1, 2)), ("double", 2.0, "BIGINT", 2),
    ("double", 0.1, "DECIMAL(4, 2)", Decimal("0.10")), (pyarrow.decimal128(5, 2), Decimal("3.00"), "INT", 3),
]  # fmt: skip


def test_values_are_taken_as_types_that_hold_them(load: Load, rejects: Rejects):
    columns = {f"c{place}": (kind, [value, None]) for place, (kind, value, _, _) in enumerate(WIDER)}
    schema = {f"c{place}": wanted for place, (_, _, wanted, _) in enumerate(WIDER)}
    found = load({"a": table(**columns)}, schema, on_error="fail")
    first, second = dicts_of(found)
    assert first == {f"c{place}": value for place, (*_, value) in enumerate(WIDER)}
    assert [type(value) for value in first.values()] == [type(value) for *_, value in WIDER]
    assert set(second.values()) == {None}
    kinds = [found.type_of(f"c{place}").simpleString() for place in range(len(WIDER))]
    assert kinds == [wanted.lower().replace(", ", ",") for _, _, wanted, _ in WIDER]


MISFITS = [
    ("int32", 300, "TINYINT"), ("int64", 2**31, "INT"), ("int64", 2**53 + 1, "DOUBLE"), ("double", 1.5, "INT"),
    ("double", float("nan"), "BIGINT"), ("double", 0.125, "DECIMAL(4, 2)"), ("double", 1e300, "FLOAT"),
    (pyarrow.decimal128(5, 2), Decimal("1.25"), "DECIMAL(5, 1)"), (pyarrow.decimal128(5, 2), Decimal("1.50"), "INT"),
    ("string", "seven", "INT"), ("string", "2024-02-30", "DATE"), (pyarrow.timestamp("us", "UTC"), NOON, "DATE"),
]  # fmt: skip


def test_a_value_that_the_type_cannot_hold_is_at_fault(
    spark: SparkSession, storage: Storage, rejects: Rejects, tmp_path: Path
):
    made = {"id": ("int64", [1, *range(2, len(MISFITS) + 2)])} | {
        f"c{place}": (kind, [None] * (place + 1) + [value] + [None] * (len(MISFITS) - place - 1))
        for place, (kind, value, _) in enumerate(MISFITS)
    }
    parquet.write_table(table(**made), tmp_path / "in" / "a.parquet")
    schema = {"id": "INT"} | {f"c{place}": wanted for place, (*_, wanted) in enumerate(MISFITS)}
    found = load_parquet.call("in/a.parquet", None, schema, storage=storage, session=spark, rejects=rejects)
    assert [row["id"] for row in dicts_of(found)] == [1]
    assert tally_of(rejects) == {"read": len(MISFITS) + 1, "rejected": len(MISFITS)}
    for (record, reason), (place, (*_, wanted)) in zip(rejects_of(rejects), enumerate(MISFITS), strict=True):
        assert record["id"] == place + 2
        assert reason.startswith(f"`c{place}`: `")
        assert reason.endswith(f"` is not of the type {wanted.lower().replace(', ', ',')}")


def test_rows_at_fault_are_set_aside_made_null_or_end_the_job(load: Load, rejects: Rejects):
    tables = {"k=1/a": table(id=("int64", [1, 2**40, None])), "k=x/b": table(id=("int64", [4]))}
    schema = "k INT, id INT"
    found = load(tables, schema, max_rejects=2)
    assert dicts_of(found) == [{"k": 1, "id": 1}, {"k": 1, "id": None}]
    assert tally_of(rejects) == {"read": 4, "rejected": 2}
    assert sorted(reason for _, reason in rejects_of(rejects)) == [
        "`id`: `1099511627776` is not of the type int",
        "`k`: `x` is not of the type int",
    ]
    assert rejects.sets[-1].most == 2
    kept = dicts_of(load(tables, schema, on_error="null"))
    assert sorted(kept, key=str) == [
        {"k": 1, "id": 1},
        {"k": 1, "id": None},
        {"k": 1, "id": None},
        {"k": None, "id": 4},
    ]
    with pytest.raises(PySparkException, match="bad record at step 0: `"):
        dicts_of(load(tables, schema, on_error="fail"))


def test_the_schema_says_which_columns_there_are_and_folders_tell_more(load: Load):
    tables = {"k=7/a": table(**{"a.b": ("string", ["é"]), "id": ("int32", [1]), "more": ("int32", [2])})}
    assert dicts_of(load(tables, {"id": "BIGINT", "a.b": "STRING"})) == [{"id": 1, "a.b": "é", "k": 7}]
    assert dicts_of(load(tables, {"k": "STRING", "id": "BIGINT"}, ["id", "k"])) == [{"id": 1, "k": "7"}]
    with pytest.raises(StepFailed, match="has no column `mroe`") as caught:
        load(tables, "id INT, mroe INT")
    assert (caught.value.argument, caught.value.hint) == ("schema", "did you mean `more`?")
    with pytest.raises(StepFailed, match="has no column `more`") as caught:
        load(tables, "id INT", ["more"])
    assert caught.value.argument == "columns"


def test_files_of_different_widths_make_one_table(load: Load):
    tables = {"a": table(id=("int32", [1]), x=("float", [0.5])), "b": table(id=("int64", [2**40]))}
    found = dicts_of(load(tables, "id BIGINT, x DOUBLE"))
    assert sorted(found, key=str) == [{"id": 1, "x": 0.5}, {"id": 2**40, "x": None}]


NESTED = pyarrow.struct(
    {
        "a": pyarrow.int32(),
        "b.c": pyarrow.list_(pyarrow.struct({"x": pyarrow.int32(), "y": pyarrow.string()})),
        "m": pyarrow.map_(pyarrow.string(), pyarrow.int32()),
    }
)


def test_nested_fields_are_chosen_and_widened(load: Load):
    value = {"a": 1, "b.c": [{"x": 1, "y": "é"}, None, {"x": None, "y": ""}], "m": [("k", 1)]}
    tables = {"a": table(s=(NESTED, [value, None, {"a": None, "b.c": None, "m": None}]))}
    found = load(tables, "s STRUCT<`b.c`: ARRAY<STRUCT<x: BIGINT>>, a: DOUBLE, m: MAP<STRING, BIGINT>>")
    assert dicts_of(found) == [
        {"s": {"b.c": [{"x": 1}, None, {"x": None}], "a": 1.0, "m": {"k": 1}}},
        {"s": None},
        {"s": {"b.c": None, "a": None, "m": None}},
    ]
    with pytest.raises(StepFailed, match=r"`s\.b\.c\[\]` has no field `xx`") as caught:
        load(tables, "s STRUCT<`b.c`: ARRAY<STRUCT<xx: BIGINT>>>")
    assert caught.value.hint == "did you mean `x`?"


STRANGERS = [
    ("bool", True, "INT"), ("date32", date(2024, 1, 1), "BIGINT"), ("binary", b"a", "STRING"),
    ("int32", 1, "TIMESTAMP"), ("int32", 1, "ARRAY<INT>"), (pyarrow.list_(pyarrow.int64()), [1], "ARRAY<INT>"),
    (pyarrow.struct({"a": pyarrow.string()}), {"a": "1"}, "STRUCT<a: INT>"),
    (pyarrow.struct({"a": pyarrow.string()}), {"a": "1"}, "STRING"),
]  # fmt: skip


def test_types_that_have_nothing_to_do_with_each_other_are_refused_before_anything_is_read(load: Load):
    columns = {f"c{place}": (kind, [value]) for place, (kind, value, _) in enumerate(STRANGERS)}
    for place, (*_, wanted) in enumerate(STRANGERS):
        with pytest.raises(StepFailed, match=rf"^`c{place}.*` is .* in the files, which is not taken as ") as caught:
            load({"a": table(**columns)}, {f"c{place}": wanted})
        assert caught.value.argument == "schema"


def test_files_without_rows_have_the_types_of_the_schema(load: Load):
    found = load({"a": table(id=("int32", []), t=("string", []))}, "t DATE, id SMALLINT")
    assert dicts_of(found) == []
    assert found.frame.schema.simpleString() == "struct<t:date,id:smallint>"
