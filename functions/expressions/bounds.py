"""Bounds on what little text can make much of: repeated text, long sequences, many combinations of groups.

They are no proof that memory is enough: rows may be joined with rows, and functions of functions may let a value grow
at each turn. They take away what a slip of the pen, or one word of ill will, would cost a driver that jobs share.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sqlglot import exp

from functions.expressions.faults import refused
from functions.expressions.known_functions import names

#: What the literals of all repeating functions of a text may come to when multiplied.
MOST_REPEATS = 10_000_000
#: The most characters of the pattern of a regular expression.
LONGEST_PATTERN = 500
#: The most columns of all CUBEs of a query: each doubles the groups.
WIDEST_CUBE = 8
#: The widest field, and most decimals, of a format.
WIDEST_FORMAT = 1_000

#: Functions and which of their arguments says how often.
REPEATING = {"repeat": 1, "space": 0, "lpad": 1, "rpad": 1, "array_repeat": 1, "array_insert": 1}
#: Functions and which of their arguments are patterns.
PATTERNS = dict.fromkeys(
    names(
        """
        rlike regexp regexp_like regexp_count regexp_extract regexp_extract_all regexp_instr regexp_replace
        regexp_substr split
        """
    ),
    (1,),
) | {"str_to_map": (1, 2)}
#: Numbers that ask for work or memory whatever the data is: function, argument, least and greatest.
NUMBERS = [
    # Spark makes a decimal of as many digits.
    ("round", 1, -1_000, 1_000),
    ("bround", 1, -1_000, 1_000),
    # Spark makes a plan of as many columns as registers, which are 1.2 / error ** 2.
    ("approx_count_distinct", 1, 0.01, 1),
    # A table of 2 / error columns for each group, and of more rows the surer it is.
    ("count_min_sketch", 1, 0.0001, 1),
    ("count_min_sketch", 2, 0.01, 0.9999),
]
_FORMATS = {"format_string": 0, "printf": 0, "format_number": 1}
_DAYS = {"day": 1, "days": 1, "week": 7, "weeks": 7, "month": 28, "months": 28, "year": 365, "years": 365}


def check_bounds(nodes: list[exp.Expr], text: str) -> None:
    """Looks at the calls of a tree.

    Raises:
        ExpressionRefused: A bound is exceeded, or an argument that must be a literal is none.
    """
    product = 1
    for node in nodes:
        if isinstance(node, exp.RegexpLike):
            _check_pattern(node.expression, node, text)
        if isinstance(node, exp.Anonymous):
            product *= max(1, _repeats(node, text))
            if product > MOST_REPEATS:
                raise refused(
                    f"it would repeat things more than {MOST_REPEATS:,} times", node, text, "use smaller numbers"
                )
            _check_formats(node, text)
            _check_numbers(node, text)
    cubes = [column for node in nodes if isinstance(node, exp.Cube) for column in node.expressions]
    if len(cubes) > WIDEST_CUBE:
        raise refused("CUBE of too many columns", cubes[-1], text, f"at most {WIDEST_CUBE} in a query")


def _repeats(call: exp.Anonymous, text: str) -> int:
    name, arguments = call.name.lower(), call.expressions
    if name in ("sequence", "range"):
        return _length(call, text)
    place = REPEATING.get(name)
    if place is None or place >= len(arguments):
        return 1
    count = whole(arguments[place])
    if count is None:
        raise refused(f"argument {place + 1} of `{name}` must be a whole number, written out", call, text, "such as 10")
    return abs(count)


def _length(call: exp.Anonymous, text: str) -> int:
    """How many values `sequence` or `range` gives."""
    arguments = call.expressions[:3]
    dates = [_date(argument) for argument in arguments[:2]]
    if call.name.lower() == "sequence" and len(dates) == 2 and dates[0] and dates[1]:
        step = _days(arguments[2]) if len(arguments) == 3 else 1
        if step:
            return abs((dates[1] - dates[0]).days) // step + 1
    numbers = [whole(argument) for argument in arguments]
    if not numbers or None in numbers:
        raise refused(
            f"the bounds of `{call.name.lower()}` must be written out",
            call,
            text,
            "whole numbers; for sequence also DATE '…', by days or more",
        )
    known = [number for number in numbers if number is not None]
    start, end, step = (0, known[0], 1) if len(known) == 1 else (*known[:2], known[2] if len(known) == 3 else 1)
    return abs(end - start) // (abs(step) or 1) + 1


def whole(node: exp.Expr) -> int | None:
    """The number that a node writes out, or None."""
    if isinstance(node, exp.Neg):
        inner = whole(node.this)
        return None if inner is None else -inner
    if isinstance(node, exp.Cast) and node.to.this in exp.DataType.INTEGER_TYPES:
        return whole(node.this)
    text = str(node.this) if isinstance(node, exp.Literal) and not node.is_string else ""
    return int(text) if text.isdecimal() and len(text) < 20 else None


def _date(node: exp.Expr) -> date | None:
    if not (isinstance(node, exp.Cast) and node.to.this == exp.DType.DATE and node.this.is_string):
        return None
    try:
        return date.fromisoformat(node.this.name)
    except ValueError:
        return None


def _days(node: exp.Expr) -> int | None:
    if not (isinstance(node, exp.Interval) and isinstance(node.this, exp.Literal) and node.this.name.isdecimal()):
        return None
    return int(node.this.name) * _DAYS.get(node.text("unit").lower(), 0)


def _check_formats(call: exp.Anonymous, text: str) -> None:
    name, arguments = call.name.lower(), call.expressions
    for argument in (arguments[place] for place in PATTERNS.get(name, ()) if place < len(arguments)):
        _check_pattern(argument, call, text)
    place = _FORMATS.get(name)
    if place is None or place >= len(arguments):
        return
    wanted = arguments[place]
    if not isinstance(wanted, exp.Literal):
        raise refused(f"the format of `{name}` must be written out", call, text, "as a literal")
    if any(number > WIDEST_FORMAT for number in _numbers(str(wanted.this))):
        raise refused(f"the format of `{name}` is too wide", call, text, f"at most {WIDEST_FORMAT:,}")


def _check_numbers(call: exp.Anonymous, text: str) -> None:
    name, arguments = call.name.lower(), call.expressions
    for known, place, least, greatest in NUMBERS:
        if known != name or place >= len(arguments):
            continue
        given = number(arguments[place])
        if given is None or not least <= given <= greatest:
            raise refused(
                f"argument {place + 1} of `{name}` must be a number written out, from {least:,} to {greatest:,}",
                call,
                text,
            )
    if name == "stack" and arguments and not 1 <= (whole(arguments[0]) or 0) < len(arguments):
        raise refused(
            "`stack` makes more rows than it has values", call, text, "such as stack(2, a, b), the number written out"
        )


def number(node: exp.Expr) -> float | None:
    """The number that a node writes out, such as 0.05, -1 or 0.05D; or None."""
    if isinstance(node, exp.Neg):
        inner = number(node.this)
        return None if inner is None else -inner
    if isinstance(node, exp.Paren | exp.Cast):
        return number(node.this)
    try:
        return float(str(node.this)) if isinstance(node, exp.Literal) else None
    except ValueError:
        return None


def _numbers(text: str) -> Iterator[int]:
    digits = "".join(c if c.isascii() and c.isdigit() else " " for c in text)
    return (int(number) for number in digits.split())


def _check_pattern(pattern: exp.Expr, node: exp.Expr, text: str) -> None:
    if not (isinstance(pattern, exp.Literal) and pattern.is_string):
        raise refused("the pattern of a regular expression must be written out", node, text, "as a literal")
    if len(str(pattern.this)) > LONGEST_PATTERN:
        raise refused(
            "the pattern of a regular expression is too long", node, text, f"at most {LONGEST_PATTERN} characters"
        )
