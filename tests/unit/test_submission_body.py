from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import InvalidRequest, MalformedBody
from server.strict_json import dump, parse

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    # Lone surrogates are no characters.
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=20,
)


@given(VALUES)
def test_what_was_written_is_read_back(value: Any) -> None:
    assert parse(dump(value)) == value
    assert parse(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"  \n",
        b"{",
        b"{} x",
        b"{'a': 1}",
        b"[1,]",
        b"NaN",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b"[" * 2000 + b"]" * 2000,
        b'{"a":' * 2000 + b"1" + b"}" * 2000,
        b'"\\ud800"',
        b'{"\\udfff": 1}',
        b'"\\ud800\\ud800"',
        b'"\xed\xa0\x80"',
        b'"\xff"',
        b"\xef\xbb\xbf{}",
        '{"a": 1}'.encode("utf-16"),
        b'{"a": 1, "a": 2}',
        b'{"x": [{"b": 1, "\\u0062": 2}]}',
    ],
)
def test_what_is_not_strict_json_is_malformed(raw: bytes) -> None:
    with pytest.raises(MalformedBody):
        parse(raw)


@pytest.mark.parametrize(
    ("raw", "pointers"),
    [
        (b'{"a": 9223372036854775808}', ["/a"]),
        (b'{"a": [1, -9223372036854775809, 1e999], "b/c": -1e999}', ["/a/1", "/a/2", "/b~1c"]),
        (b"1" * 4000, [""]),
    ],
)
def test_numbers_beyond_64_bits_are_told_by_their_places(raw: bytes, pointers: list[str]) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse(raw)
    assert [fault.pointer for fault in caught.value.faults] == pointers


def test_numbers_at_the_edge_are_read() -> None:
    assert parse(b"[9223372036854775807, -9223372036854775808]") == [2**63 - 1, -(2**63)]
    assert parse(b"1e308") == 1e308
    assert math.isclose(parse(b"0." + b"1" * 5000), 1 / 9)


def test_text_that_utf8_cannot_hold_is_escaped() -> None:
    assert dump({"a": "\ud800ñ"}) == b'{"a":"\\ud800\\u00f1"}'
    assert dump({"a": "ñ"}) == '{"a":"ñ"}'.encode()
