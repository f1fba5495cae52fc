"""CSV as rows: types given or found, and records at fault."""

from __future__ import annotations

import bz2
import datetime
import gzip
from typing import Any

import pytest
from pyspark.errors import PySparkException

from functions.errors import InputMissing, InputUnreadable, StepFailed
from functions.records.rejects import Rejects, TooManyRejects
from functions.sources.load_csv import load_csv
from functions.storage.reading.faults import heard
from functions.storage.storage import Storage
from tests.functions.conftest import Put, dicts_of, tally_of, texts_of

SCHEMA = {"id": "INT", "name": "STRING", "day": "DATE"}
HEADER = "id,name,day\n"
BAD = {
    "x,a,2024-01-01": "`id`: `x` is not of the type INT",
    "3000000000,a,": "`id`: `3000000000` is not of the type INT",
    '1,"say ""hé""",2024-02-30': "`day`: `2024-02-30` is not of the type DATE",
    " 7,a,": "`id`: ` 7` is not of the type INT",
    "1,a": "has 2 values instead of 3",
    '1,"a,b",c,d': "has 4 values instead of 3",
    '1,a,"2024-01-01': "a quote is left open; where values hold line ends, say multiline",
}


def test_there_must_be_a_file(on_s3: Storage, put: Put, rejects: Rejects):
    folder = put({".hidden": "a"})
    for path in (folder, f"{folder}/nothing", f"{folder}/*.csv"):
        with pytest.raises(InputMissing):
            load_csv.call(path, storage=on_s3, rejects=rejects)


def test_records_at_fault_are_set_aside_with_the_reason(on_s3: Storage, put: Put, rejects: Rejects):
    path = put({"a.csv": HEADER + "\r\n".join([*BAD, "", '1,"a, ""b""",2024-01-31', ",,", "2,é,"])})
    found = load_csv.call(path, SCHEMA, storage=on_s3, rejects=rejects)
    assert dicts_of(found) == [
        {"id": 1, "name": 'a, "b"', "day": datetime.date(2024, 1, 31)},
        {"id": None, "name": None, "day": None},
        {"id": 2, "name": "é", "day": None},
    ]
    assert texts_of(rejects) == sorted(BAD.items())
    assert tally_of(rejects) == {"read": len(BAD) + 3, "rejected": len(BAD)}


def test_what_does_not_fit_becomes_null_or_fails_the_job(on_s3: Storage, put: Put, rejects: Rejects):
    path = put({"a.csv": HEADER + "x,a,2024-01-01\n1,b\n"})
    assert dicts_of(load_csv.call(path, SCHEMA, on_error="null", storage=on_s3, rejects=rejects)) == [
        {"id": None, "name": "a", "day": datetime.date(2024, 1, 1)},
        {"id": 1, "name": "b", "day": None},
    ]
    failing = load_csv.call(path, SCHEMA, on_error="fail", storage=on_s3, rejects=rejects)
    with pytest.raises(PySparkException, match="bad record at step 0: `id`: `x` is not of the type INT"):
        dicts_of(failing)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["true", "FALSE", ""], "boolean"),
        (["1", "-20", ""], "bigint"),
        (["9223372036854775808"], "double"),
        (["1", "2.5", "1e3"], "double"),
        (["007", "1"], "string"),
        (["2024-02-29", ""], "date"),
        (["2023-02-29"], "string"),
        (["2024-01-01T10:00:00Z", "2024-01-01 10:00:00.5"], "timestamp"),
        (["", ""], "string"),
        (["1", "x"], "string"),
        (["NaN"], "string"),
    ],
)
def test_types_are_found_in_values(storage: Storage, tmp_path: Any, rejects: Rejects, values: list[str], kind: str):
    (tmp_path / "in/a.csv").write_text("k,v\n" + "".join(f"k,{value}\n" for value in values))
    found = load_csv.call("in/a.csv", storage=storage, rejects=rejects)
    assert found.type_of("v").simpleString() == kind
    assert len(dicts_of(found)) == len(values)
    assert tally_of(rejects) == {"read": len(values), "rejected": 0}


def test_later_values_of_another_type_are_set_aside(on_s3: Storage, put: Put, rejects: Rejects):
    found = load_csv.call(put({"a.csv": "id\n1\n2\nx\n"}), sample_rows=2, storage=on_s3, rejects=rejects)
    assert dicts_of(found) == [{"id": 1}, {"id": 2}]
    assert texts_of(rejects) == [("x", "`id`: `x` is not of the type BIGINT")]


def test_more_rejects_than_allowed_are_told(storage: Storage, tmp_path: Any, rejects: Rejects):
    (tmp_path / "in/a.csv").write_text("id\n1\nx\ny\n2\n")
    for most, is_enough in ((1, False), (2, True), (0.49, False), (0.5, True)):
        load_csv.call("in/a.csv", {"id": "INT"}, max_rejects=most, storage=storage, rejects=rejects)
        aside = rejects.sets[-1]
        assert (aside.counted().read, aside.counted().rejected) == (4, 2)
        if is_enough:
            aside.check(aside.counted())
        else:
            with pytest.raises(TooManyRejects):
                aside.check(aside.counted())


