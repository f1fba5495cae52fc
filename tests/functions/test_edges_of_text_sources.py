"""Edges of sources of text: values that do not fit, odd characters, names that stand twice, nested values."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from functions.catalog import Catalog
from functions.errors import InputUnreadable
from functions.records.rejects import Rejects
from functions.sources.load_csv import load_csv
from functions.sources.load_json import load_json
from functions.sources.load_rows import load_rows
from functions.sources.load_text import load_text
from functions.sources.load_xml import load_xml
from functions.storage.reading.faults import heard
from functions.storage.storage import Storage
from functions.workspace import Rows
from tests.functions.applied import refusals
from tests.functions.conftest import dicts_of, texts_of

INFINITY = float("inf")


@pytest.fixture
def folder(roots: object, tmp_path: Path) -> Path:
    return tmp_path / "in"


def json_of(found: Rows) -> list[dict[str, Any]]:
    """Rows as JSON tells them, without nulls, in any order."""
    rows = [json.loads(row.row) for row in found.frame.select(found.json().alias("row")).collect()]
    return sorted(({name: value for name, value in row.items() if value is not None} for row in rows), key=str)


LARGE = {
    '{"d": 1e400}': "`d`: a number is too large for the type DOUBLE",
    '{"d": -1e400}': "`d`: a number is too large for the type DOUBLE",
    '{"d": 1%s}' % ("0" * 400): "`d`: a number is too large for the type DOUBLE",
    '{"f": 3.5e38}': "`f`: a number is too large for the type FLOAT",
    '{"s": {"x": [{"y": 1e400}, null]}}': (
        "`s`: a number is too large for the type struct<x:array<struct<y:double,z:string>>>"
    ),
    '{"m": {"a": 1, "b": -1e999}}': "`m`: a number is too large for the type map<string,double>",
}
KEPT = [
    {"d": 1.7976931348623157e308}, {"d": 0.0}, {"f": 1.5},
    {"s": {"x": [{"y": 2.0, "z": "Infinity"}, None]}, "m": {"a": 1.0}}, {"s": {"x": None}, "m": {}},
]  # fmt: skip
FLOATS = {
    "d": "DOUBLE",
    "f": "FLOAT",
    "s": "STRUCT<x: ARRAY<STRUCT<y: DOUBLE, z: STRING>>>",
    "m": "MAP<STRING, DOUBLE>",
}


def test_numbers_of_json_that_are_too_large_are_at_fault(storage: Storage, rejects: Rejects, folder: Path):
    (folder / "a.json").write_text("\n".join([*LARGE, *map(json.dumps, KEPT)]))
    found = json_of(load_json.call("in/a.json", FLOATS, storage=storage, rejects=rejects))
    assert sorted(map(without_nulls, found), key=str) == sorted(map(without_nulls, KEPT), key=str)
    assert texts_of(rejects) == sorted(LARGE.items())


def without_nulls(value: Any) -> Any:
    """Null and absent are the same in a struct."""
    if isinstance(value, dict):
        return {name: without_nulls(inner) for name, inner in value.items() if inner is not None}
    return [without_nulls(inner) for inner in value] if isinstance(value, list) else value


def test_numbers_that_are_too_large_become_null_or_end_the_job(storage: Storage, rejects: Rejects, folder: Path):
    (folder / "a.json").write_text(
        '{"d": 1e400, "f": 2, "s": {"x": [{"y": 1e400, "z": "é"}]}, "m": {"a": 1, "b": 1e999}}'
    )
    found = load_json.call("in/a.json", FLOATS, on_error="null", storage=storage, rejects=rejects)
    assert dicts_of(found) == [
        {"d": None, "f": 2.0, "s": {"x": [{"y": None, "z": "é"}]}, "m": {"a": 1.0, "b": None}},
    ]
    failing = load_json.call("in/a.json", FLOATS, on_error="fail", storage=storage, rejects=rejects)
    with pytest.raises(PySparkException, match="`d`: a number is too large for the type DOUBLE"):
        dicts_of(failing)


def test_rows_in_the_step_may_not_be_too_large_either(spark: SparkSession, rejects: Rejects):
    found = load_rows.call([{"d": 10**400}, {"d": 1}], {"d": "DOUBLE"}, session=spark, rejects=rejects)
    assert dicts_of(found) == [{"d": 1.0}]
    assert [reason for _, reason in texts_of(rejects)] == ["`d`: a number is too large for the type DOUBLE"]


CSV = [
    "1e400,1",
    "-1e400,2",
    "9" * 400 + ",3",
    "1,1e39",
    "1," + "9" * 50,
    "Infinity,4",
    "1,-Infinity",
    "x,Inf",
    "2,7",
    '"3",1e39',
]


def test_numbers_of_csv_that_are_too_large_are_at_fault_and_infinity_is_not(
    storage: Storage, rejects: Rejects, folder: Path
):
    (folder / "a.csv").write_text("\n".join(["d,f", *CSV]))
    schema = {"d": "DOUBLE", "f": "FLOAT"}
    found = load_csv.call("in/a.csv", schema, storage=storage, rejects=rejects)
    assert sorted((row["d"], row["f"]) for row in dicts_of(found)) == [(1.0, -INFINITY), (2.0, 7.0), (INFINITY, 4.0)]
    too_large = {"d": [CSV[0], CSV[1], CSV[2]], "f": [CSV[3], CSV[4], CSV[9]]}
    assert texts_of(rejects) == sorted(
        [
            (line, f"`{name}`: a number is too large for the type {schema[name]}")
            for name in schema
            for line in too_large[name]
        ]
        + [("x,Inf", "`d`: `x` is not of the type DOUBLE")]
    )
    kept = load_csv.call("in/a.csv", schema, on_error="null", storage=storage, rejects=rejects)
    assert [(row["d"], row["f"]) for row in dicts_of(kept)] == [
        (None, 1.0), (None, 2.0), (None, 3.0), (1.0, None), (1.0, None), (INFINITY, 4.0), (1.0, -INFINITY),
        (None, INFINITY), (2.0, 7.0), (3.0, None),
    ]  # fmt: skip


def test_a_column_with_a_number_that_is_too_large_is_text(storage: Storage, rejects: Rejects, folder: Path):
    (folder / "a.csv").write_text("d,e\n1e400,1\n1,1e30\n")
    found = load_csv.call("in/a.csv", storage=storage, rejects=rejects)
    assert dicts_of(found) == [{"d": "1e400", "e": 1.0}, {"d": "1", "e": 1e30}]


def test_only_the_beginning_of_a_file_loses_its_byte_order_mark(storage: Storage, rejects: Rejects, folder: Path):
    (folder / "a.csv").write_text('\ufeffid,name\n\ufeff1,x\n2,\ufeffy\n\ufeff3,"q"\n')
    (folder / "b.csv").write_text("id,name\n\ufeff4,z\n")
    found = load_csv.call("in/*.csv", {"id": "STRING", "name": "STRING"}, storage=storage, rejects=rejects)
    assert sorted((row["id"], row["name"]) for row in dicts_of(found)) == [
        ("2", "\ufeffy"), ("\ufeff1", "x"), ("\ufeff3", "q"), ("\ufeff4", "z"),
    ]  # fmt: skip


HALVES = {r'{"n": "\ud83d"}', r'{"n": "\ude00x"}', r'{"n": "\ud83d\\\ude00"}', r'{"n": [{"a": "\uD83D"}]}'}
WHOLE = {r'{"n": "\ud83d\ude00"}': "\U0001f600", r'{"n": "\\ud83d"}': "\\ud83d", r'{"n": "\u00e9\u2028"}': "é\u2028"}


def test_half_a_pair_of_surrogates_is_no_json(storage: Storage, rejects: Rejects, folder: Path):
    (folder / "a.json").write_text("\n".join([*HALVES, *WHOLE]))
    found = load_json.call("in/a.json", {"n": "STRING"}, storage=storage, rejects=rejects)
    assert sorted(row["n"] for row in dicts_of(found)) == sorted(WHOLE.values())
    assert texts_of(rejects) == sorted((line, "not JSON") for line in HALVES)
    kept = load_json.call("in/a.json", {"n": "STRING"}, on_error="null", storage=storage, rejects=Rejects())
    assert {row["n"] for row in dicts_of(kept)} == {None, *WHOLE.values()}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_text_of_wider_characters_is_told_to_be_no_utf8(
    storage: Storage, rejects: Rejects, folder: Path, encoding: str
):
    (folder / "a.csv").write_bytes("id,name\n1,é\n".encode(encoding))
    with pytest.raises(InputUnreadable, match=r"the header of .*a.csv` is not UTF-8 text"):
        load_csv.call("in/a.csv", storage=storage, rejects=rejects)
    (folder / "a.json").write_bytes('[{"n": "é"}]'.encode(encoding))
    found = load_json.call("in/a.json", {"n": "STRING"}, "array", storage=storage, rejects=rejects)
    with pytest.raises(PySparkException) as caught:
        dicts_of(found)
    assert "is not UTF-8 text" in str(heard(str(caught.value)))


TWICE = ['{"a": 1, "a": 2}', '{"a": 3, "A": 4}', '{"s": {"a": 5, "a": 6}}', '{"caf\u00e9": 7, "cafe\u0301": 8}']


def test_of_a_key_that_stands_twice_the_last_counts_and_others_are_others(
    storage: Storage, rejects: Rejects, folder: Path
):
    (folder / "a.json").write_text("\n".join(TWICE))
    schema = {"a": "INT", "A": "INT", "s": "STRUCT<a: INT>", "caf\u00e9": "INT", "cafe\u0301": "INT"}
    found = json_of(load_json.call("in/a.json", schema, storage=storage, rejects=rejects))
    assert found == sorted(map(json.loads, TWICE), key=str)


def test_names_in_a_header_differ_by_case_and_by_form(storage: Storage, rejects: Rejects, folder: Path):
    (folder / "a.csv").write_text("a,A,caf\u00e9,cafe\u0301,\n1,2,3,4,5\n")
    found = dicts_of(load_csv.call("in/a.csv", storage=storage, rejects=rejects))
    assert found == [{"a": 1, "A": 2, "caf\u00e9": 3, "cafe\u0301": 4, "column5": 5}]
    assert load_csv.call("in/a.csv", {"A": "INT"}, storage=storage, rejects=rejects).columns == ["A"]


def test_signs_that_are_no_line_ends_stay_in_values(storage: Storage, rejects: Rejects, folder: Path):
    odd = ["a\u2028b", "c\u0085d", "e\x0bf\x0cg", "\u200b", "\xa0", "\x1c", "\U0001f600"]
    (folder / "a.csv").write_text("id,n\n" + "".join(f"{place},{text}\n" for place, text in enumerate(odd)))
    found = dicts_of(load_csv.call("in/a.csv", storage=storage, rejects=rejects))
    assert [row["n"] for row in found] == odd
    (folder / "a.txt").write_text("\n".join(odd))
    assert [row["value"] for row in dicts_of(load_text.call("in/a.txt", storage=storage, rejects=rejects))] == odd


NESTED = [
    '{"s": {"a": "x"}}', '{"s": [1]}', '{"l": [1, "x"]}', '{"l": {"a": 1}}', '{"m": {"k": "x"}}',
    '{"s": null, "l": null, "m": null}', '{"s": {"a": null}, "l": [null, 1], "m": {"": null}}',
    '{"s": {}, "l": [], "m": {}}', '{"t": {"a": [1, {"b": "é"}]}}', '{"t": [null]}',
]  # fmt: skip


def test_nested_values_keep_their_nulls_and_misfits_are_at_fault(storage: Storage, rejects: Rejects, folder: Path):
    (folder / "a.json").write_text("\n".join(NESTED))
    schema = {"s": "STRUCT<a: INT>", "l": "ARRAY<INT>", "m": "MAP<STRING, INT>", "t": "STRING"}
    found = load_json.call("in/a.json", schema, storage=storage, rejects=rejects)
    nothing = dict.fromkeys(schema)
    assert dicts_of(found) == [
        nothing,
        nothing | {"s": {"a": None}, "l": [None, 1], "m": {"": None}},
        nothing | {"s": {"a": None}, "l": [], "m": {}},
        nothing | {"t": '{"a":[1,{"b":"é"}]}'},
        nothing | {"t": "[null]"},
    ]
    assert [line for line, _ in texts_of(rejects)] == sorted(NESTED[:5])


@pytest.mark.parametrize("form", ["lines", "array"])
def test_without_a_record_there_are_the_columns_of_the_schema(
    storage: Storage, rejects: Rejects, folder: Path, form: str
):
    for name, content in {"a.json": b"", "b.json.gz": gzip.compress(b""), "c.json.gz": b""}.items():
        (folder / name).write_bytes(content)
    found = load_json.call("in", {"id": "INT", "l": "ARRAY<INT>"}, form, storage=storage, rejects=rejects)
    assert (found.columns, dicts_of(found), texts_of(rejects)) == (["id", "l"], [], [])


def test_files_without_records_need_a_schema_or_a_header(
    storage: Storage, rejects: Rejects, folder: Path, catalog: Catalog
):
    for name, text in {"a.csv": "", "b.csv": "id,name\n", "a.xml": "", "b.xml": "<r><e/></r>"}.items():
        (folder / name).write_text(text)
    given = {"storage": storage, "rejects": rejects}
    for path, columns in {"in/a.csv": ["id"], "in/b.csv": ["id"]}.items():
        found = load_csv.call(path, {"id": "INT"}, **given)
        assert (found.columns, dicts_of(found)) == (columns, [])
    assert load_csv.call("in/b.csv", **given).frame.dtypes == [("id", "string"), ("name", "string")]
    with pytest.raises(InputUnreadable, match="no column can be found: the files are empty"):
        load_csv.call("in/a.csv", **given)
    for path in ("in/a.xml", "in/b.xml"):
        assert dicts_of(load_xml.call(path, "row", {"id": "INT"}, **given)) == []
        with pytest.raises(InputUnreadable, match="no schema can be found: there is no whole element `row`"):
            load_xml.call(path, "row", **given)
    assert refusals(catalog.find("load_rows"), []) == [("/1", "must not be empty")]


def test_an_object_without_fields_is_a_row_of_nulls(spark: SparkSession, rejects: Rejects):
    found = load_rows.call([{}], {"id": "INT", "l": "ARRAY<INT>"}, session=spark, rejects=rejects)
    assert dicts_of(found) == [{"id": None, "l": None}]
    with pytest.raises(InputUnreadable, match="no record is a JSON object with a field"):
        load_rows.call([{}], session=spark, rejects=rejects)


def test_columns_that_only_some_files_have(storage: Storage, rejects: Rejects, folder: Path):
    (folder / "a.json").write_text('{"a": 1}')
    (folder / "b.json").write_text('{"b": "x"}')
    assert json_of(load_json.call("in/*.json", storage=storage, rejects=rejects)) == [{"a": 1}, {"b": "x"}]
    found = load_json.call("in/*.json", {"z": "INT", "a": "INT"}, storage=storage, rejects=rejects)
    assert sorted(str(row) for row in dicts_of(found)) == ["{'z': None, 'a': 1}", "{'z': None, 'a': None}"]


XML = """<r><e i="1" a="9"><a>1</a><A>2</A><d>1e400</d></e><e i="2"><a>3</a><a>4</a><s><x>y</x></s><l>5</l></e>
<e i="3"><d>INF</d><s><x>6</x></s><l>7</l><l>8</l></e><e/><e>&#x1F600;<a></a>\u2028</e></r>"""


