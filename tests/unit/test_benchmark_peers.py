"""The benchmark of the catalog leaves no function out."""

from __future__ import annotations

from benchmarks import catalog as benchmark
from functions import catalog


def test_every_function_has_a_peer_or_a_reason_why_it_has_none():
    assert benchmark.missing([function.name for function in catalog.load()]) == []


def test_every_pair_is_of_a_function_of_the_catalog_and_has_a_name_of_its_own():
    names = [pair.name for pair in benchmark.PAIRS]
    assert {pair.function for pair in benchmark.PAIRS} <= {function.name for function in catalog.load()}
    assert len(set(names)) == len(names)


def test_a_function_without_a_peer_is_told():
    assert benchmark.missing(["lower", "no_such_function"]) == ["no_such_function"]
