"""JSON as rows: lines or arrays, types given or found."""

from __future__ import annotations

import datetime
import gzip
import json
from collections.abc import Iterator
from decimal import Decimal

import pytest
from pyspark.errors import PySparkException

from functions.errors import InputMissing, InputUnreadable, StepFailed
from functions.records.rejects import Rejects
from functions.sources.load_json import load_json
from functions.storage.reading.faults import heard
from functions.storage.reading.json_array import elements
from functions.storage.storage import Storage
from tests.functions.conftest import Put, dicts_of, tally_of, texts_of

BAD = {
    "[1]": "not a JSON object",
    "null": "not a JSON object",
    "7": "not a JSON object",
    '{"id": 5': "not JSON",
    "nonsense": "not JSON",
    '{"id": NaN}': "not JSON",
    '{"id": 1} {"id": 2}': "not JSON: something follows its first value",
    '{"id": 1}, {"id": 2}': "not JSON: something follows its first value",
    '{"id": 1}}': "not JSON: something follows its first value",
    '{"id": 1},"day":"2024-01-01"': "not JSON: something follows its first value",
    '{"id": 1},"end:of:line":true}': "not JSON: something follows its first value",
    '{"id": 1}],"day":[{}': "not JSON: something follows its first value",
    '{"id": 1}}]} nonsense': "not JSON: something follows its first value",
    '{"id": 1} // more': "not JSON: something follows its first value",
    '{"id": "x", "day": "2024-01-01"}': "`id`: `x` is not of the type INT",
    '{"id": 3000000000}': "`id`: `3000000000` is not of the type INT",
    '{"id": 1, "day": "2024-02-30"}': "`day`: `2024-02-30` is not of the type DATE",
    '{"s": {"a": "é"}}': "does not fit the schema",
}
SCHEMA = {"id": "INT", "day": "DATE", "s": "STRUCT<a: INT>"}


def test_there_must_be_a_file(on_s3: Storage, put: Put, rejects: Rejects):
    folder = put({"_hidden": "{}"})
    for path in (folder, f"{folder}/nothing", f"{folder}/*.json"):
        with pytest.raises(InputMissing):
            load_json.call(path, storage=on_s3, rejects=rejects)


def test_records_at_fault_are_set_aside_with_the_reason(on_s3: Storage, put: Put, rejects: Rejects):
    path = put({"a.json": "\n".join([*BAD, "", '{"id": 1, "day": "2024-01-01", "more": [1]}', '{"id": null}', "{}"])})
    found = load_json.call(path, SCHEMA, storage=on_s3, rejects=rejects)
    assert sorted(dicts_of(found), key=str) == [
        {"id": 1, "day": datetime.date(2024, 1, 1), "s": None},
        {"id": None, "day": None, "s": None},
        {"id": None, "day": None, "s": None},
    ]
    assert texts_of(rejects) == sorted(BAD.items())
    assert tally_of(rejects) == {"read": len(BAD) + 3, "rejected": len(BAD)}


def test_text_that_is_not_utf8_is_set_aside(on_s3: Storage, put: Put, rejects: Rejects):
    path = put({"a.json": b'{"id": 1, "name": "\xff"}\n{"id": 2, "name": "\xc3\xa9"}\n'})
    found = load_json.call(path, {"id": "INT", "name": "STRING"}, storage=on_s3, rejects=rejects)
    assert dicts_of(found) == [{"id": 2, "name": "é"}]
    assert texts_of(rejects) == [('{"id": 1, "name": "\ufffd"}', "not UTF-8 text")]


def test_a_record_in_single_quotes_is_no_json(on_s3: Storage, put: Put, rejects: Rejects):
    texts = ["{'id': 1}", "{'id': {}}"]
    found = load_json.call(put({"a.json": "\n".join(texts)}), {"id": "INT"}, storage=on_s3, rejects=rejects)
    assert dicts_of(found) == []
    assert texts_of(rejects) == [(text, "not JSON") for text in texts]


def test_a_record_that_goes_on_has_no_values(on_s3: Storage, put: Put, rejects: Rejects):
    path = put({"a.json": '{"id":1},{"id":2}\n{"id":3},"x":4\n{"id":5} \n{"id":6,"s":{"a":"x"}}\n'})
    found = load_json.call(path, SCHEMA, on_error="null", storage=on_s3, rejects=rejects)
    assert [row["id"] for row in dicts_of(found)] == [None, None, 5, 6]


def test_folders_tell_columns_of_any_name(on_s3: Storage, put: Put, rejects: Rejects):
    path = put({"value=1/a.json": '{"a":2}'})
    assert dicts_of(load_json.call(path, {"a": "INT"}, storage=on_s3, rejects=rejects)) == [{"a": 2, "value": 1}]


def test_what_does_not_fit_becomes_null_or_fails_the_job(on_s3: Storage, put: Put, rejects: Rejects):
    path = put({"a.json": '{"id": "x", "day": "2024-01-01"}\nnonsense\n'})
    schema = {"id": "INT", "day": "DATE"}
    assert dicts_of(load_json.call(path, schema, on_error="null", storage=on_s3, rejects=rejects)) == [
        {"id": None, "day": datetime.date(2024, 1, 1)},
        {"id": None, "day": None},
    ]
    failing = load_json.call(path, schema, on_error="fail", storage=on_s3, rejects=rejects)
    with pytest.raises(PySparkException, match=r"bad record at step 0: `id`: `x` is not of the type INT, in \{"):
        dicts_of(failing)


