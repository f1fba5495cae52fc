"""The number of rows as the job's result."""

from __future__ import annotations

from collections.abc import Callable

from functions.results.count import count
from functions.workspace import Frame, Lines
from tests.functions.conftest import MakeObjects, MakeRows


def test_rows_lines_and_objects_are_counted(rows: MakeRows, lines: Callable[..., Lines], objects: MakeObjects):
    def counted(frame: Frame) -> list[str]:
        return [row.row for row in count.call(frame).rows.collect()]

    assert counted(rows("id int, id2 int", (1, 2), (None, None))) == ['{"count":2}']
    assert counted(rows("id int")) == ['{"count":0}']
    assert counted(lines(["", "é"])) == ['{"count":2}']
    assert counted(objects([{}, []])) == ['{"count":2}']
