"""Making a table the current rows."""

from __future__ import annotations

import pytest

from functions.errors import StepFailed
from functions.relations.use_table import use_table
from functions.workspace import Tables
from tests.functions.conftest import MakeRows, MakeTables, dicts_of


def test_a_missing_table_is_told_with_a_near_name(rows: MakeRows):
    with pytest.raises(StepFailed) as caught:
        use_table.call(Tables({"people": rows("id int", (1,))}), "poeple")
    assert (caught.value.argument, caught.value.hint) == ("name", "did you mean `people`?")


def test_named_rows_come_back_as_they_were(rows: MakeRows):
    given = rows("id int", (1,))
    assert use_table.call(Tables({"people": given}), "people") is given


@pytest.mark.parametrize("layered", [True, False])
def test_a_table_without_a_schema_becomes_columns_of_text(tables: MakeTables, layered: bool):
    given = tables(layered, people=[{"id": 1, "name": "Ada"}, {"id": [2], "name": None, "extra": {"a": True}}])
    found = use_table.call(given, "people")
    assert sorted(found.columns) == ["extra", "id", "name"]
    assert dicts_of(found) == [
        {"id": "1", "name": "Ada", "extra": None},
        {"id": "[2]", "name": None, "extra": '{"a":true}'},
    ]
