"""What flows between the steps of a job: the current frame, the named tables, the collected rows.

Everything here is lazy: a value holds a Spark plan, never rows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self, TypeVar

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import DataType

from functions.column_hints import column_hint
from functions.constants import JSON_TIMES, options_literal
from functions.errors import StepFailed
from functions.json_text import is_writable, writable
from functions.member_faults import MemberFaults
from functions.names import named, near
from functions.schemaless import values
from functions.schemaless.table import Table
from functions.storage.reading.shape import Shape
from functions.storage.reading.text import TextInput

Wanted = TypeVar("Wanted")
#: Makes a frame of the wanted parts of a job's objects.
PartsSource = Callable[[Shape], DataFrame]
_JSON = {"ignoreNullFields": "false", **JSON_TIMES}
_JSON_OPTIONS = options_literal(_JSON)


@dataclass(frozen=True)
class Frame:
    """The job's current frame (the original's RDD): rows, of which lines are a kind, or objects."""

    frame: DataFrame

    def text(self) -> Column:
        """Each row as one line of text: lines as they are, objects as JSON."""
        raise TypeError(f"{type(self).__name__} has no text form")

    def json(self) -> Column:
        """Each row as JSON text: a line as a JSON string, an object as it is."""
        raise TypeError(f"{type(self).__name__} has no JSON form")

    def changed(self, frame: DataFrame) -> Self:
        """Other rows of the same kind: fewer, more, or in another order."""
        return type(self)(frame)


@dataclass(frozen=True)
class Rows(Frame):
    """Rows of named, typed columns; no two columns have the same name.

    Raises:
        StepFailed: When two columns have the same name.
    """

    def __post_init__(self) -> None:
        names = self.columns
        if len(set(names)) < len(names):
            twice = sorted({name for name in names if names.count(name) > 1})
            raise StepFailed(f"two columns would be named {named(twice)}", hint="rename or drop one of them before")

    @property
    def columns(self) -> Sequence[str]:
        """The names of the columns, in order."""
        return self.frame.columns

    def type_of(self, name: str) -> DataType:
        """The type of a column that is there."""
        return self.frame.schema[name].dataType

    def column(self, name: str, *, argument: str, at: tuple[str | int, ...] = ()) -> Column:
        """A column by its name, whatever characters that holds; as `check`."""
        self.check(name, argument=argument, at=at)
        return F.col(quoted(name))

    def check(self, name: str, *, argument: str, at: tuple[str | int, ...] = ()) -> None:
        """Makes sure that there is a column.

        Args:
            name: The column.
            argument: The step's argument that names it, for the message.
            at: Where it stands in the argument, from the outside in.

        Raises:
            StepFailed: When there is none.
        """
        if name not in self.columns:
            raise StepFailed(
                f"there is no column `{name[:100]}` (columns here: {named(self.columns)})",
                argument=argument,
                at=at,
                hint=column_hint(name, self.frame.schema),
            )

    def text(self) -> Column:
        """The row as JSON text."""
        return self.json()

    def json(self) -> Column:
        """The row as a JSON object: its columns in order, null where a row has no value, times to the microsecond."""
        if not self.columns:
            return F.lit("{}")
        if all(is_writable(field.dataType) for field in self.frame.schema):
            return F.expr(f"to_json(struct({', '.join(map(quoted, self.columns))}), {_JSON_OPTIONS})")
        made = [writable(F.col(quoted(name)), self.type_of(name)).alias(name) for name in self.columns]
        return F.to_json(F.struct(*made), _JSON)

    def renamed(self, names: Mapping[str, str]) -> DataFrame:
        """Some columns under new names: the old name by the new one, in this order."""
        return self.frame.selectExpr(*[aliased(quoted(old), new) for new, old in names.items()])


@dataclass(frozen=True)
class Lines(Rows):
    """Lines of text: rows of one column, `value` (string, never null)."""

    #: Where the lines are, when they are as they were read.
    text_input: TextInput | None = None

    @classmethod
    def of_text(cls, found: TextInput) -> Lines:
        """The lines of text as it was read."""
        return cls(found.frame, None if found.by_frame_alone else found)

    def text(self) -> Column:
        """The line."""
        return F.col("value")

    def json(self) -> Column:
        """The line as a JSON string."""
        return F.to_json(F.col("value").cast("variant"))


@dataclass(frozen=True)
class Objects(Frame):
    """Schema-free JSON values.

    Before `split_into_tables` the frame has one VARIANT column, `object`, and `parts` is None. After it,
    `parts` names the fields of each table, and the column `part_column(table, field)` holds each value.
    """

    parts: Mapping[str, tuple[str, ...]] | None = None
    #: Reads the same objects, but of each only some parts.
    source: PartsSource | None = None

    @staticmethod
    def part_column(table: str, field_name: str) -> str:
        """The frame's column for a field of a table; the length keeps two pairs of names apart."""
        return f"part:{len(table)}:{table}:{field_name}"

    def changed(self, frame: DataFrame) -> Self:
        """Other objects with the same parts."""
        return replace(self, frame=frame, source=None)

    def raw(self, field_name: str) -> Column:
        """The value of a field of the object: VARIANT, or SQL NULL where it has none; it may hold JSON null."""
        if self.parts is None:
            return values.raw(F.col("object"), [field_name])
        if field_name not in self.parts:
            return values.nothing()
        fields = [F.col(quoted(self.part_column(field_name, name))).alias(name) for name in self.parts[field_name]]
        return F.to_variant_object(F.struct(*fields)) if fields else values.literal({})

    def table(self, name: str, *, argument: str) -> Table:
        """The table of the objects under a name.

        Raises:
            StepFailed: When the objects were split, and not into this table.
        """
        if self.parts is None:
            found = self.raw(name)
            return Table.of_objects(self.frame.where(values.is_object(found)), found)
        if name not in self.parts:
            raise StepFailed(
                f"the objects were not split into a table `{name}` (tables here: {named(self.parts)})",
                argument=argument,
                hint=near(name, self.parts),
            )
        if self.source is not None:
            return Table.of_parts(self.source, self.parts[name])
        columns = {field_name: F.col(quoted(self.part_column(name, field_name))) for field_name in self.parts[name]}
        return Table.of_fields(self.frame, columns)

    def json(self) -> Column:
        """The object as JSON text; keys in the order of their names, as Spark keeps them."""
        if self.parts is None:
            return F.to_json(F.col("object"))
        tables = [
            F.struct(*[F.col(quoted(self.part_column(table, name))).alias(name) for name in fields]).alias(table)
            if fields
            else F.parse_json(F.lit("{}")).alias(table)
            for table, fields in self.parts.items()
        ]
        return F.to_json(F.struct(*tables), {"ignoreNullFields": "false"})

    def text(self) -> Column:
        """The object as JSON text."""
        return self.json()


