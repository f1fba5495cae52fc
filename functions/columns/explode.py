"""A row for each part of a list or map."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DataType, MapType, StructType, VariantType

from functions.arguments.column_types import of_type
from functions.arguments.columns import ColumnName
from functions.arguments.targets import AnyColumns
from functions.catalog import function
from functions.errors import StepFailed
from functions.names import named, shown_type
from functions.schemaless import values
from functions.structs import fields_of
from functions.workspace import Rows, quoted, unused_name


@function
def explode(
    rows: Rows,
    column: ColumnName,
    to: AnyColumns = None,
    outer: bool = False,
    position: ColumnName | None = None,
    flatten: bool = False,
) -> Rows:
    """Make a row for each item of a list, or each entry of a map.

    The other columns are repeated. What is made stands in the place of the list or map. A null among the items makes a
    row, too. Of a VARIANT, or of objects in JSON that were never given types, the items of a list are VARIANT.

    Args:
        column: The column that is a list or a map.
        to: For a list what to call the items, null: as the list; for a map what to call its keys and values, null:
            `key` and `value`.
        outer: Whether rows whose list or map is null or empty stay, with null in the place of the item.
        position: What to call a column, last of all, with the position of each, from 0; null: none.
        flatten: Whether items that are structs become columns, named for the fields alone.

    Example:
        ["load_rows", [{"order": 7, "items": [{"sku": "a", "qty": 2}, {"sku": "b", "qty": 1}]}]]
        ["explode", "items", null, false, "line", true]
    """
    found = of_type(
        rows, column, (ArrayType, MapType, VariantType), "`explode` takes lists and maps", argument="column"
    )
    kind = rows.type_of(column)
    if isinstance(kind, VariantType):
        found, kind = values.elements(found), ArrayType(VariantType())
    number, key, item = (unused_name(rows.columns, name) for name in ("number", "key", "item"))
    made = _made(kind, column, to, flatten, F.col(quoted(key)), F.col(quoted(item)))
    kept = [name for name in rows.columns if name != column]
    made_names = [*made] if position is None else [*made, position]
    twice = sorted({name for name in made_names if [*kept, *made_names].count(name) > 1})
    if twice:
        raise StepFailed(
            f"two columns would be named {named(twice)}",
            argument="to",
            hint="choose other names, or rename or drop the other columns before",
        )
    change = F.posexplode_outer if outer else F.posexplode
    new_names = [number, key, item] if isinstance(kind, MapType) else [number, item]
    if position is None:
        change, new_names = (F.explode_outer if outer else F.explode), new_names[1:]
    wide = rows.frame.select("*", change(found).alias(*new_names))
    aliased = [item.alias(name) for name, item in made.items()]
    last = [F.col(quoted(number)).alias(position)] if position is not None else []
    place = list(rows.columns).index(column)
    others = [F.col(quoted(name)) for name in kept]
    return Rows(wide.select(*others[:place], *aliased, *others[place:], *last))


def _made(
    kind: DataType, column: str, to: list[str] | None, flatten: bool, key: Column, item: Column
) -> dict[str, Column]:
    """The columns made of an item or entry, by name."""
    is_map = isinstance(kind, MapType)
    names = to or (["key", "value"] if is_map else [column])
    if len(names) != (2 if is_map else 1):
        raise StepFailed(
            f"`{column[:100]}` is {shown_type(kind)}, which makes {'two columns' if is_map else 'one column'}, "
            f"and `to` names {len(names)}",
            argument="to",
        )
    keys = {names[0]: key} if is_map else {}
    inner = kind.valueType if isinstance(kind, MapType) else kind.elementType if isinstance(kind, ArrayType) else None
    if not flatten:
        return keys | {names[-1]: values.not_null(item) if isinstance(inner, VariantType) else item}
    if not isinstance(inner, StructType) or not inner.fields:
        raise StepFailed(
            f"`{column[:100]}` is {shown_type(kind)}; `flatten` takes lists and maps of structs",
            argument="flatten",
            hint="leave it out, and take values out of the items with get_path",
        )
    fields = fields_of(item, inner, column, "\0", recursive=False)
    flat = {name.rpartition("\0")[2] if "\0" in name else name: field for name, field in fields.items()}
    twice = sorted(set(keys) & set(flat))
    if twice:
        raise StepFailed(f"two columns would be named {named(twice)}", argument="to", hint="choose another name")
    return keys | flat
