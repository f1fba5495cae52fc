"""Putting tables together."""

from __future__ import annotations

from functools import reduce
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, model_validator

from functions.arguments.tables import DropsTable, MakesTable, UsesTable
from functions.catalog import function
from functions.check import flow_of
from functions.schemaless.table import Table
from functions.workspace import Tables


class Unification(BaseModel):
    """Tables to put together, the table they become, and tables to drop afterwards."""

    model_config = ConfigDict(extra="forbid")

    # The flow of tables is checked in the order of these fields: used, then made, then dropped.
    sources: Annotated[list[UsesTable], Field(min_length=1)]
    sink: MakesTable
    sources_to_delete: list[DropsTable] = []

    @model_validator(mode="after")
    def _note_lists(self, info: ValidationInfo) -> Unification:
        """Rows that are lists in one source make lists of all."""
        flow = flow_of(info)
        if flow is not None:
            mixed = not flow.lists.isdisjoint(self.sources)
            flow.lists = flow.lists - {self.sink} | ({self.sink} if mixed else set())
        return self


@function
def unify_tables(tables: Tables, unifications: list[Unification]) -> Tables:
    """Put the rows of several tables into one, then drop tables.

    The rows come in the order of the sources. A field that only some sources have is absent in the rows of the
    others. Rows that have become lists are put together by place, whatever their fields were called; where only some
    sources are lists, the others become lists too. A table named like the sink is replaced. Several unifications run
    one after the other.

    Args:
        unifications: `[{"sources": [table, …], "sink": table, "sources_to_delete": [table, …]}]`; without the last
            no table is dropped.

    Example:
        ["load_rdd", "examples/orders.jsonl"]
        ["jsonify"]
        ["split_into_tables", {
            "orders": {"fields": ["order_id", "paid", "customer"]},
            "sales": {"fields": ["order_id", "items"]}
        }]
        ["group_by_table", ["orders", "sales"]]
        ["unify_tables", [{"sources": ["orders", "sales"], "sink": "all", "sources_to_delete": ["sales"]}]]
    """
    for item in unifications:
        sources = [tables.table(name, argument="unifications") for name in item.sources]
        for name in item.sources_to_delete:
            if name != item.sink:
                tables.table(name, argument="unifications")
        known = {**tables.tables, item.sink: reduce(Table.union, sources)}
        tables = Tables({name: table for name, table in known.items() if name not in item.sources_to_delete})
    return tables