def test_types_are_found_in_all_or_in_the_first_records(on_s3: Storage, put: Put, rejects: Rejects):
    texts = ['{"id": 1, "a.b": [{"x": 1}], "mixed": 1}', "nonsense", "5", '{"id": 2.5, "`": null, "mixed": "é"}']
    path = put({"a.json": "\n".join(texts)})
    found = load_json.call(path, storage=on_s3, rejects=rejects)
    assert {field.name: field.dataType.simpleString() for field in found.frame.schema} == {
        "`": "string",
        "a.b": "array<struct<x:bigint>>",
        "id": "double",
        "mixed": "variant",
    }
    read = [json.loads(row[0]) for row in found.frame.select(found.json()).collect()]
    assert [(row["id"], row["mixed"]) for row in read] == [(1.0, 1), (2.5, "é")]
    assert texts_of(rejects) == [("5", "not a JSON object"), ("nonsense", "not JSON")]
    first = load_json.call(path, sample_rows=1, storage=on_s3, rejects=Rejects())
    assert first.columns == ["a.b", "id", "mixed"]


@pytest.mark.parametrize("text", ["", "\n\n", "5\n", "{}\n"])
def test_without_an_object_no_types_are_found(on_s3: Storage, put: Put, rejects: Rejects, text: str):
    path = put({"a.json": text})
    with pytest.raises(InputUnreadable) as caught:
        load_json.call(path, storage=on_s3, rejects=rejects)
    assert (caught.value.argument, caught.value.hint) == ("schema", "give the schema, such as `id INT, name STRING`")
    assert dicts_of(load_json.call(path, {"id": "INT"}, storage=on_s3, rejects=rejects)) in ([], [{"id": None}])


def test_folders_tell_columns_and_packed_files_are_unpacked(on_s3: Storage, put: Put, rejects: Rejects):
    path = put(
        {"year=2023/a.json.gz": gzip.compress(b'{"id": 1}\n{"id": "x"}'), "year=2024/b.json": '{"id":2,"year":9}'}
    )
    found = load_json.call(path, storage=on_s3, rejects=rejects, schema={"id": "INT", "year": "INT"})
    assert sorted(dicts_of(found), key=str) == [{"id": 1, "year": 2023}, {"id": 2, "year": 2024}]
    assert texts_of(rejects) == [('{"id": "x"}', "`id`: `x` is not of the type INT")]


def test_arrays_are_cut_into_their_elements(on_s3: Storage, put: Put, rejects: Rejects):
    array = '\ufeff[{"id": 1, "t": 1.10, "s": "],{\\"é"},\n {"id": 2, "s": ["[", {"a": "}"}]}, 7, {"id": "x"},\n]\n'
    path = put({"a.json": array, "b.json": ' {"id": 3,\n "s": null}', "c.json": "[ ]", "d.json": ""})
    schema = {"id": "INT", "t": "DECIMAL(5,2)", "s": "STRING"}
    found = load_json.call(path, schema, "array", storage=on_s3, rejects=rejects)
    assert sorted(dicts_of(found), key=str) == [
        {"id": 1, "t": Decimal("1.10"), "s": '],{"é'},
        {"id": 2, "t": None, "s": '["[",{"a":"}"}]'},
        {"id": 3, "t": None, "s": None},
    ]
    assert texts_of(rejects) == [("7", "not a JSON object"), ('{"id": "x"}', "`id`: `x` is not of the type INT")]
    assert tally_of(rejects) == {"read": 5, "rejected": 2}


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ('{"id": 1}\n{"id": 2}', "goes on behind the end of its first value"),
        ('[{"id": 1}] x', "goes on behind the end of its first value"),
        ('[{"id": 1}, {"id"', "ends within its array"),
        ("5", "holds neither an array nor an object"),
        ('[{"id": 1}}', "its brackets do not match"),
    ],
)
def test_a_file_that_is_no_array_fails_the_job(on_s3: Storage, put: Put, rejects: Rejects, text: str, detail: str):
    found = load_json.call(put({"a.json": text}), {"id": "INT"}, "array", storage=on_s3, rejects=rejects)
    with pytest.raises(PySparkException) as caught:
        dicts_of(found)
    assert detail in str(heard(str(caught.value)))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_elements_are_the_same_however_the_text_comes(size: int):
    values = [{"a": ["\\", '"', "]["], "b": {"c": "é{"}}, [], "x,y", None, 1.5, {}]
    text = json.dumps(values, indent=1, ensure_ascii=False).encode()
    pieces: Iterator[bytes] = (text[place : place + size] for place in range(0, len(text), size))
    assert [json.loads(element) for element in elements(pieces, "a")] == values


def test_different_folders_are_refused(on_s3: Storage, put: Put, rejects: Rejects):
    path = put({"a=1/a.json": "{}", "b.json": "{}"})
    with pytest.raises(StepFailed, match="lies in folders of other columns"):
        load_json.call(path, {"id": "INT"}, storage=on_s3, rejects=rejects)
