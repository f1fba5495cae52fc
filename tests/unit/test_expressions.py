"""SQL text in steps: what is admitted, what is refused, and that the fault says where."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from functions.check import Flow
from functions.expressions import docs
from functions.expressions.admission import Kind, admit, columns_of
from functions.expressions.arguments import Aggregate, Condition, Expression, Query, WindowExpression
from functions.expressions.faults import ExpressionRefused
from functions.expressions.queries import rename_tables, tables_of
from functions.storage.roots import Roots
from tests.expressions import benign, hostile

_HOSTILE = [
    *((Kind.EXPRESSION, *case) for case in hostile.EXPRESSIONS),
    *((Kind.AGGREGATE, *case) for case in hostile.AGGREGATES),
    *((Kind.WINDOW, *case) for case in hostile.WINDOWS),
    *((Kind.QUERY, *case) for case in hostile.QUERIES),
]
_BENIGN = [
    *((Kind.EXPRESSION, text) for text in benign.SCALARS),
    *((Kind.AGGREGATE, text) for text in benign.AGGREGATES),
    *((Kind.WINDOW, text) for text in benign.WINDOWS),
    *((Kind.QUERY, text) for text in benign.QUERIES),
]


@pytest.mark.parametrize(("kind", "text", "named"), _HOSTILE)
def test_a_hostile_text_is_refused_and_what_is_wrong_is_named(kind: Kind, text: str, named: str) -> None:
    with pytest.raises(ExpressionRefused) as refused:
        admit(text, kind)
    assert named.lower() in refused.value.detail.lower()
    assert 1 <= refused.value.place <= max(1, len(text))
    assert len(refused.value.detail) < 400


@pytest.mark.parametrize(("kind", "text"), _BENIGN)
def test_a_benign_text_is_admitted_and_admitted_again_unchanged(kind: Kind, text: str) -> None:
    written = admit(text, kind)
    assert admit(written, kind) == written


@pytest.mark.parametrize("text", [text for text, _ in hostile.EXPRESSIONS if "java.lang" in text])
def test_no_kind_of_text_takes_functions_that_run_code(text: str) -> None:
    for kind in Kind:
        with pytest.raises(ExpressionRefused):
            admit(f"SELECT {text}" if kind is Kind.QUERY else text, kind)


def test_a_fault_points_at_the_place_and_gives_a_near_name() -> None:
    with pytest.raises(ExpressionRefused) as refused:
        admit("n + lenght(name)", Kind.EXPRESSION)
    assert (refused.value.place, refused.value.snippet) == (5, "lenght(name")
    assert refused.value.hint == "did you mean `length`?"


def test_deep_in_a_stack_a_nested_text_is_a_fault_and_no_crash() -> None:
    def deep(levels: int) -> str:
        return deep(levels - 1) if levels else admit("(" * 29 + "a" + ")" * 29, Kind.EXPRESSION)

    with pytest.raises(ExpressionRefused, match="nested too deep"):
        deep(sys.getrecursionlimit() - 150)


def test_names_are_quoted_and_comments_are_gone() -> None:
    assert admit("a /* x */ + `b``c` -- y", Kind.EXPRESSION) == "`a` + `b``c`"
    assert admit("SELECT 1 FROM t LATERAL VIEW explode(a) `x y` AS `b``; DROP`", Kind.QUERY) == (
        "SELECT 1 FROM `t` LATERAL VIEW EXPLODE(`a`) `x y` AS `b``; DROP`"
    )


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("1", set()),
        ("a + b.c", {"a", "b"}),
        ("`a b` || A", {"a b", "A"}),
        ("transform(xs, x -> x.y + z)", {"xs", "z"}),
        ("aggregate(xs, 0, (acc, x) -> acc + x, acc -> acc + b)", {"xs", "b"}),
        ("transform(x, x -> x)", {"x"}),
        ("date_add(day, 1, d)", {"d"}),
        ("day + 1", {"day"}),
        ("sum(a) OVER (PARTITION BY b ORDER BY c)", {"a", "b", "c"}),
        ("struct(a AS b)", {"a"}),
    ],
)
def test_the_columns_that_an_expression_reads(text: str, names: set[str]) -> None:
    assert columns_of(admit(text, Kind.WINDOW)) == names


@pytest.mark.parametrize(
    ("text", "tables", "renamed"),
    [
        ("SELECT people.name FROM people", {"people"}, "SELECT `people`.`name` FROM `v1` AS `people`"),
        ("SELECT p.name FROM people p", {"people"}, "SELECT `p`.`name` FROM `v1` AS `p`"),
        ("SELECT x FROM people AS people(x)", {"people"}, "SELECT `x` FROM `v1` AS `people`(`x`)"),
        ("SELECT * FROM People", {"People"}, "SELECT * FROM `People`"),
        (
            "WITH people AS (SELECT * FROM people) SELECT * FROM people",
            {"people"},
            "WITH `people` AS (SELECT * FROM `v1` AS `people`) SELECT * FROM `people`",
        ),
        (
            "WITH a AS (SELECT 1), b AS (WITH people AS (SELECT 2) SELECT * FROM people) SELECT * FROM people, b",
            {"people"},
            (
                "WITH `a` AS (SELECT 1), `b` AS (WITH `people` AS (SELECT 2) SELECT * FROM `people`) "
                "SELECT * FROM `v1` AS `people` CROSS JOIN `b`"
            ),
        ),
        (
            "SELECT * FROM other WHERE id IN (SELECT id FROM people)",
            {"people", "other"},
            "SELECT * FROM `other` WHERE `id` IN (SELECT `id` FROM `v1` AS `people`)",
        ),
        (
            "WITH x AS (SELECT 1) SELECT (WITH x AS (SELECT * FROM x) SELECT * FROM x, people) FROM x",
            {"people"},
            (
                "WITH `x` AS (SELECT 1) SELECT (WITH `x` AS (SELECT * FROM `x`) "
                "SELECT * FROM `x` CROSS JOIN `v1` AS `people`) FROM `x`"
            ),
        ),
        ("SELECT * FROM range(3)", set(), "SELECT * FROM RANGE(3)"),
    ],
)
def test_the_tables_of_a_query_and_their_new_names(text: str, tables: set[str], renamed: str) -> None:
    admitted = admit(text, Kind.QUERY)
    assert tables_of(admitted) == tables
    assert rename_tables(admitted, {"people": "v1"}) == renamed


def test_a_new_name_may_not_be_one_that_with_gives() -> None:
    with pytest.raises(ExpressionRefused, match="v1"):
        rename_tables("WITH v1 AS (SELECT 1) SELECT * FROM v1, people", {"people": "v1"})


def _flow(**changes: object) -> Flow:
    return Flow(Roots.of(Path(), [], []), **changes)  # type: ignore[arg-type]


def test_a_query_uses_tables_that_steps_made() -> None:
    adapter: TypeAdapter[str] = TypeAdapter(Query)
    flow = _flow(tables={"people", "orders"})
    assert adapter.validate_python("SELECT * FROM people", context=flow) == "SELECT * FROM `people`"
    with pytest.raises(ValidationError) as refused:
        adapter.validate_python("SELECT * FROM peple", context=flow)
    (fault,) = refused.value.errors()
    assert (fault["type"], fault["ctx"]["hint"]) == ("no_such_table", "did you mean `people`?")
    assert adapter.validate_python("SELECT 1 FROM x", context=_flow(tables_known=False)) == "SELECT 1 FROM `x`"


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (Expression, "a + 1", "sum(a)"),
        (Condition, "a > 1", "SELECT 1"),
        (Aggregate, "sum(a)", "a"),
        (WindowExpression, "sum(a) OVER (ORDER BY b)", "sum(a)"),
        (Query, "SELECT 1", "SHOW TABLES"),
    ],
)
def test_an_argument_becomes_the_written_text_or_a_fault(kind: type[str], good: str, bad: str) -> None:
    adapter: TypeAdapter[str] = TypeAdapter(kind)
    assert adapter.validate_python(adapter.validate_python(good)) == adapter.validate_python(good)
    with pytest.raises(ValidationError) as refused:
        adapter.validate_python(bad)
    assert refused.value.errors()[0]["type"] == "expression_refused"


def test_the_page_of_the_language_is_fresh() -> None:
    assert docs.PAGE.read_text() == docs.page(), "write it anew: python -m functions.expressions.docs"
