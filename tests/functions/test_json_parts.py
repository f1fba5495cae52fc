"""Reading only the wanted parts of JSON gives what parsing all of it with Spark gives, whatever the lines are."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyspark.errors import PySparkException
from pyspark.sql import functions as F

from functions.frames.jsonify import jsonify
from functions.frames.split_into_tables import split_into_tables
from functions.records.bad_records import OnError
from functions.records.rejects import Rejects
from functions.schemaless.table import Table
from functions.storage.storage import Storage
from functions.tables.explode_tables import explode_tables
from functions.tables.flatten_tables import flatten_tables
from functions.tables.group_by_table import group_by_table
from functions.workspace import Lines, Tables
from tests.functions.conftest import counts, rows_of
from tests.functions.test_jsonify import NOT_JSON

SCALARS = [
    *("null", "true", "false", "0", "-0", "1", "-1", "007", "1.0", "1.50", "-0.0", "0.10", "100.00", "1e5", "1E+5"),
    *("1e-5", "0.00001", "0.0001", "0.001", "1e15", "1e16", "9999999999999998.0", "123456789012345680.0", "1e22"),
    *("1.5e300", "1e400", "-1e400", "12345678.9", "0.1234567890123456789", "12345678901234567890.5"),
    *("9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809"),
    *("18446744073709551616", "9" * 38, "9" * 39, "1" * 60, "0." + "3" * 38, "0." + "3" * 39, "3" * 20 + ".0"),
    *("3" * 30 + "." + "3" * 8, "3" * 30 + "." + "3" * 9, "1." + "0" * 30, "1" + "0" * 37 + ".5", "2." + "5" * 15),
    *('""', '" "', '"0"', '"1.50"', '"null"', '"true"', '"é"', '"日本"', '"😀"', '"\\u00e9"', '"\\ud83d\\ude00"'),
    *('"\\ud800"', '"\\udc00x"', '"\\n\\t\\r\\b\\f\\/\\\\\\""', '"\\u0000"', '"\\u0000r[1]"', '"\\u001f"', '"\\x"'),
    *('"\t"', '"a|b"', '"say \\"hi\\""', '"x\\ny"', '"\u2028"', '"\ufeff"', "NaN", "Infinity", "-Infinity", "nan"),
    *("tru", "nul", "+1", ".5", "1.", "1e", "0x1", "1_0", "'x'", "01", "--1", "1 2"),
]
NESTED = [
    *("{}", "[]", "[[]]", "[{}]", '{"b": 1}', '{"b": {"c": 2}}', '{"b": null}', '{"b": [1, {"c": 2}]}', "[null]"),
    *('[1, "x", null, true]', '[{"x": 1}, {"x": 2}]', '[{"x": 1}, 5, {"x": null}, [], {"y": 1}]', '[[{"x": 1}]]'),
    *('{"b": 1, "b": 2}', '{"b": 2, "b": null}', '{"z": 1, "a": 1.50, "B": 1e5}', '{"b": {"c": {"d": [1.0]}}}'),
    *('[{"x": {"y": 1}}, {"x": [1.10]}]', '{"": 1}', '{"b.c": 1}', '{"b": 0.1000000000000000055511151231257827}'),
    *(
        '[{"x": 1, "x": 2}]',
        '{"b" : "\\u00e9"}',
        '{"\\u0062": 7}',
        '[{"\\u0078": 7}]',
        "[1,]",
        '{"b":}',
        '{"b"}',
        "{,}",
    ),
    *("[" * 300 + "]" * 300, '{"b":' * 200 + "1" + "}" * 200, '[{"x": "' + "y" * 5000 + '"}]'),
]


def corpus() -> list[str]:
    values = [*SCALARS, *NESTED]
    lines = [f'{{"a": {value}, "id": {n}}}' for n, value in enumerate(values)]
    lines += [f'{{"id": 1, "a": {one}, "a": {two}}}' for one, two in zip(values, reversed(values), strict=True)]
    lines += values
    lines += NOT_JSON
    lines += [
        '\ufeff{"a": 1}',
        '\ufeff\ufeff{"a": 1}',
        ' {"a" : 1 } ',
        '\t{"a":\t1}\t',
        '{"A": 1}',
        '{"a": 1}}',
        "}{",
        "\u00a0{}",
    ]
    lines += ['{"a": "' + "x" * n for n in (0, 1, 100)]
    for digits in (500, 999, 1000, 1001, 1500):
        lines += [f'{{"a": {"9" * digits}}}', f'{{"a": 0.{"1" * (digits - 2)}}}', f'{{"n": {"9" * digits}, "a": 1}}']
        lines += [
            f'{{"a": "{"9" * digits}"}}',
            f'{{"a": -{"9" * digits}}}',
            f'{{"n": -0.{"1" * (digits - 2)}, "a": 2}}',
        ]
        lines += [f'{{"a": {"5" * (digits - 600)}.{"1" * 600}e-5}}'] if digits > 600 else []
    for depth in (900, 990, 997, 998, 999, 1000, 1001, 1100):
        lines += ['{"n":' + "[" * depth + "]" * depth + ', "a": 1}', '{"a":' + "[" * depth + "]" * depth + "}"]
        lines += ["[" * depth + "]" * depth, '{"a": "' + "[" * depth + '"}']
    lines += ['{"deep": {"a": 1}}', '{"a": {"b": {"c": 5}, "x": 1}}', '{"a": [{"x": [{"y": 1}]}]}']
    return [line for line in lines if "\n" not in line and "\r" not in line]


def random_value(rng: random.Random, depth: int = 0) -> Any:
    kind = rng.randrange(9 if depth < 3 else 6)
    if kind < 6:
        numbers = [
            rng.randrange(-5, 5),
            rng.randrange(10**18),
            round(rng.random() * 1000, rng.randrange(4)),
            rng.random(),
        ]
        return rng.choice([*numbers, None, True, "", "text", ' é|"\n'])
    if kind == 6:
        return [random_value(rng, depth + 1) for _ in range(rng.randrange(4))]
    return {rng.choice("abcxy"): random_value(rng, depth + 1) for _ in range(rng.randrange(4))}


def both_ways(storage: Storage, folder: Path, lines: list[bytes]) -> tuple[Tables, Tables, Rejects, Rejects]:
    """Tables of the wanted parts, and of everything parsed by Spark; the file is the same."""
    (folder / "in" / "lines.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    made, rejects = [], [Rejects(), Rejects()]
    found = storage.text_input("in/lines.jsonl")
    for given, aside in zip((Lines(found.frame, found), Lines(found.frame)), rejects, strict=True):
        objects = split_into_tables.call(jsonify.call(given, rejects=aside), {"t": PARTS})
        made.append(group_by_table.call(objects, ["t"]))
    return made[0], made[1], rejects[0], rejects[1]


@pytest.mark.parametrize("is_read_by_parts", [True, False])
def test_lines_that_are_not_json_become_null_or_end_the_job(
    storage: Storage, tmp_path: Path, rejects: Rejects, is_read_by_parts: bool
) -> None:
    (tmp_path / "in" / "lines.jsonl").write_text('{"id": 1}\nx\n{"id": 2}\n')
    found = storage.text_input("in/lines.jsonl")
    given = Lines(found.frame, found if is_read_by_parts else None)

    def tables(on_error: OnError) -> Table:
        objects = split_into_tables.call(jsonify.call(given, on_error, rejects=rejects), {"t": PARTS})
        return group_by_table.call(objects, ["t"]).table("t", argument="name")

    assert texts(tables("null")) == [("1", None, None), (None, None, None), ("2", None, None)]
    with pytest.raises(PySparkException, match="bad record at step 0: not JSON"):
        texts(tables("fail"))
    assert rejects.sets == []


class PARTS:
    fields = ("id", "a")


def texts(table: Table) -> list[tuple[str | None, ...]]:
    return [tuple(row) for row in table.as_lists(["id", "a", "n"]).as_text().collect()]


def assert_same(ours: Table, sparks: Table) -> None:
    assert texts(ours) == texts(sparks)
    assert rows_of(ours) == rows_of(sparks)


@pytest.fixture(autouse=True)
def _deep() -> Iterator[None]:
    """Some lines are nested as deep as Python's own parser goes only when it is let."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(5000)
    yield
    sys.setrecursionlimit(before)


