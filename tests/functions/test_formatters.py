"""Each formatter against the plain Python reference, over generated values of every kind."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F

from functions.schemaless import values
from functions.schemaless.formatter import formatters
from functions.schemaless.table import Table
from tests.functions.edges_of_sources import OF_FORMATTERS
from tests.functions.reference import FORMATTERS, read

AMOUNT = 4000


@pytest.fixture(scope="module")
def generated(spark: SparkSession) -> Table:
    return _table(spark, [_json_text(random.Random(seed)) for seed in range(AMOUNT)] + EDGES)


def test_there_are_the_eighteen_formatters_of_the_specification():
    assert {formatter.name for formatter in formatters()} == set(FORMATTERS)


@pytest.mark.parametrize("name", FORMATTERS)
def test_a_formatter_gives_what_the_reference_gives(name: str, generated: Table):
    wrong, present = [], 0
    for row in _formatted(generated, name):
        expected = FORMATTERS[name](read(row.json))
        present += expected is not None
        if not _same(expected, row.made, row.kind):
            wrong.append((row.json, expected, row.made, row.kind))

    assert not wrong, f"{len(wrong)} of {AMOUNT}: {wrong[:10]}"
    assert present > AMOUNT / 100, "the generated values should hold many that this formatter reads"


@pytest.mark.parametrize("name", FORMATTERS)
def test_a_formatter_does_what_its_examples_say(name: str, spark: SparkSession):
    formatter = formatters().find(name, argument="fields")
    given = _table(spark, [json.dumps(before) for before, _ in formatter.examples])

    after = [None if row.made is None else json.loads(row.made) for row in _formatted(given, name)]

    assert after == [expected for _, expected in formatter.examples]


def _table(spark: SparkSession, texts: list[str]) -> Table:
    frame = spark.createDataFrame([(text,) for text in texts], "json string").coalesce(2)
    columns = {"json": F.col("json").cast("variant"), "value": values.not_null(F.parse_json("json"))}
    return Table.of_fields(frame, columns)


def _formatted(table: Table, name: str) -> list[Row]:
    formatter = formatters().find(name, argument="fields")
    done = table.mapped({"value": formatter.call}, kinds=["value"] if formatter.is_tagged else [])
    json_text, made = done.get("json").variant().try_cast("string"), done.get("value").variant()
    kind = F.schema_of_variant(made)
    return done.frame.select(json_text.alias("json"), F.to_json(made).alias("made"), kind.alias("kind")).collect()


def _same(expected: Any, made: str | None, kind: str | None) -> bool:
    if expected is None or made is None:
        return expected is None and made is None and kind is None
    found = json.loads(made, parse_float=Decimal)
    if isinstance(expected, bool):
        return kind == "BOOLEAN" and found is expected
    if isinstance(expected, str):
        return kind == "STRING" and (found == expected or _same_json(found, expected))
    if isinstance(expected, int):
        return found == expected and (kind == "BIGINT" or str(kind).endswith(",0)"))
    return (str(kind).startswith("DECIMAL") or kind == "DOUBLE") and float(found) == expected


def _same_json(found: str, expected: str) -> bool:
    """Whether two texts are the same list, object or number with an exponent, written differently."""
    if expected[0] not in "[{" and "E" not in expected:
        return False
    try:
        return bool(json.loads(found) == json.loads(expected))
    except ValueError:
        return False


# -- generated JSON text ----------------------------------------------------------------------------------------------

SPACES = [" ", "\t", "\n", "\r\n", "\u00a0", "\u2003", "\u3000", "\x1c", "\x0b"]
WORDS = [
    "masculino",
    "feminino",
    "M",
    "true",
    "false",
    "null",
    "nan",
    "inf",
    "Infinity",
    "1_000",
    "é",
    "日本",
    "1d",
    "5f",
    "0x10",
]
# Those that some formatter asks for come often.
LENGTHS = [*range(6), 7, *[8] * 8, 9, 10, *[11] * 8, *[12] * 8, 13, *[14] * 8, 15, 18, 19, 20, 38, 39, 45]


def _json_text(rng: random.Random) -> str:
    return rng.choice([_number, _number, _string, _string, _string, _string, _string, _other])(rng)


def _digits(rng: random.Random, length: int | None = None) -> str:
    return "".join(rng.choices("0123456789", k=rng.choice(LENGTHS) if length is None else length))


def _number(rng: random.Random) -> str:
    whole = str(int(_digits(rng) or "0"))
    sign = rng.choice(["", "", "-"])
    match rng.randrange(5):
        case 0 | 1:
            return sign + whole
        case 2:
            return f"{sign}{whole[:20]}.{_digits(rng, rng.choice([1, 2, 2, 3, 5, 17, 25]))}"
        case 3:
            return f"{sign}{whole[:9]}.{_digits(rng, 2)}5{'0' * rng.randrange(3)}{rng.choice(['', '1'])}"
        case _:
            return f"{sign}{whole[:6]}{rng.choice(['', '.5', '.25'])}{rng.choice('eE')}{rng.randint(-12, 25)}"


def _string(rng: random.Random) -> str:
    text = rng.choice([_spelt_number, _spelt_digits, _spelt_digits, _spelt_date, _word, _noise])(rng)
    if rng.random() < 0.3:
        text = (
            "".join(rng.choices(SPACES, k=rng.randrange(3))) + text + "".join(rng.choices(SPACES, k=rng.randrange(3)))
        )
    return json.dumps(text)


def _spelt_number(rng: random.Random) -> str:
    number = rng.choice(["", "", "+", "-", "+-"]) + _number(rng)
    return rng.choice(
        [number, number, number.replace("0.", "."), number + ".", "00" + number, number.replace(".", ",")]
    )


def _spelt_digits(rng: random.Random) -> str:
    digits = _digits(rng)
    if rng.random() < 0.15 and digits:
        place = rng.randrange(len(digits))
        return digits[:place] + rng.choice("xX.-/ １٣²") + digits[place + 1 :]
    return rng.choice(["", "", "", "-", "+"]) + digits


def _spelt_date(rng: random.Random) -> str:
    year = rng.choice([0, 1, 999, 1582, 1900, 2000, 2023, 2024, 9999, 10000])
    date = f"{year:04d}-{rng.randint(0, 13):02d}-{rng.choice([0, 1, 15, 28, 29, 30, 31, 32]):02d}"
    return date[: rng.choice([10, 10, 10, 9, 7])] + rng.choice(
        ["", "", "T12:00:00Z", "T", " T10", " 12:00", "t1", "Z", "\n"]
    )


def _word(rng: random.Random) -> str:
    word = rng.choice(WORDS)
    return "".join(rng.choice([character.upper(), character]) for character in word)


def _noise(rng: random.Random) -> str:
    return "".join(
        rng.choices(["a", '"', "\\", "|", "\n", "é", "😀", "0", " ", "\u2028", "{", "\x00"], k=rng.randrange(8))
    )


def _other(rng: random.Random) -> str:
    return rng.choice(
        [
            "true",
            "false",
            "null",
            "[]",
            "{}",
            '{"a": 1}',
            "[1, true, null]",
            '{"b": {"c": "x"}, "a": [5]}',
            '["5"]',
            '""',
            '" "',
        ]
    )


EDGES = [
    *map(json.dumps, OF_FORMATTERS.values()),
    *("9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809"),
    *("9" * 38, "1" + "0" * 38, "-" + "9" * 38, f'"{"9" * 38}"', f'"1{"0" * 38}"', f'"{"0" * 60}7"', f'"-{"0" * 60}7"'),
    *("0", "-0", "0.0", "-0.0", "5.0", "0.005", "0.015", "0.025", "2.675", "-0.125", "1e400", "-1e400", "1e-400"),
    *('"0.00500000000000000000000000000000000000000000001"', '"1e400"', '"-1e400"', '"1e-400"', '"."', '"+"', '"1e"'),
    *(
        '"1.e3"',
        '".5e1"',
        '"0.125"',
        '"0.135"',
        '"1E5"',
        '"--1"',
        '"1 2"',
        '"\\uff11\\uff12"',
        '"5\\n"',
        '"\\n5"',
        '"-"',
        '"- 5"',
    ),
    *(
        "9999999999999999999999999999999999.995",
        "99999999999999999999999999999999999.99",
        '"99999999999999999999999999999999.995"',
    ),
    *('"' + "1" * 1500 + '"', '"0.' + "3" * 1500 + '"', '"' + "0" * 1200 + '1.5"'),
    *('"2000-02-29"', '"1900-02-29"', '"0001-01-01"', '"0000-01-01"', '"9999-12-31"', '"+2024-01-01"', '"12024-01-01"'),
    *('"2024-01-01T"', '"2024-01-01 T"', '"T2024-01-01"', '"\\u00a02024-01-01\\u3000"', '"MASCULİNO"', '"ﬁ"'),
    *("12345678.90", "1e7", "123456789.125", "1e15", "1e16", "1e-4", "1e-5", "12345678901234567890.5", "1.5e300"),
]
