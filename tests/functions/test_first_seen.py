"""Records at fault that are kept as they pass, so that they need not be read again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from pyspark.sql import Row

from functions.arguments.expectations import Check
from functions.quality.expect import expect
from functions.records.first_seen import MOST
from functions.records.rejects import Rejects
from functions.sources.load_json import load_json
from functions.storage.storage import Storage
from functions.workspace import Rows, Tables
from tests.functions.conftest import MakeRows, tally

_IS_SMALL = Check.model_validate({"check": "between", "column": "id", "max": 9})


def expected(rows: Rows, rejects: Rejects) -> None:
    """Sets aside what is not small, in an action over all rows."""
    expect.call(rows, [_IS_SMALL], "quarantine", tables=Tables(), rejects=rejects).frame.collect()


def seen(rejects: Rejects) -> Sequence[Row] | None:
    aside = rejects.sets[-1]
    return aside.seen(tally(aside.observations[0]))


def test_lines_at_fault_are_told_although_their_file_is_gone(storage: Storage, tmp_path: Path, rejects: Rejects):
    file = tmp_path / "in" / "a.jsonl"
    file.write_bytes(b'{"id": 1}\n{"id": "x"}\n\xff\n{"id": 2} 3\n')
    found = load_json.call("in/a.jsonl", {"id": "int"}, storage=storage, rejects=rejects)
    assert [row.id for row in found.frame.collect()] == [1]
    file.unlink()
    assert [tuple(row) for row in seen(rejects) or ()] == [
        ('{"id": "x"}', "`id`: `x` is not of the type int"),
        ("\ufffd", "not UTF-8 text"),
        ('{"id": 2} 3', "not JSON: something follows its first value"),
    ]


def test_they_are_told_in_the_order_of_the_rows(rows: MakeRows, rejects: Rejects):
    given = Rows(rows("id int", *[(number,) for number in range(40)]).frame.repartitionByRange(4, "id"))
    expected(given, rejects)
    found = seen(rejects)
    assert found is not None
    assert [(row.line, row.check) for row in found] == [(f'{{"id":{number}}}', 0) for number in range(10, 40)]


@pytest.mark.parametrize("amount", [MOST, MOST + 1])
def test_more_than_are_kept_are_read_again(rows: MakeRows, rejects: Rejects, amount: int):
    given = rows("id int", *[(10,)] * amount)
    expected(given, rejects)
    found = seen(rejects)
    assert (None if found is None else len(found)) == (MOST if amount == MOST else None)
    assert rejects.sets[-1].records().count() == amount


def test_a_long_one_is_read_again(rows: MakeRows, rejects: Rejects):
    given = rows("id int, text string", (10, "x" * 1000), (10, "x"))
    expected(given, rejects)
    assert seen(rejects) is None


def test_those_behind_many_good_ones_are_kept_too(rows: MakeRows, rejects: Rejects):
    given = Rows(rows("id int", *[(1,)] * (MOST + 1), (10,), (11,)).frame.coalesce(1))
    expected(given, rejects)
    assert [row.line for row in seen(rejects) or ()] == ['{"id":10}', '{"id":11}']
