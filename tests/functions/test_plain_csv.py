"""Plain records of CSV mean the same, whichever parser reads them."""

from __future__ import annotations

import pytest
from pyspark.sql import Row
from pyspark.sql import functions as F

from functions.records import csv_rows
from functions.records.rejects import Rejects
from functions.sources.load_csv import load_csv
from functions.storage.storage import Storage
from tests.functions.conftest import Put, dicts_of, tally_of, texts_of

KINDS = [
    "tinyint",
    "smallint",
    "int",
    "bigint",
    "float",
    "double",
    "boolean",
    "date",
    "timestamp",
    "decimal(5, 2)",
    "string",
]
VALUES = [
    "0",
    "-0",
    "+0",
    "007",
    "-007",
    "7",
    "+7",
    "99",
    "127",
    "128",
    "-128",
    "-129",
    "32767",
    "32768",
    "2147483647",
    "2147483648",
    "999999999",
    "9223372036854775807",
    "1_000",
    "0x1F",
    "0X1f",
    "9223372036854775808",
    "-9223372036854775808",
    "12345678901234567890123",
    "1.",
    ".5",
    "-.5",
    "1.5",
    "-1.25",
    "100.125",
    "1e3",
    "1E-5",
    "1e400",
    "-1e400",
    "4.9e-324",
    "0.1",
    "0.30000000000000004",
    "123456789012345.123456789012345",
    "16777217",
    "3.4028236e38",
    "1d",
    "1f",
    "0x1p3",
    "nan",
    "NaN",
    "NAN",
    "inf",
    "Inf",
    "-inf",
    "Infinity",
    "-Infinity",
    "true",
    "True",
    "TRUE",
    "tRuE",
    "false",
    "FALSE",
    "t",
    "f",
    "yes",
    "0001-01-01",
    "0000-01-01",
    "2024-02-29",
    "2023-02-29",
    "2024-02-30",
    "2024-04-31",
    "2024-1-1",
    "2024-01-01",
    "9999-12-31",
    "10000-01-01",
    "+2024-01-01",
    "2024/01/01",
    "20240101",
    "1582-10-10",
    "2024-01-01T10:00:00",
    "2024-01-01T10:00:00Z",
    "2024-01-01T10:00:00.5",
    "2024-01-01T10:00:00.123456",
    "2024-01-01T10:00:00.1234567",
    "2024-01-01T10:00:00.123456Z",
    "2024-01-01T24:00:00",
    "2024-01-01T10:00:60",
    "2024-01-01T10:00",
    "2024-01-01T10",
    "2024-01-01T10:00:00+01:00",
    "2024-01-01T10:00:00+0100",
    "2024-01-01T10:00:00z",
    "2024-02-29T10:00:00",
    "2023-02-29T10:00:00",
    "0000-01-01T10:00:00",
    "0001-01-01T00:00:00",
    "999.99",
    "1000",
    "999.995",
    "-999.99",
    "é",
    "李小龙",
    "١٢",
    "\uff11",
    "\u2212",
    "-",
    "+",
    ".",
    "NULL",
    "\\N",
    "'",
    "\\",
    "\ufeff1",
    "a\\,b",
]
VALUES += [
    " 7",
    "7 ",
    "\t7",
    " true",
    "2024-01-01 10:00:00",
    " 2024-01-01",
    "2024-01-01 ",
    " ",
    "a\x00b",
    "\x00",
    "a\ufffdb",
    '"7"',
    'a"b',
    '7"',
    '"a',
    "NA",
]


@pytest.mark.parametrize("escape", ['"', "\\"])
def test_a_record_means_the_same_whichever_parser_reads_it(
    on_s3: Storage, put: Put, monkeypatch: pytest.MonkeyPatch, escape: str
):
    empty = [""] * len(KINDS)
    lines = [
        f"{number}," + ",".join([*empty[:place], value, *empty[place + 1 :]])
        for place in range(len(KINDS))
        for number, value in enumerate(VALUES)
    ]
    lines += [",".join(["1"] * count) for count in range(2, len(KINDS) + 4)]
    path = put({"a.csv": "\n".join([",".join(["n", *(f"c{place}" for place in range(len(KINDS)))]), *lines, ""])})
    schema = {"n": "string"} | {f"c{place}": kind for place, kind in enumerate(KINDS)}

    def read() -> tuple[list[Row], list[tuple[str, str]], dict[str, int]]:
        rejects = Rejects()
        rows = load_csv.call(path, schema, escape=escape, null_value="NA", storage=on_s3, rejects=rejects)
        # As text: Python knows no years beyond 9999, and NaN equals nothing, not even itself.
        found = rows.frame.select([F.col(name).cast("string") for name in rows.columns]).collect()
        return found, texts_of(rejects), tally_of(rejects)

    plain = read()
    monkeypatch.setattr(csv_rows, "plain_csv", lambda *_, **__: None)
    spark = read()
    assert len(spark[0]) > len(KINDS) * 20
    assert spark[2]["rejected"] > len(KINDS) * 20
    assert plain == spark


@pytest.mark.parametrize("first", ["", '"q",1\n'])
def test_a_byte_order_mark_before_a_plain_record_is_part_of_it_as_for_spark(
    on_s3: Storage, put: Put, monkeypatch: pytest.MonkeyPatch, first: str
):
    path = put({"a.csv": f"a,b\n{first}\ufeffx,2\n\ufeffy,3\n"})

    def read() -> list[dict[str, object]]:
        return dicts_of(load_csv.call(path, {"a": "string", "b": "int"}, storage=on_s3, rejects=Rejects()))

    plain = read()
    monkeypatch.setattr(csv_rows, "plain_csv", lambda *_, **__: None)
    assert plain == read()
    assert plain[-1] == {"a": "\ufeffy", "b": 3}


def test_bytes_that_are_not_utf8_are_at_fault_in_columns_that_are_not_kept(on_s3: Storage, put: Put):
    rejects = Rejects()
    path = put({"a.csv": b"a,b,c\n1,x\xff,2\n3,y,4\n"})
    rows = load_csv.call(path, {"c": "int", "a": "int"}, storage=on_s3, rejects=rejects)
    assert dicts_of(rows) == [{"c": 4, "a": 3}]
    assert texts_of(rejects) == [("1,x\ufffd,2", "not UTF-8 text")]
