"""Names of tables and of fields as arguments of steps, checked against what earlier steps made."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationInfo

from functions.check import flow_of, refuse
from functions.names import named
from functions.workspace import Lines


def _uses_table(name: str, info: ValidationInfo) -> str:
    flow = flow_of(info)
    if flow is not None and flow.tables_known and name not in (flow.tables or ()):
        made = flow.tables or set()
        raise refuse(
            "no_such_table",
            f"no earlier step made a table `{name}` (tables here: {named(made)})",
            flow.near(name, made),
        )
    return name


def _uses_fields(name: str, info: ValidationInfo) -> str:
    _uses_table(name, info)
    flow = flow_of(info)
    if flow is not None and name in flow.lists:
        raise refuse(
            "table_of_lists",
            f"the rows of `{name}` have become lists, which have no fields",
            "put this step before json_to_list_for_tables",
        )
    return name


def _makes_lists(name: str, info: ValidationInfo) -> str:
    _uses_fields(name, info)
    flow = flow_of(info)
    if flow is not None:
        flow.lists.add(name)
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
        raise refuse(
            "no_such_table",
            f"the objects were not split into a table `{name}` (tables here: {named(flow.parts)})",
            flow.near(name, flow.parts),
        )
    if flow is not None:
        flow.lists.discard(name)
    return _makes_table(name, info)


def _splits(parts: dict[str, Part], info: ValidationInfo) -> dict[str, Part]:
    flow = flow_of(info)
    if flow is not None:
        flow.parts = {table: tuple(part.fields) for table, part in parts.items()}
    return parts


def _file_table(name: str) -> str:
    if not re.fullmatch(r"\w[\w .()+=@-]*", name) or name.endswith((" ", ".")) or len(name.encode()) > 200:
        raise refuse(
            "table_names_no_file",
            f"the table name `{name}` cannot name a file",
            "use letters, digits, `_`, `-`, `.`; at most 200 bytes",
        )
    return name


def _extension(extension: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,19}", extension):
        raise refuse("bad_extension", f"`{extension[:100]}` is no file ending", "name it without the dot, such as csv")
    return extension


def _key_field(name: str, info: ValidationInfo) -> str:
    flow = flow_of(info)
    if flow is not None and flow.frame is not None and issubclass(flow.frame, Lines):
        raise refuse(
            "lines_have_no_fields",
            "lines have no fields",
            "put jsonify before: objects have fields; or leave out the key, and lines are numbered from 1",
        )
    return name


_Name = StringConstraints(min_length=1, max_length=255)

#: The name of a field of an object or row.
FieldName = Annotated[str, StringConstraints(min_length=0, max_length=1000)]
#: A name for a table.
TableName = Annotated[str, _Name]
#: The name of a table that an earlier step made.
UsesTable = Annotated[TableName, AfterValidator(_uses_table)]
#: The name of a table that an earlier step made and whose fields this step reads.
UsesFields = Annotated[TableName, AfterValidator(_uses_fields)]
#: The name of a table whose rows this step makes lists.
MakesLists = Annotated[TableName, AfterValidator(_makes_lists)]
#: The name of a table that this step makes.
MakesTable = Annotated[TableName, AfterValidator(_makes_table)]
#: The name of a table that this step takes away.
DropsTable = Annotated[TableName, AfterValidator(_drops_table)]
#: The name of a table among the parts of the current objects; the step makes it a table of the job.
PartName = Annotated[TableName, AfterValidator(_part)]
#: The name of a table that an earlier step made and that this step names a file for.
FileTable = Annotated[TableName, AfterValidator(_uses_table), AfterValidator(_file_table)]
#: The ending of a file's name, without the dot.
Extension = Annotated[str, AfterValidator(_extension)]
#: The name of a field of the current objects, or of a column of the current rows.
KeyField = Annotated[FieldName, AfterValidator(_key_field)]


class Part(BaseModel):
    """The fields that one table takes from each object."""

    model_config = ConfigDict(extra="forbid")

    fields: list[FieldName]


#: The fields of each table that objects are split into; the objects are known to have these parts afterwards.
Parts = Annotated[dict[TableName, Part], AfterValidator(_splits)]
