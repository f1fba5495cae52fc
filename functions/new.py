"""Begins a catalog function and its test: `make function NAME=my_step`, or `python -m functions.new my_step rows`."""

from __future__ import annotations

import argparse
import keyword
import re
import sys
from pathlib import Path

from functions.catalog import PACKAGES, load

PROJECT = Path(__file__).parents[1]

_FUNCTION = '''\
"""Says in a few words what this is about."""

from __future__ import annotations

from functions.arguments.columns import ColumnName
from functions.catalog import function
from functions.workspace import Rows


@function
def {name}(rows: Rows, column: ColumnName) -> Rows:
    """Keep the rows that have a value in a column.

    Args:
        column: The column to look at.

    Example:
        ["load_rows", [{{"name": "Ada"}}, {{"name": null}}]]
        ["{name}", "name"]
    """
    return Rows(rows.frame.where(rows.column(column, argument="column").isNotNull()))
'''
_TEST = '''\
"""Says in a few words what this is about."""

from __future__ import annotations

import pytest

{imports}
from tests.functions.conftest import MakeRows, dicts_of


def test_a_missing_column_is_told_with_a_near_name(rows: MakeRows):
    with pytest.raises(StepFailed) as caught:
        {name}.call(rows("name string", ("Ada",)), "nmae")
    assert (caught.value.argument, caught.value.hint) == ("column", "did you mean `name`?")


def test_rows_without_a_value_go(rows: MakeRows):
    given = rows("`a.b` string", ("é",), (None,), ("",))
    assert dicts_of({name}.call(given, "a.b")) == [{{"a.b": "é"}}, {{"a.b": ""}}]
    assert dicts_of({name}.call(rows("a string"), "a")) == []
'''


#: Words that the test uses, and that its import of the function would hide.
_USED = frozenset({"rows", "given", "caught", "pytest", "dicts_of", "annotations"})


def begin(name: str, group: str, project: Path = PROJECT) -> list[Path]:
    """Writes the two files; they pass as they stand, and are to be changed.

    Args:
        name: The function.
        group: The folder in `functions/` that it goes to.
        project: Where the project lies.

    Raises:
        ValueError: When the name cannot be one, or is taken; or there is no such group.
    """
    groups = [package.rpartition(".")[2] for package in PACKAGES]
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise ValueError(
            f"`{name}` cannot name a function: small letters, digits and `_`, such as `make function NAME=my_step`"
        )
    if name in _USED:
        raise ValueError(f"`{name}` is a word that the test beside the function uses; choose another")
    if load().find(name) is not None:
        raise ValueError(f"the catalog has a function `{name}` already")
    if group not in groups:
        raise ValueError(f"there is no group `{group}`: {', '.join(groups)}")
    files = {
        project / "functions" / group / f"{name}.py": _FUNCTION,
        project / "tests" / "functions" / f"test_{name}.py": _TEST,
    }
    taken = [file for file in files if file.exists()]
    if taken:
        raise ValueError(f"{taken[0]} is there already")
    imports = sorted((f"from functions.{group}.{name} import {name}", "from functions.errors import StepFailed"))
    for file, text in files.items():
        file.write_text(text.format(name=name, imports="\n".join(imports)))
    return list(files)


def main() -> int:
    """The command line; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m functions.new", description="Begins a catalog function.")
    parser.add_argument("name", help="such as my_step")
    parser.add_argument("group", nargs="?", default="rows", help="the folder in functions/: rows by default")
    arguments = parser.parse_args()
    try:
        files = begin(arguments.name, arguments.group)
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for file in files:
        sys.stdout.write(f"{file.relative_to(PROJECT)}\n")
    sys.stdout.write(f"Change both, then: make docs, and ./start.sh test tests/functions/test_{arguments.name}.py\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