def test_elements_and_attributes_of_one_name_and_values_that_do_not_fit(
    storage: Storage, rejects: Rejects, folder: Path
):
    (folder / "a.xml").write_text(XML)
    schema = {"_i": "INT", "_a": "INT", "a": "INT", "A": "INT", "d": "DOUBLE", "s": "STRUCT<x: INT>", "l": "ARRAY<INT>"}
    found = load_xml.call("in/a.xml", "e", schema, on_error="null", storage=storage, rejects=rejects)
    nothing = dict.fromkeys(schema)
    assert dicts_of(found) == [
        nothing | {"_i": 1, "_a": 9, "a": 1, "A": 2},
        nothing | {"_i": 2, "a": 4, "l": [5]},
        nothing | {"_i": 3, "d": INFINITY, "s": {"x": 6}, "l": [7, 8]},
        nothing,
        nothing,
    ]
    found = load_xml.call("in/a.xml", "e", {"d": "DOUBLE", "z": "STRING"}, storage=storage, rejects=rejects)
    assert len(dicts_of(found)) + len(texts_of(rejects)) == 5
    assert ("`d`: a number is too large for the type DOUBLE") in {reason for _, reason in texts_of(rejects)}


def test_characters_of_xml(storage: Storage, rejects: Rejects, folder: Path):
    (folder / "a.xml").write_text(
        "\ufeff<r><e n='caf\u00e9 \u2028'><cafe\u0301>1</cafe\u0301><caf\u00e9>2</caf\u00e9>&lt;&#233;</e></r>"
    )
    found = dicts_of(load_xml.call("in/a.xml", "e", storage=storage, rejects=rejects))
    assert found == [{"_VALUE": "<é", "_n": "caf\u00e9 \u2028", "cafe\u0301": 1, "caf\u00e9": 2}]


