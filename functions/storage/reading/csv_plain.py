"""Records of CSV that leave no doubt: without quotes, all values there, each written in the plainest form of its type.

These are most of all records, and pyarrow reads them many times faster than Spark's parser, which is asked about all
others. What is taken here is narrower than what that parser takes, and of the same meaning: where a value might be
read in another way (`+5`, `1e3`, `NaN`, ` 7`, `2024-2-9`) the record is left to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyspark.sql.types import (
    BooleanType,
    ByteType,
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    ShortType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

if TYPE_CHECKING:
    import pyarrow

_BYTE_ORDER_MARK = "\ufeff".encode()
#: All days but 29 February, which not all years have.
_DAY = r"[0-9]{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
_TIME = r"[T ](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?Z?"
_POINT = r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?"
#: The plainest form of each type, and the bytes without which whatever pyarrow can cast has the same meaning in Spark;
#: None: the form is looked at in any case.
_FORMS: dict[type[DataType], tuple[str, bytes | None]] = {
    ByteType: (r"-?[0-9]{1,2}", b"xX"),
    ShortType: (r"-?[0-9]{1,4}", b"xX"),
    IntegerType: (r"-?[0-9]{1,9}", b"xX"),
    LongType: (r"-?[0-9]{1,18}", b"xX"),
    FloatType: (_POINT, b"nNiIeE"),
    DoubleType: (_POINT, b"nNiIeE"),
    BooleanType: (r"(?i:true|false)", b"01"),
    DateType: (_DAY, b""),
    TimestampType: (_DAY + _TIME, None),
}


def is_plain_type(kind: DataType) -> bool:
    """Whether values of a type have a plain form."""
    if isinstance(kind, DecimalType):
        return kind.precision > kind.scale
    return kind == StringType() or type(kind) in _FORMS


@dataclass(frozen=True)
class PlainCsv:
    """Reads the plain ones among records of CSV; travels to the tasks."""

    #: The columns of a record, two or more: a blank line is a record of one.
    count: int
    #: Those to keep, by their place in a record, and what the frame calls each.
    kept: Mapping[int, tuple[str, DataType]]
    separator: str
    #: Bytes that no plain record holds: what quotes values, and what escapes a quote.
    marks: tuple[str, ...]
    #: What stands for null.
    nulls: tuple[str, ...]

    @property
    def schema(self) -> StructType:
        """The columns of plain records; all null for the others."""
        return StructType([StructField(name, kind) for name, kind in self.kept.values()])

    def read(self, records: pyarrow.StringArray) -> tuple[pyarrow.StringArray, list[pyarrow.Array]]:
        """The records that are not plain, and null in the place of those that are; and the columns of these."""
        import pyarrow
        from pyarrow import compute

        candidates, is_candidate = self._candidates(records)
        found = self._columns(candidates) if len(candidates) else None
        if found is None:
            return records, [pyarrow.nulls(len(records), _arrow(kind)) for _, kind in self.kept.values()]
        columns, is_plain = found
        if is_candidate is not None:
            *columns, is_plain = _spread([*columns, is_plain], is_candidate)
            is_plain = is_plain.fill_null(False)
        if not compute.all(is_plain).as_py():
            columns = [compute.if_else(is_plain, column, None) for column in columns]
        return compute.if_else(is_plain, None, records), columns

    def _candidates(self, records: pyarrow.StringArray) -> tuple[pyarrow.StringArray, pyarrow.BooleanArray | None]:
        """The records without marks, and which these are; None: all."""
        from pyarrow import compute

        data = _bytes_of(records)
        marks = [mark for mark in (*self.marks, "\0", "\r", "\n") if mark.encode() in data]
        if not marks:
            return records, None
        pattern = "[" + "".join(f"\\x{ord(mark):02x}" for mark in marks) + "]"
        is_candidate = compute.invert(compute.match_substring_regex(records.cast("binary"), pattern))
        return records.filter(is_candidate), is_candidate

    def _columns(self, records: pyarrow.StringArray) -> tuple[list[pyarrow.Array], pyarrow.BooleanArray] | None:
        """The kept columns of records without marks, and which records are plain; None where it cannot be told."""
        import pyarrow

        if bytes(records[0].as_buffer()[:3]) == _BYTE_ORDER_MARK:
            return None  # pyarrow leaves it out at the beginning of a text
        try:
            records.validate(full=True)  # UTF-8
            texts, is_whole = self._split(records)
            made = [_typed(text, kind) for text, (_, kind) in zip(texts, self.kept.values(), strict=True)]
        except pyarrow.ArrowInvalid:
            return None
        is_plain = is_whole
        for _, is_fit in made:
            is_plain = is_plain if is_fit is None else pyarrow.compute.and_(is_plain, is_fit)
        return [column for column, _ in made], is_plain

    def _split(self, records: pyarrow.StringArray) -> tuple[list[pyarrow.Array], pyarrow.BooleanArray]:
        """The texts of the kept columns, and which records have all values."""
        import pyarrow
        from pyarrow import compute, csv

        whole = pyarrow.ListArray.from_arrays(pyarrow.array([0, len(records)], pyarrow.int32()), records)
        text = compute.binary_join(whole, "\n")[0].as_buffer()
        misfits: list[int] = []

        def skip(row: Any) -> str:
            misfits.append(row.number - 1)
            return "skip"

        names = [str(place) for place in range(self.count)]
        wanted = [str(place) for place in self.kept]
        table = csv.read_csv(
            pyarrow.BufferReader(text),
            read_options=csv.ReadOptions(use_threads=False, block_size=len(text) + 1, column_names=names),
            parse_options=csv.ParseOptions(
                delimiter=self.separator, quote_char=False, escape_char=False, invalid_row_handler=skip
            ),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(wanted, pyarrow.string()),
                include_columns=wanted,
                strings_can_be_null=True,
                null_values=list(self.nulls),
                check_utf8=False,
            ),
        )
        texts = [table.column(name).combine_chunks() for name in wanted]
        if table.num_rows + len(misfits) != len(records):
            raise pyarrow.ArrowInvalid("the parser saw other records")
        places = pyarrow.array(range(len(records)), pyarrow.int64())
        is_whole = compute.invert(compute.is_in(places, pyarrow.array(misfits, pyarrow.int64())))
        return (_spread(texts, is_whole) if misfits else texts), is_whole


def _spread(columns: list[pyarrow.Array], is_there: pyarrow.BooleanArray) -> list[pyarrow.Array]:
    """Columns with a value for each that is there, and null for the others."""
    import pyarrow
    from pyarrow import compute

    number = pyarrow.array(range(compute.sum(is_there).as_py() or 0), pyarrow.int64())
    places = compute.replace_with_mask(pyarrow.nulls(len(is_there), pyarrow.int64()), is_there, number)
    return [column.take(places) for column in columns]


def _bytes_of(texts: pyarrow.StringArray) -> bytes:
    data = texts.buffers()[2]
    return data.to_pybytes() if data is not None else b""


def _typed(texts: pyarrow.StringArray, kind: DataType) -> tuple[pyarrow.Array, pyarrow.BooleanArray | None]:
    """Values of a type, and for which texts that is certain; None: for all.

    Raises:
        ArrowInvalid: When it is certain for none.
    """
    import pyarrow
    from pyarrow import compute

    if isinstance(kind, StringType):
        return texts, None
    pattern, doubtful = _form(kind)
    change = _change(kind)
    data = _bytes_of(texts) if doubtful else b""
    if doubtful is not None and not any(bytes([mark]) in data for mark in doubtful):
        try:
            return _in_bounds(change(texts), kind, None)
        except pyarrow.ArrowInvalid:
            pass  # some text is no such value: it is told below which
    is_fit = compute.match_substring_regex(texts, rf"\A(?:{pattern})\z").fill_null(True)
    return _in_bounds(change(compute.if_else(is_fit, texts, None)), kind, is_fit)


def _form(kind: DataType) -> tuple[str, bytes | None]:
    if isinstance(kind, DecimalType):
        fraction = rf"(?:\.[0-9]{{1,{kind.scale}}})?" if kind.scale else ""
        return rf"-?[0-9]{{1,{kind.precision - kind.scale}}}{fraction}", b"eE"
    return _FORMS[type(kind)]


def _change(kind: DataType) -> Callable[[pyarrow.StringArray], pyarrow.Array]:
    from pyarrow import compute

    if isinstance(kind, TimestampType):
        return lambda texts: compute.utf8_rtrim(texts, "Z").cast("timestamp[us]").cast(_arrow(kind))
    return lambda texts: texts.cast(_arrow(kind))


def _in_bounds(
    values: pyarrow.Array, kind: DataType, is_fit: pyarrow.BooleanArray | None
) -> tuple[pyarrow.Array, pyarrow.BooleanArray | None]:
    """Leaves years before 1, and numbers that became infinite, to Spark's parser."""
    import pyarrow
    from pyarrow import compute

    if isinstance(kind, FloatType | DoubleType):
        is_finite = compute.is_finite(values).fill_null(True)
        return values, is_finite if is_fit is None else compute.and_(is_fit, is_finite)
    if not isinstance(kind, DateType | TimestampType):
        return values, is_fit
    first = pyarrow.scalar(-719_162, pyarrow.int32()).cast(pyarrow.date32()).cast(values.type)
    is_late = compute.greater_equal(values, first).fill_null(True)
    return values, is_late if is_fit is None else compute.and_(is_fit, is_late)


def _arrow(kind: DataType) -> pyarrow.DataType:
    from pyspark.sql.pandas.types import to_arrow_type

    return to_arrow_type(kind, timezone="UTC")


def plain_csv(
    names: Sequence[str], kinds: Mapping[str, DataType], *, separator: str, marks: tuple[str, ...], null_value: str
) -> PlainCsv | None:
    """What reads the plain records of some files; None where none is plain for certain.

    Args:
        names: The columns of a record.
        kinds: Those to keep, with their types.
        separator: What stands between values.
        marks: What quotes values, and what escapes a quote.
        null_value: Text that means null, beside the empty value.
    """
    if len(names) < 2 or not kinds or not all(is_plain_type(kind) for kind in kinds.values()):
        return None
    places = {names.index(name): (f"plain:{place}", kind) for place, (name, kind) in enumerate(kinds.items())}
    return PlainCsv(len(names), places, separator, marks, ("", null_value))