def test_a_schema_must_name_columns_of_the_header(on_s3: Storage, put: Put, rejects: Rejects):
    path = put({"a.csv": HEADER + "1,a,2024-01-01\n"})
    with pytest.raises(StepFailed) as caught:
        load_csv.call(path, {"nmae": "STRING"}, storage=on_s3, rejects=rejects)
    assert (caught.value.argument, caught.value.hint) == ("schema", "did you mean `name`?")
    with pytest.raises(StepFailed) as caught:
        load_csv.call(path, None, ["dya"], storage=on_s3, rejects=rejects)
    assert (caught.value.argument, caught.value.hint) == ("columns", "did you mean `day`?")
    with pytest.raises(StepFailed, match="which CSV cannot hold"):
        load_csv.call(path, {"id": "ARRAY<INT>"}, storage=on_s3, rejects=rejects)
    with pytest.raises(StepFailed, match="cannot both stand between values and quote them"):
        load_csv.call(path, separator='"', storage=on_s3, rejects=rejects)


def test_only_kept_columns_are_looked_at(on_s3: Storage, put: Put, rejects: Rejects):
    path = put({"a.csv": HEADER + "x,a,2024-01-01\n"})
    found = load_csv.call(path, SCHEMA, ["day", "name"], storage=on_s3, rejects=rejects)
    assert dicts_of(found) == [{"day": datetime.date(2024, 1, 1), "name": "a"}]
    assert load_csv.call(path, {"day": "DATE"}, storage=on_s3, rejects=rejects).columns == ["day"]
    assert dicts_of(load_csv.call(path, {"name": "STRING"}, storage=on_s3, rejects=rejects)) == [{"name": "a"}]


def test_headers_that_name_a_column_twice_or_differ_are_refused(on_s3: Storage, put: Put, rejects: Rejects):
    with pytest.raises(InputUnreadable, match="names the column `a` twice"):
        load_csv.call(put({"twice.csv": "a,b,a\n1,2,3\n"}) + "/twice.csv", storage=on_s3, rejects=rejects)
    path = put({"more/a.csv": HEADER + "1,a,\n", "more/b.csv": "id,day,name\n1,,a\n"})
    with pytest.raises(PySparkException) as caught:
        dicts_of(load_csv.call(f"{path}/more", storage=on_s3, rejects=rejects))
    assert "has the header `id,day,name`, not that of the first file" in str(heard(str(caught.value)))


def test_files_without_text_are_refused(on_s3: Storage, put: Put, rejects: Rejects):
    path = put({"empty.csv": "", "wide.csv": HEADER.encode("utf-16"), "latin.csv": "größe\n".encode("latin-1")})
    with pytest.raises(InputUnreadable, match="the files are empty"):
        load_csv.call(f"{path}/empty.csv", storage=on_s3, rejects=rejects)
    assert dicts_of(load_csv.call(f"{path}/empty.csv", SCHEMA, storage=on_s3, rejects=rejects)) == []
    for name in ("wide", "latin"):
        with pytest.raises(InputUnreadable, match=rf"the header of `.*{name}\.csv` is not UTF-8 text"):
            load_csv.call(f"{path}/{name}.csv", storage=on_s3, rejects=rejects)
    latin = put({"later.csv": HEADER.encode() + b"1,\xe9,\n"})
    found = load_csv.call(f"{latin}/later.csv", SCHEMA, storage=on_s3, rejects=rejects)
    assert dicts_of(found) == []
    assert texts_of(rejects) == [("1,\ufffd,", "not UTF-8 text")]


@pytest.mark.parametrize("header", [True, False])
def test_types_are_found_in_the_records_that_are_utf8(on_s3: Storage, put: Put, rejects: Rejects, header: bool):
    lines = [*([b"id,name"] if header else []), b"x,\xe9", b"1,a", b"y,\xff", b"2,\xc3\xa9"]
    path = put({"a.csv": b"\n".join(lines)})
    found = load_csv.call(f"{path}/a.csv", header=header, storage=on_s3, rejects=rejects)
    assert [tuple(row) for row in found.frame.collect()] == [(1, "a"), (2, "é")]
    assert texts_of(rejects) == [("x,\ufffd", "not UTF-8 text"), ("y,\ufffd", "not UTF-8 text")]


def test_without_any_record_that_is_utf8_no_column_is_found(on_s3: Storage, put: Put, rejects: Rejects):
    path = put({"a.csv": b"x,\xe9\ny,\xff\n"})
    with pytest.raises(InputUnreadable, match=r"none of the first 2 records of .* is UTF-8 text"):
        load_csv.call(path, header=False, storage=on_s3, rejects=rejects)


