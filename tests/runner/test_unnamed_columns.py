"""Which functions make columns that their step need not name: what lies behind a mistake in one is not known."""

from __future__ import annotations

from pathlib import Path

from pyspark.sql import DataFrame

from functions.catalog import Catalog
from functions.workspace import Frame, Rows
from spark_runner.analysis import MAKES_UNNAMED
from spark_runner.engine import Engine
from tests.functions.running_steps import Steps

#: Groups whose functions change rows that are there.
GROUPS = {"columns", "rows", "quality", "control"}


def test_every_function_whose_example_makes_columns_that_it_does_not_name_is_known(
    catalog: Catalog, engine: Engine, tmp_path: Path
):
    steps = Steps(catalog, engine.session(), tmp_path)

    def columns(some: list[object]) -> set[str]:
        frame = steps.run(some).frame
        found: Rows | DataFrame | Frame | None = frame
        return {*found.frame.columns} if isinstance(found, Frame) else set()

    unnamed = set()
    for item in catalog:
        if item.group in GROUPS and item.gives is not None and issubclass(item.gives, Frame):
            given = list(item.example_steps)
            place = given.index(item.example)
            new = columns(given[: place + 1]) - columns(given[:place])
            texts = str([item.example, [parameter.default for parameter in item.parameters]])
            if any(f"'{name}'" not in texts for name in new):
                unnamed.add(item.name)
    steps.release()
    # An example of `explode` names its columns by chance.
    assert unnamed - {"explode"} == MAKES_UNNAMED - {"explode"}
