"""Which parts of JSON objects a table needs: what is not named here is not parsed into anything."""

from __future__ import annotations

from dataclasses import dataclass, field

#: The keys that lead to a value inside an object.
Path = tuple[str, ...]
#: Where nothing is wanted: a row or a struct has at least one column.
_NONE = "none"


@dataclass
class Shape:
    """The wanted parts of an object, by path, and the columns that they get.

    It grows while a job's steps are put together, and is fixed when the rows are read. Columns are numbered, so that
    a key may hold any characters.
    """

    #: The texts of values (see `functions/schemaless/tagged.py` for `plain`).
    texts: dict[Path, str] = field(default_factory=dict)
    #: Values, as tagged text.
    values: dict[Path, str] = field(default_factory=dict)
    #: Whether there is a value: boolean, never null.
    present: dict[Path, str] = field(default_factory=dict)
    #: The objects of a list, each as a struct of its own shape; an empty list where the value is none.
    lists: dict[Path, tuple[str, Shape]] = field(default_factory=dict)

    def text(self, path: Path) -> str:
        """The column of a value's text."""
        return self.texts.setdefault(path, f"t{len(self.texts)}")

    def value(self, path: Path) -> str:
        """The column of a value."""
        return self.values.setdefault(path, f"v{len(self.values)}")

    def presence(self, path: Path) -> str:
        """The column that says whether there is a value."""
        return self.present.setdefault(path, f"p{len(self.present)}")

    def objects(self, path: Path) -> tuple[str, Shape]:
        """The column of a list's objects, and their shape."""
        return self.lists.setdefault(path, (f"l{len(self.lists)}", Shape()))

    def columns(self) -> list[str]:
        """The names of the columns, in their order."""
        names = [
            *self.texts.values(),
            *self.values.values(),
            *self.present.values(),
            *(name for name, _ in self.lists.values()),
        ]
        return names or [_NONE]

    def to_ddl(self) -> str:
        """The columns with Spark's types, in their order."""
        columns = [f"{name} STRING" for name in (*self.texts.values(), *self.values.values())]
        columns += [f"{name} BOOLEAN" for name in self.present.values()]
        columns += [f"{name} ARRAY<STRUCT<{inner.to_ddl()}>>" for name, inner in self.lists.values()]
        return ", ".join(columns) or f"{_NONE} BOOLEAN"
