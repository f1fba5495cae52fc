"""Where the values of a table's fields come from, known before anything is read.

Steps put cells together; only what a file or a result needs at the end is turned into columns. So a lazily read
table hears which parts of its objects are wanted before it reads the first of them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import BooleanType, DataType, IntegralType, StringType

from functions.json_text import writable
from functions.schemaless import tagged, values
from functions.storage.reading.shape import Path, Shape


class Cell(ABC):
    """The value of a field in every row; NULL, in whatever form, where a row has none."""

    @abstractmethod
    def variant(self) -> Column:
        """The value as VARIANT."""

    def tagged(self) -> Column | None:
        """The value as tagged text; None where only `functions/schemaless/reading.py` can make it, of the VARIANT."""
        return None

    def text(self) -> Column | None:
        """The value's text, where it is had for less than by taking it out of `tagged`; else None."""
        return None

    def at(self, path: Sequence[str]) -> Cell:
        """The value at a path of keys inside it."""
        return Variant(self.variant(), tuple(path)) if path else self

    def is_present(self) -> Column:
        """Whether a row has a value: boolean, never NULL."""
        return self.variant().isNotNull()


@dataclass(frozen=True)
class Variant(Cell):
    """A place inside a VARIANT column."""

    column: Column
    path: tuple[str, ...] = ()

    def variant(self) -> Column:
        return values.get(self.column, self.path) if self.path else self.column

    def at(self, path: Sequence[str]) -> Cell:
        return Variant(self.column, (*self.path, *path))


@dataclass(frozen=True)
class Text(Cell):
    """A column of texts, which are values of one kind: strings, whole numbers (`n`) or booleans (`b`)."""

    column: Column
    letter: str = "s"

    def variant(self) -> Column:
        return self.column.cast("variant") if self.letter == "s" else F.try_parse_json(self.column)

    def tagged(self) -> Column | None:
        return F.concat(F.lit(self.letter), self.column)

    def text(self) -> Column | None:
        return self.column

    def is_present(self) -> Column:
        return self.column.isNotNull()


@dataclass(frozen=True)
class TaggedText(Cell):
    """A column of tagged text."""

    column: Column

    def variant(self) -> Column:
        return tagged.variant(self.column)

    def tagged(self) -> Column | None:
        return self.column

    def is_present(self) -> Column:
        return self.column.isNotNull()


@dataclass(frozen=True)
class Constant(Cell):
    """The same JSON value in every row."""

    value: object

    def variant(self) -> Column:
        return values.nothing() if self.value is None else values.literal(self.value)

    def tagged(self) -> Column | None:
        return tagged.literal(self.value)

    def text(self) -> Column | None:
        column = tagged.literal(self.value)
        return tagged.text(column)

    def at(self, path: Sequence[str]) -> Cell:
        found = self.value
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        return Constant(found)

    def is_present(self) -> Column:
        return F.lit(self.value is not None)


@dataclass(frozen=True)
class Part(Cell):
    """A place inside objects that are not read yet: asking for its columns makes the reader give them."""

    shape: Shape
    path: Path
    #: The column that holds the object as a struct; None where its parts are columns of the frame.
    struct: str | None = None

    def variant(self) -> Column:
        return tagged.variant(self._column(self.shape.value(self.path)))

    def tagged(self) -> Column | None:
        return self._column(self.shape.value(self.path))

    def text(self) -> Column | None:
        return tagged.text_of_plain(self._column(self.shape.text(self.path)))

    def at(self, path: Sequence[str]) -> Cell:
        return Part(self.shape, (*self.path, *path), self.struct)

    def is_present(self) -> Column:
        return F.coalesce(self._column(self.shape.presence(self.path)), F.lit(False))

    def objects(self) -> tuple[Column, Shape]:
        """The objects of the list at this place, as an array of structs, and the shape of each."""
        name, inner = self.shape.objects(self.path)
        return self._column(name), inner

    def _column(self, name: str) -> Column:
        return F.col(name) if self.struct is None else F.col(self.struct)[name]


@dataclass(frozen=True)
class First(Cell):
    """The first of some cells that has a value."""

    cells: tuple[Cell, ...]

    @staticmethod
    def of(cells: Sequence[Cell]) -> Cell:
        """The first of one or more cells; constants that hold nothing are left out."""
        kept = [cell for cell in cells if not (isinstance(cell, Constant) and cell.value is None)]
        if len(kept) > 1:
            return First(tuple(kept))
        return kept[0] if kept else NOTHING

    def variant(self) -> Column:
        return F.coalesce(*[cell.variant() for cell in self.cells])

    def tagged(self) -> Column | None:
        columns = [cell.tagged() for cell in self.cells]
        found = [column for column in columns if column is not None]
        return F.coalesce(*found) if len(found) == len(columns) else None

    def text(self) -> Column | None:
        columns = [cell.text() for cell in self.cells]
        found = [column for column in columns if column is not None]
        return F.coalesce(*found) if len(found) == len(columns) else None

    def at(self, path: Sequence[str]) -> Cell:
        if not path:
            return self
        *others, last = self.cells
        return reduce(lambda rest, cell: Either(cell, cell.at(path), rest), reversed(others), last.at(path))

    def is_present(self) -> Column:
        return reduce(Column.__or__, [cell.is_present() for cell in self.cells])


@dataclass(frozen=True)
class Either(Cell):
    """One cell in the rows where some cell has a value, another in the other rows."""

    condition: Cell
    then: Cell
    otherwise: Cell

    def variant(self) -> Column:
        return F.when(self.condition.is_present(), self.then.variant()).otherwise(self.otherwise.variant())

    def tagged(self) -> Column | None:
        then, otherwise = self.then.tagged(), self.otherwise.tagged()
        if then is None or otherwise is None:
            return None
        return F.when(self.condition.is_present(), then).otherwise(otherwise)

    def text(self) -> Column | None:
        then, otherwise = self.then.text(), self.otherwise.text()
        if then is None or otherwise is None:
            return None
        return F.when(self.condition.is_present(), then).otherwise(otherwise)

    def at(self, path: Sequence[str]) -> Cell:
        return Either(self.condition, self.then.at(path), self.otherwise.at(path))

    def is_present(self) -> Column:
        return F.when(self.condition.is_present(), self.then.is_present()).otherwise(self.otherwise.is_present())


@dataclass(frozen=True)
class Present(Cell):
    """Not a value: whether a struct column holds an object, as the condition of `Either`."""

    struct: str

    def variant(self) -> Column:
        return self.is_present().cast("variant")

    def is_present(self) -> Column:
        return F.col(self.struct).isNotNull()


NOTHING = Constant(None)


def of_typed(column: Column, kind: DataType) -> Text | Variant:
    """The values of a typed column, as JSON has them; see `values.of_typed`.

    What a cast to text writes as JSON does needs no VARIANT, which costs some microseconds a value.
    """
    match kind:
        case StringType():
            return Text(column)
        case IntegralType():
            return Text(column.cast("string"), "n")
        case BooleanType():
            return Text(column.cast("string"), "b")
    return Variant(values.of_typed(writable(column, kind)))
