"""Rows without their like."""

from __future__ import annotations

from functions.catalog import function
from functions.ordering import check_comparable
from functions.workspace import Frame, Objects, Rows


@function
def distinct(frame: Frame) -> Frame:
    """Keep one of all rows that are equal in every column; nulls are equal.

    Lines and rows are compared by their values, objects by their JSON text. The order of rows is lost.

    Example:
        ["load_rows", [{"city": "Recife"}, {"city": "Olinda"}, {"city": "Recife"}]]
        ["distinct"]
    """
    if isinstance(frame, Rows):
        check_comparable(frame, frame.columns, argument="")
        return frame.changed(frame.frame.distinct())
    if isinstance(frame, Objects):
        keyed = frame.frame.withColumn(_KEY, frame.json())
        return frame.changed(keyed.dropDuplicates([_KEY]).drop(_KEY))
    return frame.changed(frame.frame.distinct())


_KEY = "distinct:key"