@pytest.fixture
def hostile(storage: Storage, tmp_path: Path) -> tuple[Tables, Tables, Rejects, Rejects]:
    lines = [line.encode(errors="surrogatepass") for line in corpus()]
    raw = [
        b'{"a": "\xff"}',
        b'{"\xff": 1, "a": 2}',
        b"\xff\xfe",
        b'{"skipped": "\xc3", "a": 3}',
        b'"\xed\xa0\x80"',
        b"",
    ]
    assert len(lines) + len(raw) >= 300
    return both_ways(storage, tmp_path, [*lines, *raw])


def test_hostile_lines_give_the_same_values(hostile: tuple[Tables, Tables, Rejects, Rejects]) -> None:
    ours, sparks, _, _ = hostile
    assert_same(ours.tables["t"], sparks.tables["t"])


def test_hostile_lines_give_the_same_rejects(hostile: tuple[Tables, Tables, Rejects, Rejects]) -> None:
    ours, sparks, our_rejects, spark_rejects = hostile
    ours.tables["t"].as_text().collect()
    sparks.tables["t"].frame.collect()
    lines = [[row.line for row in aside.sets[0].records().collect()] for aside in (our_rejects, spark_rejects)]
    assert lines[0] == lines[1]
    assert counts(our_rejects.sets[0].observations[-1]) == {"read": 489, "rejected": 180}
    assert counts(spark_rejects.sets[0].observations[0]) == {"read": 489, "rejected": 180}


