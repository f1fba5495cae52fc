"""XML as rows: elements cut out as text, and no entity ever expanded."""

from __future__ import annotations

import datetime
import gzip
import random
from pathlib import Path

import pytest
from pyspark.errors import PySparkException

from functions.errors import InputMissing, InputUnreadable
from functions.records.rejects import Rejects
from functions.sources.load_xml import load_xml
from functions.storage.reading import xml_rows
from functions.storage.reading.faults import heard
from functions.storage.reading.xml_rows import rows as cut
from functions.storage.storage import Storage
from tests.functions.conftest import Put, dicts_of, tally_of, texts_of

SCHEMA = {"_id": "INT", "day": "DATE", "name": "STRING"}
BAD = {
    '<row id="x"/>': "`_id`: `x` is not of the type INT",
    "<row><day>2024-02-30</day></row>": "`day`: `2024-02-30` is not of the type DATE",
    "<row><name></row>": "not well-formed XML",
    "<row><name>&xxe;</name></row>": "not well-formed XML",
    '<row id="1" id="2"/>': "not well-formed XML",
}
GOOD = '<row id="1"><day>2024-01-31</day><name><![CDATA[</row>]]>&amp; é</name><more/></row>'


def test_there_must_be_a_file(on_s3: Storage, put: Put, rejects: Rejects):
    folder = put({"_hidden": "<row/>"})
    for path in (folder, f"{folder}/nothing", f"{folder}/*.xml"):
        with pytest.raises(InputMissing):
            load_xml.call(path, "row", storage=on_s3, rejects=rejects)


def test_records_at_fault_are_set_aside_with_the_reason(on_s3: Storage, put: Put, rejects: Rejects):
    text = f"<?xml version='1.0'?><!DOCTYPE rows SYSTEM 'r.dtd'><rows><!-- <row/> -->{''.join(BAD)}{GOOD}<row/><rowan/>"
    path = put({"a.xml": text + "</rows>"})
    found = load_xml.call(path, "row", SCHEMA, storage=on_s3, rejects=rejects)
    assert dicts_of(found) == [
        {"_id": 1, "day": datetime.date(2024, 1, 31), "name": "</row>& é"},
        {"_id": None, "day": None, "name": None},
    ]
    assert texts_of(rejects) == sorted(BAD.items())
    assert tally_of(rejects) == {"read": len(BAD) + 2, "rejected": len(BAD)}


NESTED = {
    "_id": "INT",
    "_at": "TIMESTAMP",
    "k": "INT",
    "s": "STRUCT<_n: INT, t: STRUCT<d: DATE>>",
    "l": "ARRAY<STRUCT<a: STRING, n: INT>>",
}
MISFITS = {
    '<e id="5" at="nope"><k>1</k></e>': "`_at`: `nope` is not of the type TIMESTAMP",
    '<e id="5"><k>x</k><l><n>1</n></l></e>': "`k`: `x` is not of the type INT",
    '<e id="5"><k>1</k><k>x</k></e>': "`k`: `x` is not of the type INT",
    '<e id="5"><s n="x"/><k>1</k></e>': "`s._n`: `x` is not of the type INT",
    "<e><s><t><d>2024-02-30</d></t></s></e>": "`s.t.d`: `2024-02-30` is not of the type DATE",
    "<e><l><a>a</a><n>1</n></l><l><n>x</n></l></e>": "`l[].n`: a value is not of the type INT",
}


def test_the_reason_names_the_value_at_fault_and_none_beside_it(on_s3: Storage, put: Put, rejects: Rejects):
    path = put({"a.xml": f"<es>{''.join(MISFITS)}<e id='1' at='2024-01-02 03:04:05'/></es>"})
    assert len(dicts_of(load_xml.call(path, "e", NESTED, storage=on_s3, rejects=rejects))) == 1
    assert texts_of(rejects) == sorted(MISFITS.items())


def test_what_does_not_fit_becomes_null_or_fails_the_job(on_s3: Storage, put: Put, rejects: Rejects):
    path = put({"a.xml": '<rows><row id="x"><name>a</name></row><row id="2"><name>b'})
    assert dicts_of(load_xml.call(path, "row", SCHEMA, on_error="null", storage=on_s3, rejects=rejects))[0] == {
        "_id": None,
        "day": None,
        "name": "a",
    }
    failing = load_xml.call(path, "row", SCHEMA, on_error="fail", storage=on_s3, rejects=rejects)
    with pytest.raises(PySparkException, match="bad record at step 0: `_id`: `x` is not of the type INT"):
        dicts_of(failing)


def test_a_file_that_is_cut_off_shows_in_its_last_record(on_s3: Storage, put: Put, rejects: Rejects):
    path = put({"a.xml": '<rows><row id="1"/><row id="2"><name>b'})
    assert [row["_id"] for row in dicts_of(load_xml.call(path, "row", SCHEMA, storage=on_s3, rejects=rejects))] == [1]
    assert texts_of(rejects) == [('<row id="2"><name>b', "not well-formed XML")]


