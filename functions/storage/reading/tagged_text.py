"""JSON values as tagged text: Python's side of `functions/schemaless/tagged.py`, which says what the tags mean.

Numbers are written as that module's expressions write them, so that it does not matter which side did it.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    import pyarrow

#: Digits of numbers that stay exact; what has more is a 64-bit float.
_EXACT_DIGITS = 38
#: Begins what is not just text where only texts are wanted.
MARK = "\0"
_LARGEST_INTEGER = 2**63
#: Floats between these have one text, with or without an exponent where they came from.
_SMALL, _LARGE = 1e-3, 1e15


class Number:
    """A number with a point or an exponent, as it is written."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class Inexact(Exception):
    """A number was decoded to a float that does not tell how it was written."""


def _raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(value.text)


_encode = msgspec.json.Encoder(enc_hook=_raw).encode


def tagged(values: Sequence[Any]) -> pyarrow.StringArray:
    """Decoded JSON values as tagged text; null where there is none.

    Raises:
        Inexact: When a float, or one inside a list or an object, may have been written in several ways that matter.
    """
    import pyarrow
    from pyarrow import compute

    kinds = _kinds(values)
    texts = _texts(values, kinds)
    if texts is None:
        return pyarrow.array([_tagged(value) for value in values], pyarrow.string())
    return compute.binary_join_element_wise("s" if kinds == {str} else "n", texts, "")


def plain(values: Sequence[Any]) -> pyarrow.StringArray:
    """The texts of decoded JSON values; null where there is none.

    After a `MARK` comes tagged text: lists and objects, and texts that begin with a `MARK` themselves.

    Raises:
        Inexact: As `tagged`.
    """
    import pyarrow
    from pyarrow import compute

    kinds = _kinds(values)
    texts = _texts(values, kinds)
    if texts is not None and not (kinds == {str} and compute.any(compute.starts_with(texts, MARK)).as_py()):
        return texts
    return pyarrow.array([_plain(_tagged(value)) for value in values], pyarrow.string())


def _plain(value: str | None) -> str | None:
    if value is None or (value[0] != "r" and value[1:2] != MARK):
        return value and value[1:]
    return MARK + value


def _kinds(values: Sequence[Any]) -> set[type]:
    kinds = set(map(type, values))
    kinds.discard(type(None))
    return kinds


def _texts(values: Sequence[Any], kinds: set[type]) -> pyarrow.StringArray | None:
    """The texts of values that are all of one plain kind; None where they are not, or one needs a closer look."""
    import pyarrow

    if kinds == {str}:
        return pyarrow.array(values, pyarrow.string())
    if kinds == {int}:
        return _integers(values)
    return _floats(values) if kinds == {float} else None


def _integers(values: Sequence[Any]) -> pyarrow.StringArray | None:
    """Integers as text; None where one has more than 64 bits."""
    import pyarrow

    try:
        return pyarrow.array(values, pyarrow.int64()).cast(pyarrow.string())
    except (OverflowError, pyarrow.ArrowInvalid):
        return None


def _floats(values: Sequence[Any]) -> pyarrow.StringArray | None:
    """Floats as text; None where one is so large or small that its text depends on how it was written."""
    import pyarrow
    from pyarrow import compute

    numbers = pyarrow.array(values, pyarrow.float64())
    size = compute.abs(numbers)
    is_zero = compute.equal(size, 0.0)
    is_plain = compute.and_(compute.greater_equal(size, _SMALL), compute.less(size, _LARGE))
    if not compute.all(compute.or_(is_plain, is_zero)).as_py():
        return None
    texts = numbers.cast(pyarrow.string())
    pointed = compute.if_else(
        compute.match_substring(texts, "."), texts, compute.binary_join_element_wise(texts, ".0", "")
    )
    return compute.if_else(is_zero, "0.0", pointed)  # zero may be -0


def _tagged(value: Any) -> str | None:
    match value:
        case None:
            return None
        case str():
            return "s" + value
        case bool():
            return "btrue" if value else "bfalse"
        case int():
            return "n" + integer_text(value)
        case float():
            if value and not _SMALL <= abs(value) < _LARGE:
                raise Inexact
            return "n" + float_text(value)
        case Number():
            return "n" + number_text(value.text)
        case _:
            return "r" + _encode(_exact(value)).decode()


def _exact(value: Any) -> Any:
    """A list or an object as it is.

    Raises:
        Inexact: When there is a float in it.
    """
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if type(item) is float:
            raise Inexact
        if type(item) is dict:
            waiting += item.values()
        elif type(item) is list:
            waiting += item
    return value


def integer_text(value: int) -> str:
    """An integer as text: exact up to 38 digits, beyond that as a float."""
    text = str(value)
    return text if len(text.lstrip("-")) <= _EXACT_DIGITS else float_text(float(text))


def number_text(written: str) -> str:
    """A number with a point or an exponent as text: exact up to 38 digits without exponent, else as a float."""
    if "e" in written or "E" in written:
        return float_text(float(written))
    digits = Decimal(written).as_tuple()
    places = len(written.partition(".")[2])
    if max(len(digits.digits), places) > _EXACT_DIGITS:
        return float_text(float(written))
    text = written.rstrip("0")
    if not text.endswith("."):
        return text
    whole = text[:-1]
    # Zeros after the point are dropped, and beyond 64 bits nothing tells a whole decimal from an integer.
    is_large = not -_LARGEST_INTEGER <= int(whole) < _LARGEST_INTEGER
    return whole if is_large else ("0" if int(whole) == 0 else whole) + ".0"


def float_text(value: float) -> str:
    """A float as text: without an exponent from 0.0001 up to 10,000,000,000,000,000, else as Java writes it."""
    if value == 0:
        return "0.0"
    mantissa, _, exponent = repr(value).partition("e")
    if not exponent:
        return mantissa.replace("inf", "Infinity")
    return f"{mantissa}{'' if '.' in mantissa else '.0'}E{int(exponent)}"