def test_other_marks_and_no_header(on_s3: Storage, put: Put, rejects: Rejects):
    path = put({"a.csv": "1|'it\\'s|so'|NA\n2|NA|\n3|''|2024-01-01\n"})
    arguments = {"separator": "|", "header": False, "quote": "'", "escape": "\\", "null_value": "NA"}
    found = load_csv.call(path, SCHEMA, **arguments, storage=on_s3, rejects=rejects)
    assert dicts_of(found) == [
        {"id": 1, "name": "it's|so", "day": None},
        {"id": 2, "name": None, "day": None},
        {"id": 3, "name": "", "day": datetime.date(2024, 1, 1)},
    ]
    found = load_csv.call(path, **arguments, storage=on_s3, rejects=rejects)
    assert [(field.name, field.dataType.simpleString()) for field in found.frame.schema] == [
        ("column1", "bigint"),
        ("column2", "string"),
        ("column3", "date"),
    ]


def test_values_in_quotes_may_hold_line_ends(on_s3: Storage, put: Put, rejects: Rejects):
    text = 'id,"na\r\nme"\r\n1,"a\r\n\r\n""b"""\r\n\r\n2,c\r\nx,"d\ne"\n3,"open\n4,e\n'
    found = load_csv.call(put({"a.csv": text}), {"id": "INT"}, multiline=True, storage=on_s3, rejects=rejects)
    assert dicts_of(found) == [{"id": 1}, {"id": 2}]
    assert texts_of(rejects) == [
        ('3,"open\n4,e', "a quote is left open"),
        ('x,"d\ne"', "`id`: `x` is not of the type INT"),
    ]
    found = load_csv.call(put({"a.csv": text}), None, multiline=True, storage=on_s3, rejects=rejects)
    assert found.columns == ["id", "na\nme"]
    assert dicts_of(found)[0] == {"id": "1", "na\nme": 'a\n\n"b"'}


def test_folders_tell_columns_and_packed_files_are_unpacked(on_s3: Storage, put: Put, rejects: Rejects):
    path = put(
        {
            "day=1/a.csv.gz": gzip.compress(HEADER.encode() + b"1,a,2024-01-01\n"),
            "day=2/b.csv.bz2": bz2.compress(b"\xef\xbb\xbf" + HEADER.encode() + b"2,b,\n"),
        }
    )
    found = load_csv.call(path, storage=on_s3, rejects=rejects)
    assert sorted(dicts_of(found), key=str) == [{"id": 1, "name": "a", "day": 1}, {"id": 2, "name": "b", "day": 2}]
    assert dicts_of(load_csv.call(path, None, ["day"], storage=on_s3, rejects=rejects)) in (
        [{"day": 1}, {"day": 2}],
        [{"day": 2}, {"day": 1}],
    )


@pytest.mark.parametrize("name", ["value", "plain:0", "told:0", "parsed:record"])
def test_folders_tell_columns_of_any_name(on_s3: Storage, put: Put, rejects: Rejects, name: str):
    path = put({f"{name}=1/a.csv": 'a,b\n1,x\n2,"y"\n'})
    found = load_csv.call(path, storage=on_s3, rejects=rejects)
    assert dicts_of(found) == [{"a": 1, "b": "x", name: 1}, {"a": 2, "b": "y", name: 1}]


def test_a_backslash_stands_between_values(on_s3: Storage, put: Put, rejects: Rejects):
    path = put({"a.csv": 'a\\b\n1\\x\n2\\"y\\z"\n3\n'})
    found = load_csv.call(path, separator="\\", storage=on_s3, rejects=rejects)
    assert dicts_of(found) == [{"a": 1, "b": "x"}, {"a": 2, "b": "y\\z"}]
    assert texts_of(rejects) == [("3", "has 1 values instead of 2")]


def test_columns_have_any_name(on_s3: Storage, put: Put, rejects: Rejects):
    found = load_csv.call(put({"a.csv": "a.b,`c`,,日\n1,2,3,x\n"}), storage=on_s3, rejects=rejects)
    assert dicts_of(found) == [{"a.b": 1, "`c`": 2, "column3": 3, "日": "x"}]


def test_large_files_are_read_in_ranges_once(storage: Storage, tmp_path: Any, rejects: Rejects):
    (tmp_path / "in/a.csv").write_text("id,t\n" + "".join(f'{n},"{n}"\n' for n in range(400_000)))
    found = load_csv.call("in/a.csv", storage=storage, rejects=rejects)
    assert found.frame.rdd.getNumPartitions() > 1
    row = found.frame.selectExpr("count(*)", "sum(id)", "sum(t)").first()
    assert tuple(row or ()) == (400_000, 79_999_800_000, 79_999_800_000)