@dataclass(frozen=True)
class Tables:
    """The job's named tables: schema-free ones, and rows that were given a name."""

    tables: Mapping[str, Table | Rows] = field(default_factory=dict)

    def table(self, name: str, *, argument: str) -> Table:
        """The table of that name; rows become schema-free.

        Args:
            name: The table.
            argument: The step's argument that names it, for the message.

        Raises:
            StepFailed: When there is none.
        """
        found = self._find(name, argument)
        return Table.of_rows(found.frame) if isinstance(found, Rows) else found

    def rows(self, name: str, *, argument: str) -> Rows:
        """The table of that name as rows; the values of a schema-free one become text.

        Args:
            name: The table.
            argument: The step's argument that names it, for the message.

        Raises:
            StepFailed: When there is none.
        """
        found = self._find(name, argument)
        return found if isinstance(found, Rows) else Rows(found.as_text())

    def _find(self, name: str, argument: str) -> Table | Rows:
        if name not in self.tables:
            raise StepFailed(
                f"there is no table `{name}` (tables here: {named(self.tables)})",
                argument=argument,
                hint=near(name, self.tables),
            )
        return self.tables[name]

    def changed(
        self, wanted: Mapping[str, Wanted], change: Callable[[Table, Wanted], Table], *, argument: str
    ) -> Tables:
        """These tables, with some of them changed.

        Args:
            wanted: What `change` is told, by table.
            change: Makes the new table of the old one.
            argument: The step's argument that names the tables, for messages.

        Raises:
            StepFailed: When there is no such table, or its rows have become lists.
        """
        found = dict(self.tables)
        wrong = MemberFaults(argument)
        for name, details in wanted.items():
            with wrong.at(name):
                table = self.table(name, argument=argument)
                if table.listed is not None:
                    raise StepFailed(
                        f"the rows of `{name}` have become lists, which have no fields",
                        argument=argument,
                        hint="put this step before json_to_list_for_tables",
                    )
                found[name] = change(table, details)
        wrong.check()
        return Tables(found)


@dataclass(frozen=True)
class Dataset:
    """Rows to be collected as the job's result.

    `rows` has one string column, `row`: each row as JSON text. `amount` bounds how many are wanted; None
    means all, up to the server's result limit. `most` says that there are no more rows than that, though all of the
    input was read for them: few are fetched at once, where others are written by tasks first.
    """

    rows: DataFrame
    amount: int | None = None
    most: int | None = None


@dataclass(frozen=True)
class Workspace:
    """All that the steps of one job have produced so far."""

    frame: Frame | None = None
    tables: Tables | None = None
    dataset: Dataset | None = None


def unused_name(names: Collection[str], wanted: str) -> str:
    """A name for a column that stands beside others for a moment."""
    while wanted in names:
        wanted += "'"
    return wanted


def quoted(name: str) -> str:
    """A column name as Spark reads it back to the letter, whatever characters it holds."""
    return "`" + name.replace("`", "``") + "`"


def aliased(expression: str, name: str) -> str:
    """A column of a name as SQL has it.

    Planning is mostly round trips to the JVM: a text takes one, and an expression built with Spark's functions one for
    each of its parts, and later one to let go of it. So what is made of names, and of nothing else of a request, is
    text.
    """
    return f"{expression} AS {quoted(name)}"