NESTED_FLOATS = {
    "<info>x</info><n><v>1e999</v></n>": "`n`: a number is too large for the type struct<v:double,_w:double>",
    '<info>x</info><n w="-1e999"/>': "`n`: a number is too large for the type struct<v:double,_w:double>",
    "<info>x</info><n><v> Infinity </v></n>": None,
    "<info>x</info><n><v>-Infinity<!-- no end --></v></n>": None,
    "<info>x</info><n w='Infinity'/>": None,
}


def test_text_that_spells_no_infinity_hides_no_number_that_is_too_large(
    storage: Storage, rejects: Rejects, folder: Path
):
    records = {f"<e>{inner}</e>": reason for inner, reason in NESTED_FLOATS.items()}
    (folder / "a.xml").write_text(f"<r>{''.join(records)}</r>")
    schema = {"info": "STRING", "n": "STRUCT<v: DOUBLE, _w: DOUBLE>"}
    found = load_xml.call("in/a.xml", "e", schema, storage=storage, rejects=rejects)
    assert [(row["n"]["v"], row["n"]["_w"]) for row in dicts_of(found)] == [
        (INFINITY, None), (-INFINITY, None), (None, INFINITY),
    ]  # fmt: skip
    assert texts_of(rejects) == sorted((line, reason) for line, reason in records.items() if reason)
