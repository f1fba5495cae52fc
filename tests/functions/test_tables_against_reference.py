"""Chains of table steps against plain Python dictionaries, over generated rows of every shape."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any

import pytest

from functions.tables.ensure_not_nulls import ensure_not_nulls
from functions.tables.expand_tables import Expansion, expand_tables
from functions.tables.explode_tables import explode_tables
from functions.tables.flatten_tables import flatten_tables
from functions.tables.json_to_list_for_tables import json_to_list_for_tables
from functions.tables.rename_tables_fields import rename_tables_fields
from functions.tables.unify_tables import Unification, unify_tables
from functions.workspace import Tables
from tests.functions.conftest import MakeTables, rows_of

Row = dict[str, Any]
Model = dict[str, list[Row]]
Step = Callable[[random.Random, Tables, Model], tuple[Tables, Model]]

FIELDS = ["a", "b", "c", "A", "a.b", "d'\"e"]
STEPS_A_CHAIN = 6


def value(rng: random.Random, depth: int = 0) -> Any:
    kind = rng.randrange(10 if depth < 3 else 6)
    if kind < 6:
        return rng.choice([None, 1, -2, "x", "", True, 2.5])
    if kind < 8:
        return [value(rng, depth + 1) for _ in range(rng.randrange(3))]
    return row(rng, depth + 1)


def row(rng: random.Random, depth: int = 0) -> Row:
    chosen = rng.sample(FIELDS, rng.randrange(len(FIELDS)))
    made = {name: value(rng, depth) for name in chosen}
    if chosen and rng.random() < 0.5:
        made[chosen[0]] = [row(rng, depth + 1) for _ in range(rng.randrange(1, 3))] if depth < 3 else []
    return made


def present(given: Row) -> Row:
    return {name: item for name, item in given.items() if item is not None}


def at(item: Any, path: list[str]) -> Any:
    for key in path:
        item = item.get(key) if isinstance(item, dict) else None
    return item


# -- each step, in Spark and in Python --------------------------------------------------------------------------------


def flatten(rng: random.Random, tables: Tables, model: Model) -> tuple[Tables, Model]:
    wanted = {
        field: {rng.choice(FIELDS): rng.choices(FIELDS, k=rng.randrange(3)) for _ in range(rng.randrange(3))}
        for field in rng.sample(FIELDS, 2)
    }

    def changed(given: Row) -> Row:
        found = {name: item for name, item in given.items() if name not in wanted}
        for field, news in wanted.items():
            found |= present({new: at(given.get(field), path) for new, path in news.items()})
        return found

    return flatten_tables.call(tables, {"t": wanted}), model | {"t": [changed(item) for item in model["t"]]}


def explode(rng: random.Random, tables: Tables, model: Model) -> tuple[Tables, Model]:
    field = rng.choice(FIELDS)

    def exploded(given: Row) -> list[Row]:
        listed = given.get(field)
        elements = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
        rest = {name: item for name, item in given.items() if name != field}
        return [present(item) | rest for item in elements] or [given]

    rows = [item for given in model["t"] for item in exploded(given)]
    return explode_tables.call(tables, {"t": [field]}), model | {"t": rows}


def rename(rng: random.Random, tables: Tables, model: Model) -> tuple[Tables, Model]:
    names = {old: rng.choice(FIELDS) for old in rng.sample(FIELDS, rng.randrange(1, 4))}

    def renamed(given: Row) -> Row:
        rest = {name: item for name, item in given.items() if name not in names}
        return rest | {new: given[old] for old, new in names.items() if old in given}

    return rename_tables_fields.call(tables, {"t": names}), model | {"t": [renamed(item) for item in model["t"]]}


def expand(rng: random.Random, tables: Tables, model: Model) -> tuple[Tables, Model]:
    field, default = rng.choice(FIELDS), value(rng)
    rows = [present(given | {field: default}) for given in model["t"]]
    expansions = [Expansion(field=field, default_value=default)]
    return expand_tables.call(tables, {"t": expansions}), model | {"t": rows}


def complete(rng: random.Random, tables: Tables, model: Model) -> tuple[Tables, Model]:
    field = rng.choice(FIELDS)
    return ensure_not_nulls.call(tables, {"t": [field]}), model | {"t": [r for r in model["t"] if field in r]}


def unify(rng: random.Random, tables: Tables, model: Model) -> tuple[Tables, Model]:
    sources = rng.choice([["t", "u"], ["u", "t"]])
    rows = [item for name in sources for item in model[name]]
    return unify_tables.call(tables, [Unification(sources=sources, sink="t")]), model | {"t": rows}


@pytest.mark.parametrize("layered", [True, False])
@pytest.mark.parametrize("seed", range(12))
def test_a_chain_of_steps_gives_what_dictionaries_give(seed: int, layered: bool, tables: MakeTables):
    rng = random.Random(seed)
    rows = {name: [row(rng) for _ in range(12)] for name in ("t", "u")}
    found, model = tables(layered, **copy.deepcopy(rows)), {n: [present(r) for r in rs] for n, rs in rows.items()}

    steps: list[Step] = [rng.choice([flatten, explode, rename, expand, complete, unify]) for _ in range(STEPS_A_CHAIN)]
    for step in steps:
        found, model = step(rng, found, model)

    told = [step.__name__ for step in steps]
    # A null inside an object that a step never named stays where it is, as JSON has it.
    assert rows_of(found.tables["t"]) == model["t"], told
    lists = json_to_list_for_tables.call(found, {"t": FIELDS})
    assert rows_of(lists.tables["t"]) == [[given.get(name) for name in FIELDS] for given in model["t"]], told
