"""Writes `docs/catalog.md` and `docs/catalog.json` from the catalog itself: `python -m functions.docs`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from functions.catalog import Catalog, Function, load
from functions.schemaless.formatter import Formatter, Formatters, formatters

PAGE = Path(__file__).parents[1] / "docs" / "catalog.md"
#: The same for other tools.
DATA = PAGE.with_suffix(".json")

_INTRODUCTION = """\
# The catalog

What a job may do. This page is generated from the functions (`python -m functions.docs`); a running server tells the
same at `GET /functions` and `GET /functions/{name}`.

A step is a list, `["take", 5]`, or an object, `{"function": "take", "amount": 5}`. Three things live in a job: the
current *frame*, named *tables*, and a *dataset*, which is the job's result. A step can take only what earlier steps
have made.

A frame is *rows*, with named columns of one type each, or JSON *objects*, which have no schema: a field may be text in
one and a list in the next; absent and null are the same. *Lines* of text are rows of one column, `value`. A table is
rows under a name (`name_table`, `use_table`), or has no schema either, if it was made of objects. Names of columns and
of tables differ by case. Where a list of columns is wanted, a single one may stand without a list: `["sort", "age"]`.
"""
_GROUPS = {
    "sources": "Sources: where data comes from",
    "frames": "Frames: lines and objects",
    "tables": "Tables without a schema",
    "columns": "Columns",
    "rows": "Rows",
    "relations": "Several frames, groups and windows",
    "quality": "Quality",
    "control": "Control",
    "results": "Results: what the client reads",
    "sinks": "Sinks: where data goes",
}
_FORMATTERS = """\
## Formatters

The names that `format_tables` takes. A formatter is given a value and gives a value, or null: null, blank text and what
it cannot read give null, and it never fails. Text is trimmed first unless said otherwise: white space at its ends goes,
which is all that Python's `str.strip` takes away. Where digits are asked for, a JSON integer counts as the text of its
digits; only 0 to 9 are digits.
"""


def page(catalog: Catalog, known: Formatters) -> str:
    """The page, as Markdown."""
    groups = {title: [item for item in catalog if item.group == group] for group, title in _GROUPS.items()}
    parts = [_INTRODUCTION, *[_contents(title, found) for title, found in groups.items() if found], ""]
    for title, found in groups.items():
        parts += [f"## {title}\n", *map(_function, found)] if found else []
    parts.append(_FORMATTERS)
    parts += [_formatter(item) for item in known]
    return "\n".join(parts)


def data(catalog: Catalog, known: Formatters) -> str:
    """The catalog for other tools, as JSON: every function as `GET /functions/{name}` shows it."""
    functions = [item.to_json() for item in catalog]
    names = [{"name": item.name, "summary": item.summary} for item in known]
    return json.dumps({"functions": functions, "formatters": names}, ensure_ascii=False, indent=1) + "\n"


def _contents(title: str, found: Iterable[Function]) -> str:
    return f"- {title}: {', '.join(f'[{item.name}](#{item.name})' for item in found)}"


def _function(item: Function) -> str:
    shown = item.to_json()
    names = ", ".join(f"{p.name}" if p.required else f"{p.name}={json.dumps(p.default)}" for p in item.parameters)
    lines = [f"### {item.name}\n", f"{item.summary}\n", f"`{item.name}({names})`\n"]
    if item.description:
        lines.append(f"{item.description}\n")
    lines.append(f"Takes {shown['takes'] or 'nothing'}, gives {shown['gives'] or 'nothing'}.\n")
    if item.parameters:
        schema = item.json_schema
        for p in item.parameters:
            kind = _kind(schema["properties"][p.name], schema.get("$defs", {}))
            default = "" if p.required else f", {json.dumps(p.default)} by default"
            lines.append(f"- `{p.name}` ({kind}{default}): {' '.join(p.description.split())}")
        lines.append("")
    steps = "\n".join(json.dumps(step, ensure_ascii=False) for step in item.example_steps)
    lines.append(f"```json\n{steps}\n```\n")
    return "\n".join(lines)


def _formatter(item: Formatter) -> str:
    lines = [f"### {item.name}\n", f"{item.summary}\n"]
    if item.description:
        lines.append(f"{item.description}\n")
    lines += ["| value | gives |", "|---|---|"]
    lines += [f"| {_code(before)} | {_code(after)} |" for before, after in item.examples]
    return "\n".join([*lines, ""])


def _code(value: object) -> str:
    return f"`{json.dumps(value, ensure_ascii=False)}`".replace("|", "\\|")


def _kind(schema: dict[str, Any] | bool, known: dict[str, Any]) -> str:
    """A JSON Schema in a few words."""
    if isinstance(schema, bool):
        return "any JSON"
    if "enum" in schema:
        return " or ".join(json.dumps(value) for value in schema["enum"])
    if "$ref" in schema:
        return _kind(known[schema["$ref"].rsplit("/", 1)[1]], known)
    if "anyOf" in schema or "oneOf" in schema:
        return " or ".join(_kind(one, known) for one in schema.get("anyOf") or schema["oneOf"])
    match schema.get("type"):
        case "string":
            return "text"
        case "array":
            return f"list of {_kind(schema['items'], known)}"
        case "object" if "properties" in schema:
            return f"object with {', '.join(_members(schema))}"
        case "object":
            return f"object of {_kind(schema['additionalProperties'], known)}"
        case None:
            return "any JSON"
        case other:
            return str(other)


def _members(schema: dict[str, Any]) -> Iterator[str]:
    required = schema.get("required", [])
    for name in schema["properties"]:
        yield f"`{name}`" if name in required else f"`{name}` if wanted"


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(load(), formatters()))
    DATA.write_text(data(load(), formatters()))
    sys.stdout.write(f"{PAGE}\n{DATA}\n")
