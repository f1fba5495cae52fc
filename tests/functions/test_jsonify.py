from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from functions.frames.jsonify import jsonify
from functions.records.rejects import Rejects
from functions.workspace import Lines
from tests.functions.conftest import counts, objects_of

MakeLines = Callable[[list[str]], Lines]


def rejected(rejects: Rejects) -> list[str]:
    return [row.line for row in rejects.sets[0].records().where("reason = 'not JSON'").collect()]


@pytest.mark.parametrize(
    "line",
    [
        *('{"a": 1}', " [1, 2] ", '"text"', "5", "-0.5", "true", "null", "{}", "[]", '""', "1e5", '{"": 1}'),
        *('{"a": {"b": [{"c": null}]}}', '"\\ud83d\\ude00"', '"\\u00e9\\n\\/"', '"é 日本 😀"', '{"a.b": 1, "a b": 2}'),
        *("[" * 900 + "]" * 900, "9" * 38, "0." + "1" * 38, "12345678901234567890.123"),
    ],
)
def test_json_is_parsed(line: str, lines: MakeLines, rejects: Rejects):
    found = objects_of(jsonify.call(lines([line]), rejects=rejects))
    assert found == [json.loads(line)]
    assert rejected(rejects) == []


NOT_JSON = [
    *(
        "",
        " ",
        "\t",
        "x",
        "{",
        "}",
        "]",
        "[",
        '{"a": 1',
        '{"a": 1} x',
        '{"a": 1}{"a": 2}',
        "1 2",
        "1,2",
        "1]",
        '1, "x"]',
    ),
    *(
        "NaN",
        "-Infinity",
        "Infinity",
        '{"a": NaN}',
        "{'a': 1}",
        "{a: 1}",
        "[1,]",
        '{"a": 1,}',
        "01",
        "+1",
        ".5",
        "1.",
        "1e",
    ),
    *(
        "True",
        "None",
        "nul",
        "tru",
        "// x",
        "/* x */ 1",
        "# x",
        '"\\x41"',
        '"\\u12"',
        '"open',
        '"a\tb"',
        "0x10",
        "1_000",
    ),
    *('"\\ud800"', '"\\udc00"', '"\\ud800x"', '"\\udc00\\ud800"', "[" * 1001 + "]" * 1001, "\u00a01", "\x00", '"\x01"'),
]


def test_what_is_not_json_is_set_aside_counted_and_never_fails(lines: MakeLines, rejects: Rejects):
    rejects.step, rejects.function = 1, "jsonify"
    found = jsonify.call(lines(['{"a": 1}', *NOT_JSON, "2"]), rejects=rejects)

    assert objects_of(found) == [{"a": 1}, 2]
    assert rejected(rejects) == NOT_JSON
    aside = rejects.sets[0]
    assert (aside.step, aside.function) == (1, "jsonify")
    assert counts(aside.observations[0]) == {"read": len(NOT_JSON) + 2, "rejected": len(NOT_JSON)}


def test_what_is_not_json_becomes_null_or_ends_the_job(lines: MakeLines, rejects: Rejects):
    given = ['{"a": 1}', "null", "x", ""]
    assert objects_of(jsonify.call(lines(given), "null", rejects=rejects)) == [{"a": 1}, None, None, None]
    assert rejects.sets == []
    rejects.step = 3
    failing = jsonify.call(lines(given), "fail", rejects=rejects)
    rejects.step = 4
    with pytest.raises(PySparkException, match="bad record at step 3: not JSON"):
        objects_of(failing)
    assert objects_of(jsonify.call(lines(given[:2]), "fail", rejects=rejects)) == [{"a": 1}, None]
    jsonify.call(lines(given), max_rejects=1, rejects=rejects)
    assert rejects.sets[-1].most == 1


def test_a_line_cannot_know_the_word_that_ends_it(lines: MakeLines, rejects: Rejects):
    """Each call makes its own, so what ended one call's lines is no help in the next."""
    jsonify.call(lines(["1"]), rejects=rejects)
    plan = rejects.sets[0].records()._jdf.queryExecution().logical().toString()
    word = plan.split(',"')[1].split('"')[0] if ',"' in plan else ""
    again = Rejects()
    found = jsonify.call(lines([f'1,"{word}"]']), rejects=again)
    assert len(word) == 32
    assert objects_of(found) == []


def test_a_byte_order_mark_before_a_line_is_dropped(lines: MakeLines, rejects: Rejects):
    found = jsonify.call(lines(['\ufeff{"a": 1}', '\ufeff\ufeff{"a": 2}']), rejects=rejects)
    assert objects_of(found) == [{"a": 1}]
    assert rejected(rejects) == ['\ufeff\ufeff{"a": 2}']


def test_of_a_key_that_stands_twice_the_last_value_counts(lines: MakeLines, rejects: Rejects):
    found = jsonify.call(lines(['{"a": 1, "b": 2, "a": {"c": 3, "c": 4}}']), rejects=rejects)
    assert objects_of(found) == [{"a": {"c": 4}, "b": 2}]


def test_keys_that_differ_by_case_stay_apart(lines: MakeLines, rejects: Rejects):
    found = jsonify.call(lines(['{"a": 1, "A": 2}']), rejects=rejects)
    assert objects_of(found) == [{"a": 1, "A": 2}]


@pytest.mark.parametrize("number", ["12345678901234567890123456789012345678", "0.1000000000000000055511151231257827"])
def test_up_to_38_digits_stay_exact(number: str, lines: MakeLines, rejects: Rejects):
    frame = jsonify.call(lines([number, f"[{number}]"]), rejects=rejects)
    assert [row[0] for row in frame.frame.select(frame.text()).collect()] == [number, f"[{number}]"]


def test_bytes_that_are_no_text_do_not_fail_the_step(spark: SparkSession, tmp_path: Path, rejects: Rejects):
    (tmp_path / "a.txt").write_bytes(b'{"a": 1}\n\xff\xfe\n{"a": "\xff"}\n{"\xc3": 1}\n"\xed\xa0\x80"\n')
    frame: DataFrame = spark.read.text(str(tmp_path / "a.txt"))
    found = jsonify.call(Lines(frame), rejects=rejects)
    assert found.frame.count() + rejects.sets[0].records().count() == 5


def test_a_large_line_is_parsed(lines: MakeLines, rejects: Rejects):
    value = {"items": [{"id": i, "name": f"item {i}"} for i in range(20_000)]}
    assert objects_of(jsonify.call(lines([json.dumps(value)]), rejects=rejects)) == [value]


def test_parsing_happens_once_for_the_count_and_the_rows(lines: MakeLines, rejects: Rejects):
    found = jsonify.call(lines(["1"]), rejects=rejects)
    plan = found.frame._jdf.queryExecution().optimizedPlan().toString()
    assert plan.count("parseJson") + plan.count("parse_json") == 1, plan
