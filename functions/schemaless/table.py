"""A table of schema-free rows.

Absent and null are the same, everywhere. A row's fields are found in three places:

- `fields`: those that steps have named, each with its cell (see `functions/schemaless/cells.py`).
- `layers`: whole objects whose fields were never named; earlier ones win.
- `hidden`: fields of the layers that a step has taken away.

So a job that names its fields runs on plain columns, and one that does not still loses nothing. The frame is made last:
steps only note what is to be done to it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from uuid import uuid4

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from functions.schemaless import values
from functions.schemaless.cells import (
    NOTHING,
    Cell,
    Either,
    First,
    Part,
    Present,
    TaggedText,
    Text,
    Variant,
    of_typed,
)
from functions.schemaless.reading import Value, read, wanted_columns
from functions.schemaless.tagged import Tagged
from functions.storage.reading.shape import Shape

#: What a step does to the rows.
Change = Callable[[DataFrame], DataFrame]


@dataclass(frozen=True)
class Table:
    """A table; see the module. `listed` holds the rows' values in order once rows became ordered lists."""

    #: Makes the frame of the rows before any change; called once all cells were asked for their columns.
    source: Callable[[], DataFrame]
    fields: Mapping[str, Cell] = field(default_factory=dict)
    layers: tuple[Cell, ...] = ()
    hidden: frozenset[str] = frozenset()
    listed: tuple[Cell, ...] | None = None
    changes: tuple[Change, ...] = ()

    @staticmethod
    def of_fields(frame: DataFrame, columns: Mapping[str, Column]) -> Table:
        """A table whose rows have just these fields: VARIANT columns."""
        names = {name: f"field:{place}" for place, name in enumerate(columns)}
        made = frame.select(*[columns[name].alias(column) for name, column in names.items()])
        return Table(lambda: made, {name: Variant(_column(column)) for name, column in names.items()})

    @staticmethod
    def of_rows(frame: DataFrame) -> Table:
        """A table of rows with typed columns; their names become fields, dates and the like become text."""
        cells = {
            field.name: of_typed(F.col(f"`{field.name.replace('`', '``')}`"), field.dataType) for field in frame.schema
        }
        names = {name: f"field:{place}" for place, name in enumerate(cells)}
        made = frame.select(*[cells[name].column.alias(column) for name, column in names.items()])
        kept = {name: replace(cells[name], column=_column(column)) for name, column in names.items()}
        return Table(lambda: made, kept)

    @staticmethod
    def of_objects(frame: DataFrame, objects: Column) -> Table:
        """A table whose rows are the objects of a VARIANT column; their fields are not known yet."""
        made = frame.select(objects.alias("layer:0"))
        return Table(lambda: made, layers=(Variant(_column("layer:0")),))

    @staticmethod
    def of_parts(source: Callable[[Shape], DataFrame], names: Iterable[str]) -> Table:
        """A table of objects that are not read yet, whose rows have just these fields."""
        shape = Shape()
        return Table(lambda: source(shape), {name: Part(shape, (name,)) for name in names})

    @property
    def frame(self) -> DataFrame:
        """The rows, with the columns that cells were asked for before."""
        return reduce(lambda frame, change: change(frame), self.changes, self.source())

    def get(self, field: str) -> Cell:
        """The value of a field."""
        if field in self.fields:
            return self.fields[field]
        if field in self.hidden:
            return NOTHING
        return First.of([layer.at([field]) for layer in self.layers])

    def with_fields(self, cells: Mapping[str, Cell]) -> Table:
        """Sets fields; the cells are those of this table as it was before."""
        return replace(self, fields={**self.fields, **cells})

    def mapped(self, wanted: Mapping[str, Callable[[Value], Column | Tagged]], *, kinds: Collection[str]) -> Table:
        """Sets fields to what is made of their values; NULL takes a field away.

        Args:
            wanted: What makes the new value of each field: text, or tagged text for those in `kinds`.
            kinds: The fields whose kind of value matters, and not the text alone.
        """
        names = {name: f"made_{uuid4().hex}" for name in wanted}
        columns = wanted_columns({name: self.get(name) for name in wanted}, kinds=kinds)

        def change(frame: DataFrame) -> DataFrame:
            frame, found = read(frame, columns)
            made = {names[name]: _column_of(make(found[name])) for name, make in wanted.items()}
            # Further steps may read values of their own under the same names.
            parts = [column for column in frame.columns if column.startswith("read:")]
            return frame.withColumns(made).drop(*parts)

        made = {name: (TaggedText if name in kinds else Text)(_column(column)) for name, column in names.items()}
        return self._changed(change).with_fields(made)

    def without(self, gone: Iterable[str]) -> Table:
        """Takes fields away."""
        names = set(gone)
        hidden = self.hidden | names if self.layers else self.hidden
        return replace(self, fields={name: c for name, c in self.fields.items() if name not in names}, hidden=hidden)

    def where(self, condition: Column) -> Table:
        """Keeps the rows for which the condition is true."""
        return self._changed(lambda frame: frame.where(condition))

    def explode(self, field: str) -> Table:
        """A row for each object of the list in a field, merged with the row's other fields.

        The row's own fields win. A row whose field is missing, is no list, or lists no object stays as it is.
        """
        column = f"item_{uuid4().hex}"
        cell = self.get(field)
        layer: Cell
        if isinstance(cell, Part):
            listed, shape = cell.objects()
            layer = Part(shape, (), column)
        else:
            objects = F.filter(values.elements(cell.variant()), values.is_object)
            listed = F.when(F.size(objects) > 0, objects)
            layer = Variant(_column(column))
        # Rows without objects are kept: their item is NULL.
        wide = self._changed(lambda frame: frame.withColumn(column, F.explode_outer(listed)))
        # What was hidden in the older layers may come back from the new one, so it gets a place of its own.
        named = dict.fromkeys([*self.fields, *sorted(self.hidden), field])
        merged = {name: First.of([self.get(name), layer.at([name])]) for name in named}
        merged[field] = Either(Present(column), layer.at([field]), cell)
        return replace(wide, fields=merged, layers=(*self.layers, layer), hidden=frozenset())

    def union(self, other: Table) -> Table:
        """The rows of both; a field that only one side has is absent in the other's rows."""
        if self.listed is not None or other.listed is not None:
            return self._union_of_lists(other)
        hidden = self.hidden | other.hidden
        # What one side hides gets a place of its own where the other side may have it.
        shown = sorted(name for name in hidden if self._may_have(name) or other._may_have(name))
        names = tuple(dict.fromkeys([*self.fields, *other.fields, *shown]))
        count = max(len(self.layers), len(other.layers))
        pairs = [(self.get(name), other.get(name)) for name in names]
        layers = [(_nth(self.layers, place), _nth(other.layers, place)) for place in range(count)]
        source, cells = _stacked(self, other, [*pairs, *layers])
        fields = dict(zip(names, cells, strict=False))
        return Table(source, fields, tuple(cells[len(names) :]), frozenset(hidden - set(shown)))

    def as_lists(self, order: Iterable[str]) -> Table:
        """Rows become ordered lists of these fields; one field may stand twice."""
        return Table(self.source, listed=tuple(self.get(name) for name in order), changes=self.changes)

    def as_text(self) -> DataFrame:
        """The rows as columns of text for CSV; null where a row has no value.

        Lists give their items in order, under the names `0`, `1`, …; other rows the `named_fields`, under their
        names. Text is as it is, anything else in its JSON form. A table without fields gives one empty column. In
        a single column null becomes empty text: the line of a row would be blank, and blank lines get lost.
        """
        if self.listed is not None:
            cells = {str(place): cell for place, cell in enumerate(self.listed)}
        else:
            cells = {name: self.get(name) for name in self.named_fields()}
        columns = wanted_columns(cells)  # before the frame is made
        frame, found = read(self.frame, columns, trimmed=False)
        texts = {name: value.text for name, value in found.items()}
        if len(texts) == 1:
            texts = {name: F.coalesce(text, F.lit("")) for name, text in texts.items()}
        return frame.select(*[text.alias(name) for name, text in (texts or {"0": F.lit("")}).items()])

    def named_fields(self) -> tuple[str, ...]:
        """All fields that a row may have: the named ones, then those of the layers by name.

        Reads the data once where the table has layers.
        """
        if not self.layers:
            return tuple(self.fields)
        found: set[str] = set()
        for layer in self.layers:
            keys = F.explode(values.keys(layer.variant())).alias("key")
            found |= {row.key for row in self.frame.select(keys).distinct().collect()}
        return (*self.fields, *sorted(found - set(self.fields) - self.hidden))

    def _may_have(self, field: str) -> bool:
        return field in self.fields or bool(self.layers and field not in self.hidden)

    def _changed(self, change: Change) -> Table:
        return replace(self, changes=(*self.changes, change))

    def _union_of_lists(self, other: Table) -> Table:
        sides = [side if side.listed is not None else side.as_lists(side.named_fields()) for side in (self, other)]
        left, right = (side.listed or () for side in sides)
        width = max(len(left), len(right))
        pairs = [(_nth(left, place), _nth(right, place)) for place in range(width)]
        source, cells = _stacked(sides[0], sides[1], pairs)
        return Table(source, listed=tuple(cells))


