"""A table of schema-free rows, kept as columns.

Absent and null are the same, everywhere. A row's fields are found in three places:

- `fields`: each has a column of its own, of type VARIANT; SQL NULL means that the row has no such field.
- `layers`: columns that hold whole objects (VARIANT) whose fields were never named; earlier ones win.
- `hidden`: fields of the layers that a step has taken away.

So a job that names its fields runs on plain columns, and one that does not still loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from functions import values
from functions.reading import Value, read


@dataclass(frozen=True)
class Table:
    """A table; see the module. `listed` holds the columns' order once rows became ordered lists."""

    frame: DataFrame
    fields: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()
    listed: tuple[str, ...] | None = None

    @staticmethod
    def column_name(field: str) -> str:
        """The frame's column that holds a named field."""
        return f"field:{field}"

    @staticmethod
    def of_fields(frame: DataFrame, columns: Mapping[str, Column]) -> Table:
        """A table whose rows have just these fields."""
        return Table(
            frame.select(*[column.alias(Table.column_name(name)) for name, column in columns.items()]),
            tuple(columns),
        )

    @staticmethod
    def of_objects(frame: DataFrame, objects: Column) -> Table:
        """A table whose rows are the objects of a VARIANT column; their fields are not known yet."""
        return Table(frame.select(objects.alias("layer:0")), layers=("layer:0",))

    def get(self, field: str) -> Column:
        """The value of a field: VARIANT, or SQL NULL where a row has none."""
        if field in self.fields:
            return F.col(_quoted(self.column_name(field)))
        if field in self.hidden or not self.layers:
            return values.nothing()
        found = [values.get(F.col(_quoted(layer)), [field]) for layer in self.layers]
        return found[0] if len(found) == 1 else F.coalesce(*found)

    def with_fields(self, columns: Mapping[str, Column]) -> Table:
        """Sets fields; the columns may read any field of this table as it was before."""
        fields = [*self.fields, *(name for name in columns if name not in self.fields)]
        return self._select({name: columns.get(name, self.get(name)) for name in fields}, self.layers, self.hidden)

    def mapped(self, changes: Mapping[str, Callable[[Value], Column]]) -> Table:
        """Sets fields to what is made of their values; NULL takes a field away."""
        frame, found = read(self.frame, {name: self.get(name) for name in changes})
        made = {name: change(found[name]).cast("variant") for name, change in changes.items()}
        return self._with_frame(frame).with_fields(made)

    def without(self, gone: Iterable[str]) -> Table:
        """Takes fields away."""
        names = set(gone)
        hidden = self.hidden | names if self.layers else self.hidden
        return self._select({f: self.get(f) for f in self.fields if f not in names}, self.layers, hidden)

    def where(self, condition: Column) -> Table:
        """Keeps the rows for which the condition is true."""
        return self._with_frame(self.frame.where(condition))

    def explode(self, field: str) -> Table:
        """A row for each object of the list in a field, merged with the row's other fields.

        The row's own fields win. A row whose field is missing, is no list, or lists no object stays as it is.
        """
        objects = F.filter(values.elements(self.get(field)), values.is_object)
        # One null element stands for "no objects", so that explode keeps the row.
        element = F.explode(F.when(F.size(objects) > 0, objects).otherwise(F.array(values.nothing())))
        layer = f"layer:{len(self.layers)}"
        wide = Table(self.frame.withColumn(layer, element), self.fields, (*self.layers, layer), self.hidden)
        item = F.col(_quoted(layer))

        def merged(name: str) -> Column:
            theirs = values.get(item, [name])
            if name == field:
                return F.when(item.isNotNull(), theirs).otherwise(self.get(name))
            return F.coalesce(self.get(name), theirs)

        # What was hidden in the older layers may come back from the new one, so it gets a column of its own.
        named = dict.fromkeys([*self.fields, *sorted(self.hidden), field])
        return wide._select({name: merged(name) for name in named}, (*self.layers, layer), frozenset())

    def union(self, other: Table) -> Table:
        """The rows of both; a field that only one side has is absent in the other's rows."""
        if self.listed is not None or other.listed is not None:
            return self._union_of_lists(other)
        hidden = self.hidden | other.hidden
        # What one side hides gets a column of its own where the other side may have it.
        shown = sorted(name for name in hidden if self._may_have(name) or other._may_have(name))
        names = dict.fromkeys([*self.fields, *other.fields, *shown])
        layers = max(self.layers, other.layers, key=len)
        left, right = (
            side._select({name: side.get(name) for name in names}, layers, hidden - set(shown))
            for side in (self, other)
        )
        return left._with_frame(left.frame.unionByName(right.frame))

    def as_lists(self, order: Iterable[str]) -> Table:
        """Rows become ordered lists of these fields; one field may stand twice."""
        columns = [self.get(name).alias(f"item:{place}") for place, name in enumerate(order)]
        return Table(self.frame.select(*columns), listed=tuple(f"item:{p}" for p in range(len(columns))))

    def as_text(self) -> DataFrame:
        """The rows as columns of text for CSV; null where a row has no value.

        Lists give their items in order, under the names `0`, `1`, …; other rows the `named_fields`, under their
        names. Text is as it is, anything else in its JSON form. A table without fields gives one empty column. In
        a single column null becomes empty text: the line of a row would be blank, and blank lines get lost.
        """
        if self.listed is not None:
            named = {str(place): F.col(_quoted(column)) for place, column in enumerate(self.listed)}
        else:
            named = {name: self.get(name) for name in self.named_fields()}
        frame, found = read(self.frame, named, trimmed=False)
        texts = {name: value.text for name, value in found.items()}
        if len(texts) == 1:
            texts = {name: F.coalesce(text, F.lit("")) for name, text in texts.items()}
        return frame.select(*[text.alias(name) for name, text in (texts or {"0": F.lit("")}).items()])

    def named_fields(self) -> tuple[str, ...]:
        """All fields that a row may have: the named ones, then those of the layers by name.

        Reads the data once where the table has layers.
        """
        if not self.layers:
            return self.fields
        found: set[str] = set()
        for layer in self.layers:
            keys = F.explode(values.keys(F.col(_quoted(layer)))).alias("key")
            found |= {row.key for row in self.frame.select(keys).distinct().collect()}
        return (*self.fields, *sorted(found - set(self.fields) - self.hidden))

    def _may_have(self, field: str) -> bool:
        return field in self.fields or bool(self.layers and field not in self.hidden)

    def _with_frame(self, frame: DataFrame) -> Table:
        return Table(frame, self.fields, self.layers, self.hidden, self.listed)

    def _select(self, columns: Mapping[str, Column], layers: tuple[str, ...], hidden: frozenset[str]) -> Table:
        kept = [F.col(_quoted(layer)) if layer in self.layers else values.nothing().alias(layer) for layer in layers]
        named = [column.alias(self.column_name(name)) for name, column in columns.items()]
        return Table(self.frame.select(*named, *kept), tuple(columns), layers, hidden)

    def _union_of_lists(self, other: Table) -> Table:
        sides = [side if side.listed is not None else side.as_lists(side.named_fields()) for side in (self, other)]
        width = max(len(side.listed or ()) for side in sides)
        order = tuple(f"item:{place}" for place in range(width))
        frames = [
            side.frame.select(
                *[F.col(_quoted(c)) if c in (side.listed or ()) else values.nothing().alias(c) for c in order]
            )
            for side in sides
        ]
        return Table(reduce(DataFrame.union, frames), listed=order)


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
