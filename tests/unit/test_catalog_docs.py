from __future__ import annotations

from functions.catalog import load
from functions.docs import DATA, PAGE, data, page
from functions.schemaless.formatter import formatters


def test_the_catalogs_page_is_what_the_functions_say():
    assert PAGE.read_text() == page(load(), formatters()), "write it anew: python -m functions.docs"
    assert DATA.read_text() == data(load(), formatters()), "write it anew: python -m functions.docs"


def test_the_page_tells_every_function_and_formatter():
    written = PAGE.read_text()
    for name in [item.name for item in load()] + [item.name for item in formatters()]:
        assert f"### {name}" in written


def test_every_formatter_is_documented():
    for item in formatters():
        assert item.summary.endswith(".")
        assert any(after is not None for _, after in item.examples)
        assert any(after is None for _, after in item.examples) or item.name in {"str", "trim"}
