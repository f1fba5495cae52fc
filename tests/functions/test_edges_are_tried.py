"""Every function that reads, writes, tells results or makes tables is tried at every edge, or has none such."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from functions.catalog import load
from tests.functions import edges, test_formatters
from tests.functions.edges_of_sources import EDGES, GROUPS, OF_FORMATTERS, TRIED

FOLDER = Path(__file__).parent
CATALOG = load()


def test_every_function_of_the_groups_is_listed():
    assert set(TRIED) == {item.name for item in CATALOG if item.group in GROUPS}


def test_no_group_of_the_catalog_is_left_out():
    assert {*GROUPS, *edges.GROUPS} == {item.group for item in CATALOG}


@pytest.mark.parametrize("name", TRIED)
def test_each_edge_has_a_test_or_a_reason(name: str):
    assert set(TRIED[name]) == set(EDGES)
    for edge, entry in TRIED[name].items():
        if entry.startswith("- "):
            assert len(entry.split()) > 3, f"{edge}: a reason says why"
            continue
        file, _, test = entry.partition("::")
        assert re.search(rf"^def {test}\(", (FOLDER / file).read_text(), re.MULTILINE), f"{edge}: there is no {entry}"


def test_formatters_are_tried_at_every_edge():
    assert set(EDGES) - set(OF_FORMATTERS) == {"missing", "twice"}
    assert {json.dumps(value) for value in OF_FORMATTERS.values()} <= set(test_formatters.EDGES)
