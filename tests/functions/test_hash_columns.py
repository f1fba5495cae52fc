"""Hashes of the values of columns."""

from __future__ import annotations

import datetime
import hashlib

import pytest
from pyspark.sql import functions as F

from functions.columns.hash_columns import hash_columns
from functions.workspace import Rows
from tests.functions.applied import applied, failure, refusals
from tests.functions.conftest import MakeRows, dicts_of


def test_a_missing_column_and_maps_are_told(rows: MakeRows):
    assert failure(hash_columns, rows("id int"), ["idd"], "h")[1:] == ("columns", "did you mean `id`?")
    detail, argument, _ = failure(hash_columns, rows("m array<map<string,int>>"), "m", "h")
    assert (detail, argument) == ("`m` is array<map<string,int>>, and maps have no order to hash them in", "columns")


def test_another_algorithm_is_refused():
    assert refusals(hash_columns, ["a"], "h", "crc32")[0][0] == "/3"


@pytest.mark.parametrize("algorithm", ["sha256", "sha1", "md5"])
def test_others_can_work_the_hash_out(algorithm: str, rows: MakeRows):
    found = dicts_of(
        applied(hash_columns, rows("a string, b int", ("größe", 7), (None, None)), ["a", "b"], "h", algorithm)
    )
    expected = [hashlib.new(algorithm, text.encode()).hexdigest() for text in ("5:größe1:7", "--")]
    assert [row["h"] for row in found] == expected


def test_no_two_rows_share_what_is_hashed(rows: MakeRows):
    given = rows(
        "a string, b string",
        *[("a", "bc"), ("ab", "c"), ("abc", ""), ("", "abc"), ("abc", None), (None, "abc"), (None, ""), ("", None)],
        *[(None, None), ("-", "-"), ("--", ""), ("1:a", ""), ("-", None), ("0:", "")],
    )
    for algorithm in ("sha256", "xxhash64"):
        hashes = [row["h"] for row in dicts_of(applied(hash_columns, given, ["a", "b"], "h", algorithm))]
        assert len(set(hashes)) == len(hashes) == 14


def test_values_of_every_type(rows: MakeRows):
    given = rows(
        "`a.b` array<struct<x:int>>, d date, t timestamp, y binary, x double",
        ([(None,)], datetime.date(2024, 2, 29), datetime.datetime(2024, 1, 1, 2), b"\xff", 0.5),  # noqa: DTZ001
    )
    text = '12:[{"x":null}]10:2024-02-2919:2024-01-01 02:00:002:FF3:0.5'
    expected = hashlib.sha256(text.encode()).hexdigest()
    assert dicts_of(applied(hash_columns, given, None, "h`i"))[0]["h`i"] == expected
    variants = Rows(given.frame.select(F.parse_json(F.lit('{"b":1,"a":[]}')).alias("v")))
    assert dicts_of(applied(hash_columns, variants, "v", "h"))[0]["h"] == (
        hashlib.sha256(b'14:{"a":[],"b":1}').hexdigest()
    )


def test_a_number_for_xxhash64_and_no_rows(rows: MakeRows):
    found = applied(hash_columns, rows("a string"), ["a"], "a", "xxhash64")
    assert (found.frame.dtypes, dicts_of(found)) == ([("a", "bigint")], [])
