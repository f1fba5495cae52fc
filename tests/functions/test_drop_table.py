"""Taking a table away."""

from __future__ import annotations

import pytest

from functions.errors import StepFailed
from functions.relations.drop_table import drop_table
from functions.workspace import Tables
from tests.functions.conftest import MakeRows


def test_one_table_goes_and_the_others_stay(rows: MakeRows):
    given = Tables({"people": rows("id int", (1,)), "orders": rows("id int", (7,))})
    assert set(drop_table.call(given, "people").tables) == {"orders"}
    with pytest.raises(StepFailed, match="no table `items`"):
        drop_table.call(given, "items")
