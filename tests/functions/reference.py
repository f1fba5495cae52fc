"""The formatters in plain Python, written from the specification alone."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

#: Stands for "no value".
ABSENT = None

_EXACT = Context(prec=2000)


def read(text: str) -> Any:
    """A JSON value; numbers exact up to 38 digits and floats beyond, or with an exponent."""
    return json.loads(text, parse_int=_integer, parse_float=_decimal)


def _integer(text: str) -> int | float:
    return int(text) if len(text.lstrip("-")) <= 38 else float(text)


def _decimal(text: str) -> Decimal | float:
    if "e" in text.lower():
        return float(text)
    exact = Decimal(text)
    places = len(text.split(".")[1])
    digits = len(exact.as_tuple().digits)
    return exact if max(digits, places) <= 38 else float(text)


def as_text(value: Any) -> str | None:
    match value:
        case None:
            return None
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case float():
            return _float_text(value)
        case Decimal():
            plain = f"{value:f}".rstrip("0")
            # Beyond 64 bits nothing tells a whole decimal from an integer.
            whole = ".0" if -(2**63) <= value < 2**63 else ""
            return plain[:-1].replace("-0", "0") + whole if plain.endswith(".") else plain
        case int():
            return str(value)
        case _:
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=float)


def _float_text(value: float) -> str:
    """Python's form, but with Java's for exponents: 1.0E22 for 1e+22."""
    mantissa, _, exponent = repr(value).partition("e")
    if not exponent:
        return mantissa.replace("inf", "Infinity")
    return f"{mantissa}{'' if '.' in mantissa else '.0'}E{int(exponent)}"


def _trimmed(value: Any) -> str | None:
    text = as_text(value)
    return None if text is None else text.strip() or None


def _str(value: Any) -> Any:
    text = as_text(value)
    return text if text is not None and text.strip() else ABSENT


def _sex(value: Any) -> Any:
    return {"masculino": "M", "feminino": "F"}.get((_trimmed(value) or "").lower())


def _mask(mask: str) -> Callable[[Any], Any]:
    def write(value: Any) -> Any:
        text = _trimmed(value) or ""
        if not re.fullmatch(f"[0-9]{{{mask.count('0')}}}", text):
            return ABSENT
        digits = iter(text)
        return "".join(next(digits) if character == "0" else character for character in mask)

    return write


def _pad(width: int) -> Callable[[Any], Any]:
    def write(value: Any) -> Any:
        text = _trimmed(value) or ""
        return text.rjust(width, "0") if re.fullmatch("[0-9]+", text) else ABSENT

    return write


def _date(text: str | None) -> Any:
    if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text or ""):
        return ABSENT
    try:
        return date.fromisoformat(text or "").isoformat()
    except ValueError:
        return ABSENT


def _date_of_timestamp(value: Any) -> Any:
    return _date((_trimmed(value) or "").split("T")[0].strip())


def _ensure_int(value: Any) -> Any:
    if isinstance(value, bool):
        return ABSENT
    if isinstance(value, int):
        return value
    # Beyond 64 bits nothing tells a whole decimal from an integer.
    if isinstance(value, Decimal) and value == int(value) and not -(2**63) <= value < 2**63:
        return int(value)
    if isinstance(value, str) and re.fullmatch("-?[0-9]+", value) and abs(int(value)) < 10**38:
        return int(value)
    return ABSENT


def _str2int(value: Any) -> Any:
    return _ensure_int(value.strip() if isinstance(value, str) else value)


def _number(value: Any) -> Decimal | None:
    """The exact number as written."""
    if isinstance(value, str):
        text = value.strip()
        if not re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", text):
            return None
        return Decimal(repr(float(text))) if "e" in text.lower() else Decimal(text)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def _ensure_float(value: Any) -> Any:
    number = _number(value)
    return float(number) if number is not None and math.isfinite(float(number)) else ABSENT


def _ensure_money(value: Any) -> Any:
    number = _number(value)
    if number is None or not math.isfinite(float(number)):
        return ABSENT
    if abs(number) >= Decimal(10) ** 34:
        return float(number)
    return float(number.quantize(Decimal("0.01"), ROUND_HALF_EVEN, _EXACT))


def _ensure_boolean(value: Any) -> Any:
    return value if isinstance(value, bool) else ABSENT


FORMATTERS: dict[str, Callable[[Any], Any]] = {
    "str": _str,
    "trim": _trimmed,
    "pretty_sex": _sex,
    "pretty_cnpj": _mask("00.000.000/0000-00"),
    "pretty_cpf": _mask("000.000.000-00"),
    "pretty_pis": _mask("000.00000.00-0"),
    "pretty_brazilian_voting_number": _mask("0000 0000 00 00"),
    "pretty_brazilian_voting_zone": _pad(3),
    "pretty_brazilian_voting_section": _pad(4),
    "pretty_cep": _mask("00000-000"),
    "pretty_nirf": _mask("0000000-0"),
    "to_date": lambda value: _date(_trimmed(value)),
    "timestamp_to_date": _date_of_timestamp,
    "ensure_int": _ensure_int,
    "str2int": _str2int,
    "ensure_float": _ensure_float,
    "ensure_money": _ensure_money,
    "ensure_boolean": _ensure_boolean,
}
