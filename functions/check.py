"""What is known while a job's steps are checked, before anything runs; and the argument types that use it.

An argument annotated with one of the types below is checked against what earlier steps produced. pydantic
hands each validator the `Flow` as its context, so every fault carries the exact place of the argument.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo
from pydantic_core import PydanticCustomError

from functions.errors import StepFailed
from functions.storage.roots import Roots
from functions.workspace import Frame


@dataclass
class Flow:
    """What the steps so far have produced, by kind and by name; no data."""

    roots: Roots
    frame: type[Frame] | None = None
    #: Fields by table, once `split_into_tables` has run; None while the objects' fields are unknown.
    parts: dict[str, tuple[str, ...]] | None = None
    #: Names of the tables that exist; None until a step makes some.
    tables: set[str] | None = None
    dataset: bool = False
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Fault:
    """One mistake in a request: where (JSON pointer), what, and what to do."""

    pointer: str
    detail: str
    hint: str | None = None

    def to_json(self) -> dict[str, str]:
        """The form in which problem documents list it."""
        return {"pointer": self.pointer, "detail": self.detail} | ({"hint": self.hint} if self.hint else {})


def near(name: str, names: Any) -> str | None:
    """A hint with the nearest of some names, or None."""
    found = get_close_matches(name, list(names), n=1, cutoff=0.6)
    return f"did you mean `{found[0]}`?" if found else None


def refuse(kind: str, detail: str, hint: str | None = None) -> PydanticCustomError:
    """An error for a validator to raise; the texts may hold any characters."""
    return PydanticCustomError(kind, "{detail}", {"detail": detail, "hint": hint or ""})


def flow_of(info: ValidationInfo) -> Flow | None:
    """The flow, or None where arguments are checked by themselves."""
    return info.context if isinstance(info.context, Flow) else None


def _uses_table(name: str, info: ValidationInfo) -> str:
    flow = flow_of(info)
    if flow is not None and name not in (flow.tables or ()):
        made = ", ".join(sorted(flow.tables or ())) or "none"
        raise refuse(
            "no_such_table",
            f"no earlier step made a table `{name}` (tables here: {made})",
            near(name, flow.tables or ()),
        )
    return name


def _makes_table(name: str, info: ValidationInfo) -> str:
    flow = flow_of(info)
    if flow is not None:
        flow.tables = (flow.tables or set()) | {name}
    return name


def _drops_table(name: str, info: ValidationInfo) -> str:
    _uses_table(name, info)
    flow = flow_of(info)
    if flow is not None and flow.tables is not None:
        flow.tables = flow.tables - {name}
    return name


def _part(name: str, info: ValidationInfo) -> str:
    flow = flow_of(info)
    if flow is not None and flow.parts is not None and name not in flow.parts:
        made = ", ".join(sorted(flow.parts)) or "none"
        raise refuse(
            "no_such_table",
            f"the objects were not split into a table `{name}` (tables here: {made})",
            near(name, flow.parts),
        )
    return _makes_table(name, info)


def _readable(path: str, info: ValidationInfo) -> str:
    flow = flow_of(info)
    if flow is not None:
        try:
            flow.roots.check_read(path)
        except StepFailed as error:
            raise refuse(error.code, error.detail, error.hint) from error
    return path


def _writable(path: str, info: ValidationInfo) -> str:
    flow = flow_of(info)
    if flow is not None:
        try:
            flow.roots.check_write(path)
        except StepFailed as error:
            raise refuse(error.code, error.detail, error.hint) from error
    return path


_Name = StringConstraints(min_length=1, max_length=255)

#: The name of a field of an object or row.
FieldName = Annotated[str, StringConstraints(min_length=0, max_length=1000)]
#: A name for a table.
TableName = Annotated[str, _Name]
#: The name of a table that an earlier step made.
UsesTable = Annotated[TableName, AfterValidator(_uses_table)]
#: The name of a table that this step makes.
MakesTable = Annotated[TableName, AfterValidator(_makes_table)]
#: The name of a table that this step takes away.
DropsTable = Annotated[TableName, AfterValidator(_drops_table)]
#: The name of a table among the parts of the current objects; the step makes it a table of the job.
PartName = Annotated[TableName, AfterValidator(_part)]
#: A path to read: a file, a folder or a glob, local or `s3://`.
ReadPath = Annotated[str, StringConstraints(min_length=1, max_length=4096), AfterValidator(_readable)]
#: A path to write: it must not exist yet.
WritePath = Annotated[str, StringConstraints(min_length=1, max_length=4096), AfterValidator(_writable)]
#: How many rows.
Amount = Annotated[int, Field(ge=0, le=2**31 - 1)]
