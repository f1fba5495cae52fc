"""Keeping rows at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from pyspark import StorageLevel
from pyspark.sql import functions as F

from functions.columns.cast import cast
from functions.control.cache import cache
from functions.kept import KeptFrames
from functions.records.rejects import Rejects
from functions.workspace import Lines, Objects, Rows
from tests.functions.conftest import MakeObjects, MakeRows, counts, dicts_of, objects_of


@pytest.fixture
def kept() -> Iterator[KeptFrames]:
    frames = KeptFrames()
    yield frames
    frames.release()


def test_rows_are_worked_out_once_and_let_go_at_the_end(rows: MakeRows, kept: KeptFrames):
    given = rows("`a.b` int", (1,), (None,))
    found = cache.call(Rows(given.frame.withColumn("chance", F.uuid())), kept=kept)
    assert dicts_of(found) == dicts_of(found)
    assert [row["a.b"] for row in dicts_of(found)] == [1, None]
    assert found.frame.storageLevel == StorageLevel.MEMORY_AND_DISK
    kept.release()
    assert found.frame.storageLevel == StorageLevel.NONE


def test_lines_and_objects_stay_what_they_are(lines: Callable[..., Lines], objects: MakeObjects, kept: KeptFrames):
    assert isinstance(cache.call(lines(["a"]), kept=kept), Lines)
    found = cache.call(objects([{"é": [None]}]), kept=kept)
    assert isinstance(found, Objects)
    assert objects_of(found) == [{"é": [None]}]
    assert dicts_of(cache.call(lines([]), kept=kept)) == []


def test_what_was_set_aside_before_is_counted_once(rows: MakeRows, rejects: Rejects, kept: KeptFrames):
    given = cast.call(rows("id string", ("1",), ("x",), ("2",)), {"id": "INT"}, rejects=rejects)
    found = cache.call(given, kept=kept)
    for _ in range(2):
        assert dicts_of(found) == [{"id": 1}, {"id": 2}]
    assert counts(rejects.sets[0].observations[0]) == {"read": 3, "rejected": 1}
