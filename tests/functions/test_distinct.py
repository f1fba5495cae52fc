"""Each row once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from functions.errors import StepFailed
from functions.rows.distinct import distinct
from functions.workspace import Lines, Objects
from tests.functions.conftest import MakeObjects, MakeRows, dicts_of, objects_of


@pytest.mark.parametrize("kind", ["map<string,int>", "variant", "array<variant>"])
def test_values_that_cannot_be_compared_are_refused(rows: MakeRows, kind: str):
    with pytest.raises(StepFailed, match=r"`m` is .*, whose values cannot be compared"):
        distinct.call(rows(f"id int, m {kind}"))


def test_each_row_stays_once(rows: MakeRows):
    given = rows("`a.b` string, n double, s struct<t: array<int>>", *[("é", float("nan"), ([1, None],))] * 2)
    assert len(dicts_of(distinct.call(given))) == 1
    given = rows("`a.b` string, n int", ("é", 1), ("e\u0301", 1), ("é", None), ("é", None), (None, None), (None, None))
    found = {(row["a.b"], row["n"]) for row in dicts_of(distinct.call(given))}
    assert found == {("é", 1), ("e\u0301", 1), ("é", None), (None, None)}
    assert len(dicts_of(distinct.call(given))) == 4
    assert dicts_of(distinct.call(rows("a int"))) == []


def test_lines_and_objects_stay_what_they_are(lines: Callable[..., Lines], objects: MakeObjects):
    found = distinct.call(lines(["a", "a", ""]))
    assert isinstance(found, Lines)
    assert sorted(row["value"] for row in dicts_of(found)) == ["", "a"]
    found = distinct.call(objects(['{"a":1,"b":[2]}', '{"b":[2],"a":1}', '{"a":1.5}', "null", "null"], raw=True))
    assert isinstance(found, Objects)
    assert sorted(map(repr, objects_of(found))) == ["None", "{'a': 1, 'b': [2]}", "{'a': 1.5}"]
    assert found.frame.columns == ["object"]