def _stacked(
    left: Table, right: Table, pairs: Iterable[tuple[Cell, Cell]]
) -> tuple[Callable[[], DataFrame], list[Cell]]:
    """The rows of two tables, one below the other, with a column for each pair of cells."""
    columns: list[tuple[Column, Column]] = []
    cells: list[Cell] = []
    for place, (one, two) in enumerate(pairs):
        name = f"both:{place}"
        first, second = one.tagged(), two.tagged()
        if first is None or second is None:
            columns.append((one.variant().alias(name), two.variant().alias(name)))
            cells.append(Variant(_column(name)))
        else:
            columns.append((first.alias(name), second.alias(name)))
            cells.append(TaggedText(_column(name)))

    if not columns:  # the rows still count
        columns.append((F.lit(True).alias("none"), F.lit(True).alias("none")))

    def source() -> DataFrame:
        return left.frame.select(*[one for one, _ in columns]).union(right.frame.select(*[two for _, two in columns]))

    return source, cells


def _nth(cells: tuple[Cell, ...], place: int) -> Cell:
    return cells[place] if place < len(cells) else NOTHING


def _column_of(made: Column | Tagged) -> Column:
    return made.column if isinstance(made, Tagged) else made


def _column(name: str) -> Column:
    return F.col(f"`{name}`")