def test_entities_are_never_read(on_s3: Storage, put: Put, rejects: Rejects, tmp_path: Path):
    (tmp_path / "secret").write_text("the secret")
    outside = f'<!DOCTYPE r [<!ENTITY xxe SYSTEM "file://{tmp_path}/secret">]><r><row><name>&xxe;</name></row></r>'
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    laughs = f'<!DOCTYPE r [<!ENTITY l0 "lol">{levels}]><r><row><name>&l11;</name></row></r>'
    path = put({"outside.xml": outside, "laughs.xml": laughs})
    for name in ("outside", "laughs"):
        with pytest.raises(InputUnreadable, match="declares entities in its DOCTYPE"):
            load_xml.call(f"{path}/{name}.xml", "row", storage=on_s3, rejects=rejects)
        with pytest.raises(PySparkException) as caught:
            dicts_of(load_xml.call(f"{path}/{name}.xml", "row", SCHEMA, storage=on_s3, rejects=rejects))
        assert "declares entities in its DOCTYPE" in str(heard(str(caught.value)))
    inside = f'<r><row><!DOCTYPE r [<!ENTITY xxe SYSTEM "file://{tmp_path}/secret">]><name>&xxe;</name></row></r>'
    path = put({"inside/a.xml": inside}) + "/inside"
    last = Rejects()
    assert dicts_of(load_xml.call(path, "row", SCHEMA, storage=on_s3, rejects=last)) == []
    assert [reason for _, reason in texts_of(last)] == ["not well-formed XML"]


def test_types_are_found_in_the_first_records(on_s3: Storage, put: Put, rejects: Rejects):
    text = "<rows><row><bad></row><row id='1'>text<a.b>1</a.b><tag>x</tag><tag>y</tag><s><n>1.5</n></s></row></rows>"
    path = put({"a.xml": text})
    found = load_xml.call(path, "row", attribute_prefix="at_", storage=on_s3, rejects=rejects)
    assert dicts_of(found) == [{"_VALUE": "text", "a.b": 1, "at_id": 1, "s": {"n": 1.5}, "tag": ["x", "y"]}]
    assert texts_of(rejects) == [("<row><bad></row>", "not well-formed XML")]
    for tag, detail in (("none", "there is no whole element `none`"), ("n", "neither attributes nor elements")):
        with pytest.raises(InputUnreadable, match=detail) as caught:
            load_xml.call(path, tag, storage=on_s3, rejects=rejects)
        assert caught.value.argument == "schema"


def test_names_may_have_a_prefix_that_the_document_declares(on_s3: Storage, put: Put, rejects: Rejects):
    path = put({"a.xml": '<x:rows xmlns:x="urn:x"><x:row x:id="1"><x:name>a</x:name></x:row></x:rows>'})
    found = load_xml.call(path, "x:row", on_error="fail", storage=on_s3, rejects=rejects)
    assert [sorted(map(str, row.values())) for row in dicts_of(found)] == [["1", "a"]]


def test_other_encodings_are_refused(on_s3: Storage, put: Put, rejects: Rejects):
    wide = "<?xml version='1.0' encoding='UTF-16'?><row/>".encode("utf-16")
    path = put({"a.xml": "<?xml version='1.0' encoding='ISO-8859-1'?><row/>", "b.xml": wide})
    for name in ("a", "b"):
        with pytest.raises(InputUnreadable, match=r"is written in (ISO-8859-1|another encoding)"):
            load_xml.call(f"{path}/{name}.xml", "row", storage=on_s3, rejects=rejects)


def test_folders_tell_columns_and_packed_files_are_unpacked(on_s3: Storage, put: Put, rejects: Rejects):
    path = put({"k=a/a.xml.gz": gzip.compress(b"<row id='1'/>"), "k=b/b.xml": "<row id='2'/>", "k=b/c.xml": ""})
    found = load_xml.call(path, "row", storage=on_s3, rejects=rejects)
    assert sorted(dicts_of(found), key=str) == [{"_id": 1, "k": "a"}, {"_id": 2, "k": "b"}]


@pytest.mark.parametrize("size", [1, 2, 5, 13, 1000])
def test_elements_are_the_same_however_the_text_comes(size: int):
    rows = [b"<r/>", b"<r a='>'><r>x</r></r>", b'<r\n b="/>"><!-- </r> --><?p </r>?></r >', "<r>é</r>".encode()]
    text = b"<!-- <r/> --><rs><r2><r-x/>" + b" ".join(rows) + b"</r2></rs>"
    pieces = (text[place : place + size] for place in range(0, len(text), size))
    assert list(cut(pieces, "r", "a")) == rows


#: What may stand in a file, whole or cut off, well-formed or not.
_BITS = [
    "<row>",
    "</row>",
    "<row/>",
    "<row a='>'>",
    '<row a="</row>">',
    "<row a='/' />",
    "<rows>",
    "</rows>",
    "</row >",
    "<row\t>",
    "<row a=1/>",
    "<row ",
    "</row",
    "<!-- <row> -->",
    "<![CDATA[</row>]]>",
    "<?x <row>?>",
    "<!DOCTYPE x>",
    "<!--",
    "<b c='<row>'/>",
    "<a>1</a>",
    "<row><a>1</a></row>",
    "<row>\n<a/>\n</row>\n",
    "x",
    " ",
    "\n",
    "<",
    ">",
    '"',
    "'",
    "<ro",
    "w>",
]


@pytest.mark.parametrize("seed", range(300))
def test_plain_records_are_cut_as_others_are(monkeypatch: pytest.MonkeyPatch, seed: int):
    chance = random.Random(seed)
    text = "".join(chance.choices(_BITS, k=chance.randrange(1, 40))).encode()
    cuts = sorted(chance.choices(range(len(text) + 1), k=3))
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    found = list(cut(iter(pieces), "row", "x"))
    monkeypatch.setattr(xml_rows, "_TRIES", 0)
    assert found == list(cut(iter(pieces), "row", "x"))