def test_hostile_values_are_lifted_and_exploded_the_same(hostile: tuple[Tables, Tables, Rejects, Rejects]) -> None:
    lifted = [
        flatten_tables.call(side, {"t": {"a": {"n": ["b", "c"], "a": ["b"]}}}).tables["t"] for side in hostile[:2]
    ]
    assert_same(*lifted)
    exploded = [explode_tables.call(side, {"t": ["a"]}) for side in hostile[:2]]
    for field in ("x", "y"):
        wide = [flatten_tables.call(side, {"t": {field: {"n": []}}}).tables["t"] for side in exploded]
        assert texts(wide[0]) == texts(wide[1])
    twice = [explode_tables.call(side, {"t": ["x"]}).tables["t"] for side in exploded]
    assert rows_of(twice[0]) == rows_of(twice[1])


def test_random_objects_give_the_same(storage: Storage, tmp_path: Path) -> None:
    rng = random.Random(3)
    lines = [json.dumps({"id": n, "a": random_value(rng)}).encode() for n in range(3000)]
    ours, sparks, _, _ = both_ways(storage, tmp_path, lines)
    assert_same(ours.tables["t"], sparks.tables["t"])
    exploded = [explode_tables.call(side, {"t": ["a", "b"]}).tables["t"] for side in (ours, sparks)]
    assert rows_of(exploded[0]) == rows_of(exploded[1])
    lifted = [
        flatten_tables.call(side, {"t": {"a": {"n": ["a"], "b": ["x", "y"]}}}).tables["t"] for side in (ours, sparks)
    ]
    assert_same(*lifted)


def test_a_key_may_hold_any_characters(storage: Storage, tmp_path: Path) -> None:
    keys = ['x"y', "back\\slash", "tab\t", "line\n", "nul\0", "'", "`", "é", "a.b", ""]
    row = {"id": 1, "a": {key: place for place, key in enumerate(keys)}, **{key: [{"x": 1}] for key in keys}}
    ours, sparks, _, _ = both_ways(storage, tmp_path, [json.dumps(row).encode(), b"{}"])
    lifts = {"a": {f"n{place}": [key] for place, key in enumerate(keys)}}
    found = [rows_of(flatten_tables.call(side, {"t": lifts}).tables["t"]) for side in (ours, sparks)]
    assert found[0] == found[1]
    assert found[0][0] == {"id": 1, **{f"n{place}": place for place in range(len(keys))}}


def test_only_wanted_parts_are_read(storage: Storage, tmp_path: Path) -> None:
    ours, _, _, _ = both_ways(storage, tmp_path, [b'{"id": 1, "a": {"b": 2}, "rest": [1, 2, 3]}'])
    lifted = flatten_tables.call(ours, {"t": {"a": {"n": ["b"]}}}).tables["t"].as_lists(["n"])
    lifted.as_text()
    assert lifted.frame.columns == ["rejected", "t0"]


def test_what_was_read_is_counted_once(storage: Storage, tmp_path: Path) -> None:
    ours, _, rejects, _ = both_ways(storage, tmp_path, [b"{}", b"x", b"y"])
    for _ in range(2):
        assert ours.tables["t"].as_text().count() == 1
    assert counts(rejects.sets[0].observations[-1]) == {"read": 3, "rejected": 2}
    assert len(rejects.sets[0].observations) == 2  # the other is that of parsing everything, which nothing asked for


def test_numbers_of_a_list_that_spark_wrote_are_read_back(storage: Storage, tmp_path: Path) -> None:
    ours, sparks, _, _ = both_ways(storage, tmp_path, [b'{"id": 1.50, "a": [1.50, 1e5, 12345678901234567890.5]}'])
    assert texts(ours.tables["t"]) == texts(sparks.tables["t"])
    found = ours.tables["t"].get("a").variant()
    frame = ours.tables["t"].frame
    assert frame.select(F.to_json(found)).collect()[0][0] == "[1.5,100000.0,12345678901234567890.5]"
