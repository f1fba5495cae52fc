"""Reading schema-free values: the text of each, and the value as tagged text, worked out once.

Spark merges projections, and so repeats in each place what is used in several, unless something slow is used more
than once: then it leaves them apart. So what formatters and files look at is made in projections that build on one
another. Those parts that nobody looks at are never worked out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from functions.schemaless.cells import Cell, Text
from functions.schemaless.strings import stripped

#: What this module calls columns, with their number.
_LIKE = re.compile(r"read:([0-9]+):").match


@dataclass(frozen=True)
class Value:
    """A value as formatters see it; each part is NULL where there is no value."""

    #: Which of the values that were read.
    number: int

    @cached_property
    def tagged(self) -> Column:
        """The value itself, as tagged text."""
        return self._part("tagged")

    @cached_property
    def text(self) -> Column:
        """A string as it is, anything else in its JSON form."""
        return self._part("text")

    @cached_property
    def trimmed(self) -> Column:
        """The text without white space at its ends; it may be empty."""
        return self._part("trimmed")

    @property
    def is_number(self) -> Column:
        """Whether it is a number, rather than text that spells one."""
        return self.tagged.startswith("n")

    @property
    def is_boolean(self) -> Column:
        """Whether it is true or false."""
        return self.tagged.startswith("b")

    @property
    def trimmed_name(self) -> str:
        """The column of `trimmed`, in SQL."""
        return f"`read:{self.number}:trimmed`"

    def _part(self, part: str) -> Column:
        return F.col(f"`read:{self.number}:{part}`")


class Form(Enum):
    """In which form a column holds values; also what a column of `read` is called."""

    TEXT = "text"
    STRING = "string"
    TAGGED = "tagged"
    VARIANT = "variant"


def wanted_columns(cells: Mapping[str, Cell], *, kinds: Collection[str] = ()) -> dict[str, tuple[Form, Column]]:
    """The columns of some cells. Lazily read cells are asked here, so this comes before their frame is made.

    Args:
        cells: Where the values are, by name.
        kinds: The names of those whose kind matters, and not the text alone.
    """
    return {name: _wanted(cell, name in kinds) for name, cell in cells.items()}


def _wanted(cell: Cell, has_kind: bool) -> tuple[Form, Column]:
    text = cell.text() if not has_kind or (isinstance(cell, Text) and cell.letter == "s") else None
    if text is not None:
        return (Form.STRING if has_kind else Form.TEXT), text
    tagged = cell.tagged()
    return (Form.VARIANT, cell.variant()) if tagged is None else (Form.TAGGED, tagged)


def read(
    frame: DataFrame,
    columns: Mapping[str, tuple[Form, Column]],
    *,
    trimmed: bool = True,
    taken: Collection[str] = (),
) -> tuple[DataFrame, dict[str, Value]]:
    """Reads some values.

    Args:
        frame: The rows.
        columns: Where the values are, by name, as `wanted_columns` gives them.
        trimmed: Whether the trimmed text is wanted; without it `Value.trimmed` must not be used.
        taken: Names of the frame's columns, where these are a request's.

    Returns:
        The frame with further columns, and what stands in them by name.
    """
    first = 1 + max((int(like[1]) for like in map(_LIKE, taken) if like), default=-1)
    found = {name: Value(number) for number, name in enumerate(columns, first)}
    forms: dict[Form, list[int]] = {form: [] for form in Form}
    made = {}
    for number, (form, column) in enumerate(columns.values(), first):
        forms[form].append(number)
        made[f"read:{number}:{form.value}"] = column
    if made:
        frame = frame.withColumns(made)
    variants = forms[Form.VARIANT]
    stages: list[list[tuple[tuple[str, ...], Sequence[int]]]] = [
        [(_PLAIN, variants)],
        [(_TEXT, variants), (_REST, forms[Form.TAGGED]), (_STRING, forms[Form.STRING])],
        [(_TAG, variants), (_TRIMMED, [value.number for value in found.values()] if trimmed else ())],
    ]
    for stage in stages:
        lines = [line.format(n=number) for templates, numbers in stage for number in numbers for line in templates]
        if lines:
            frame = frame.selectExpr("*", *lines)
    return frame, found


# As SQL, since each operation on a column is a round trip to the JVM. Nothing of a request stands in it: the names
# are numbers.
_PLAIN = (
    "try_variant_get(`read:{n}:variant`, '$', 'string') AS `read:{n}:plain`",
    "schema_of_variant(`read:{n}:variant`) AS `read:{n}:kind`",
)
# Spark drops the zeros of a decimal, so 12.0 would read 12 and look like an integer; the type still tells them apart,
# and `.0` is put back (up to 63 bits, beyond which integers are decimals too). Floats from 0.0001 up to
# 10 000 000 000 000 000 are written without an exponent, as Python does. Every number begins with a digit or a minus,
# which stand before the colon; so most else is passed by quickly.
_TEXT = (
    r"""
    CASE
        WHEN NOT `read:{n}:plain` < ':' THEN `read:{n}:plain`
        WHEN schema_of_variant(`read:{n}:variant`) LIKE 'DECIMAL%' AND NOT contains(`read:{n}:plain`, '.')
            AND try_cast(`read:{n}:plain` AS BIGINT) IS NOT NULL THEN `read:{n}:plain` || '.0'
        WHEN schema_of_variant(`read:{n}:variant`) = 'DOUBLE' AND contains(`read:{n}:plain`, 'E')
            AND abs(try_cast(`read:{n}:plain` AS DOUBLE)) BETWEEN 1e-4D AND 9999999999999998D
            THEN regexp_replace(try_cast(`read:{n}:plain` AS DECIMAL(38, 20)), r'(\.[0-9]+?)0+\z', r'$1')
        ELSE `read:{n}:plain`
    END AS `read:{n}:text`""",
)
_TAG = (
    """
    CASE WHEN `read:{n}:kind` = 'STRING' THEN 's' WHEN `read:{n}:kind` = 'BOOLEAN' THEN 'b'
        WHEN `read:{n}:kind` LIKE 'OBJECT%' OR `read:{n}:kind` LIKE 'ARRAY%' THEN 'r' ELSE 'n'
    END || `read:{n}:text` AS `read:{n}:tagged`""",
)
_REST = (
    """
    CASE WHEN startswith(`read:{n}:tagged`, 'r') THEN to_json(try_parse_json(substring(`read:{n}:tagged`, 2)))
        ELSE substring(`read:{n}:tagged`, 2)
    END AS `read:{n}:text`""",
)
_STRING = ("`read:{n}:string` AS `read:{n}:text`", "'s' || `read:{n}:string` AS `read:{n}:tagged`")
_TRIMMED = (f"{stripped('`read:{n}:text`')} AS `read:{{n}}:trimmed`",)
