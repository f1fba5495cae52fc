"""Rows of records of CSV: the types are given, or found in the first of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from math import isfinite
from uuid import uuid4

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import DoubleType, FloatType, StructType

from functions.constants import options_literal, text_literal
from functions.errors import InputUnreadable, StepFailed
from functions.member_faults import MemberFaults
from functions.names import named, near
from functions.records.bad_records import OnError
from functions.records.parsing import CORRUPT, Parsing, misfit, parsed, rows_of
from functions.records.rejects import Rejects
from functions.storage.reading.csv_plain import PlainCsv, plain_csv
from functions.storage.reading.cutting import CsvCutter, Records
from functions.storage.storage import Storage
from functions.workspace import Rows, quoted

_NUMBER = r"-?(0|[1-9][0-9]*)"
#: What values of each type look like; the first that all have is the column's.
_LOOKS = {
    "BOOLEAN": re.compile(r"(?i:true|false)"),
    "BIGINT": re.compile(_NUMBER),
    "DOUBLE": re.compile(_NUMBER + r"(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?"),
    "DATE": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    "TIMESTAMP": re.compile(
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})?"
    ),
}
_FLOATS = {"FLOAT": FloatType(), "DOUBLE": DoubleType()}
#: The value that stands before all others when a record is parsed; a name that no header can know.
_BEFORE = f"before:{uuid4().hex}"
_NESTED = ("ARRAY", "MAP", "STRUCT", "VARIANT")


@dataclass(frozen=True)
class Form:
    """How values stand in files; see `load_csv`."""

    separator: str
    quote: str
    escape: str
    multiline: bool
    header: bool
    null_value: str

    def cutter(self) -> CsvCutter:
        """What cuts files into records, a header being one."""
        return CsvCutter(self.separator, self.quote, self.escape, self.multiline)


def typed(
    storage: Storage,
    path: str,
    form: Form,
    *,
    schema: dict[str, str] | None,
    columns: Sequence[str] | None,
    sample_rows: int,
    on_error: OnError,
    max_rejects: float | None,
    rejects: Rejects,
) -> Rows:
    """The records of CSV files as rows; the arguments are those of `load_csv`.

    Raises:
        InputUnreadable: When the first file is not CSV, or names a column twice.
        StepFailed: When the schema or the wanted columns do not fit the files, and as `Storage.read_records`.
    """
    _check(form, schema)
    cutter = form.cutter()
    records = storage.read_records(path, cutter)
    header, sample = _beginning(records, cutter, form, schema, sample_rows)
    names, told = _names(header), list(records.told.values())
    kinds = _types_of(names, sample, form) if schema is None else _given(names, schema, form)
    kept = [name for name in kinds if name not in told] + told
    if columns is not None:
        _look_up(columns, kept)
        kinds = {name: kind for name, kind in kinds.items() if name in columns}
    plain = _plain(names, {name: kind for name, kind in kinds.items() if name not in told}, form)
    if form.header and header:
        cutter = replace(cutter, header=tuple(header))
    records = records.cut_by(cutter, plain)
    parsing = _parsing(names, kinds, form)
    if plain is not None:
        parsing = replace(parsing, plain={names[place]: column for place, (column, _) in plain.kept.items()})
    found = rows_of(records.frame, records.told, parsing, on_error, max_rejects, rejects=rejects)
    return found if columns is None else Rows(found.frame.select(*[F.col(quoted(name)) for name in columns]))


def _look_up(columns: Sequence[str], there: Sequence[str]) -> None:
    wrong = MemberFaults("columns")
    for place, name in enumerate(columns):
        with wrong.at(place):
            if name not in there:
                raise StepFailed(
                    f"there is no column `{name[:100]}` (columns here: {named(there)})",
                    argument="columns",
                    hint=near(name, there),
                )
    wrong.check()


def _check(form: Form, schema: Mapping[str, str] | None) -> None:
    if form.separator in (form.quote, form.escape):
        raise StepFailed(
            f"`{form.separator}` cannot both stand between values and quote them",
            argument="separator",
            hint="say the separator, the quote and the escape that the files have",
        )
    for name, kind in (schema or {}).items():
        if kind.upper().startswith(_NESTED):
            raise StepFailed(
                f"column `{name[:100]}` is {kind}, which CSV cannot hold",
                argument="schema",
                at=(name,),
                hint="read it as string, and then parse it with parse_json_column",
            )


def _beginning(
    records: Records, cutter: CsvCutter, form: Form, schema: Mapping[str, str] | None, sample_rows: int
) -> tuple[list[str], list[list[str]]]:
    """The columns as the header names them, or by their numbers, and the values of the first records."""
    count = (sample_rows if schema is None else 0) + 1
    first = records.head(count)
    found = [fields for fields in (_fields(record, cutter) for record in first) if fields is not None]
    # Text of 16 or 32 bits a character has NULs.
    if first and form.header and (_fields(first[0], cutter) is None or b"\0" in first[0]):
        place = records.files[0].place
        raise InputUnreadable(f"the header of `{place}` is not UTF-8 text", hint="write the file again as UTF-8")
    if first and not found and schema is None:
        detail = f"no column can be found: none of the first {len(first)} records of"
        raise InputUnreadable(f"{detail} `{records.files[0].place}` is UTF-8 text", hint="write it again as UTF-8")
    if not found:
        if schema is None:
            hint = "give the schema, such as `id INT, name STRING`"
            raise InputUnreadable("no column can be found: the files are empty", argument="schema", hint=hint)
        return list(schema), []
    if not form.header:
        return list(schema) if schema else [f"column{place + 1}" for place in range(len(found[0]))], found
    return found[0], found[1:]


def _fields(record: bytes, cutter: CsvCutter) -> list[str] | None:
    """The values of a record; None: it is not UTF-8, and so at fault when it is read."""
    try:
        return cutter.fields(record)
    except UnicodeDecodeError:
        return None


def _names(header: Sequence[str]) -> list[str]:
    names = [name or f"column{place + 1}" for place, name in enumerate(header)]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputUnreadable(
            f"the header names the column `{twice[:100]}` twice",
            hint="name columns differently, or say header: false and give the schema",
        )
    return names


def _given(names: Sequence[str], schema: dict[str, str], form: Form) -> dict[str, str]:
    missing = [name for name in schema if name not in names]
    if form.header and missing:
        raise StepFailed(
            f"the header has no column `{missing[0][:100]}` (columns here: {named(names)})",
            argument="schema",
            at=(missing[0],),
            hint=near(missing[0], names) or "is the separator right?",
        )
    return schema


def _types_of(names: Sequence[str], sample: Sequence[Sequence[str]], form: Form) -> dict[str, str]:
    whole = [record for record in sample if len(record) == len(names)]
    return {name: _type_of([record[place] for record in whole], form) for place, name in enumerate(names)}


def _type_of(values: Sequence[str], form: Form) -> str:
    given = [value for value in values if value not in ("", form.null_value)]
    fitting = (kind for kind, looks in _LOOKS.items() if given and all(_is(kind, looks, value) for value in given))
    return next(fitting, "STRING")


def _is(kind: str, looks: re.Pattern[str], value: str) -> bool:
    if looks.fullmatch(value) is None:
        return False
    try:
        if kind == "BIGINT":
            return -(2**63) <= int(value[:30]) < 2**63
        if kind == "DOUBLE":
            return isfinite(float(value))
        if kind == "DATE":
            date.fromisoformat(value)
        if kind == "TIMESTAMP":
            datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _plain(names: Sequence[str], kinds: Mapping[str, str], form: Form) -> PlainCsv | None:
    struct = StructType.fromDDL(", ".join(f"{quoted(name)} {kind}" for name, kind in kinds.items())) if kinds else None
    if not isinstance(struct, StructType):
        return None
    return plain_csv(
        names,
        {field.name: field.dataType for field in struct.fields},
        separator=form.separator,
        marks=(form.quote, form.escape),
        null_value=form.null_value,
    )


def _parsing(names: Sequence[str], kinds: Mapping[str, str], form: Form) -> Parsing:
    options = {
        "mode": "PERMISSIVE",
        "columnNameOfCorruptRecord": CORRUPT,
        # Spark reads it as a text with escapes; quote and escape it takes as they are.
        "sep": form.separator.replace("\\", "\\\\"),
        "quote": form.quote,
        "escape": form.escape,
        "nullValue": form.null_value,
        "emptyValue": "",
        "maxCharsPerColumn": "-1",
        "maxColumns": str(max(20_480, 2 * len(names))),
        "columnPruning": "false",
    }
    texts = _read(names, {}, form, options)

    return Parsing(
        F.expr(_read(names, kinds, form, options)),
        list(kinds),
        lambda: _reason(names, kinds, form, texts),
        _is_open(form),
        floats={name: _FLOATS[kind.upper()] for name, kind in kinds.items() if kind.upper() in _FLOATS},
        texts=texts,
    )


def _read(names: Sequence[str], kinds: Mapping[str, str], form: Form, options: Mapping[str, str]) -> str:
    """What Spark's parser reads of a record, in SQL; columns that are not kept are text, which all values are.

    It drops a byte order mark at the beginning of the first text that it is given; so an empty value stands before.
    """
    columns = [f"{quoted(name)} {kinds.get(name, 'STRING')}" for name in names]
    ddl = ", ".join([f"{quoted(_BEFORE)} STRING", *columns, f"{quoted(CORRUPT)} STRING"])
    text = f"concat({text_literal(form.separator)}, value)"
    return f"from_csv({text}, {text_literal(ddl)}, {options_literal(options)})"


def _is_open(form: Form) -> str:
    """Whether some quote has no other."""
    text, quote = "value", text_literal(form.quote)
    if form.escape != form.quote:
        for escaped in (form.escape * 2, form.escape + form.quote):
            text = f"replace({text}, {text_literal(escaped)}, '')"
    # Bytes, since Spark knows their number and would have to count characters.
    quotes = f"octet_length({text}) - octet_length(replace({text}, {quote}, ''))"
    return f"contains(value, {quote}) AND ({quotes}) % 2 = 1"


def _reason(names: Sequence[str], kinds: Mapping[str, str], form: Form, texts: str) -> Column:
    count = _count_of_values(form)
    given = F.transform(F.array(F.expr(texts)), lambda item: F.array(*[item[name] for name in kinds]))[0]
    got = F.array(*[parsed()[name].isNotNull() for name in kinds])
    hint = "" if form.multiline else "; where values hold line ends, say multiline"
    number = F.concat(F.lit("has "), count.cast("string"), F.lit(f" values instead of {len(names)}"))
    return (
        F.when(F.expr(_is_open(form)), F.lit(f"a quote is left open{hint}"))
        .when(count != len(names), number)
        .otherwise(F.coalesce(misfit(list(kinds), list(kinds.values()), given, got), F.lit("not CSV")))
    )


def _count_of_values(form: Form) -> Column:
    quote, escape = re.escape(form.quote), re.escape(form.escape)
    inside = f"[^{quote}]*" if form.escape == form.quote else f"(?:{escape}.|[^{quote}{escape}])*"
    bare = F.regexp_replace("value", f"(?s){quote}{inside}{quote}", "")
    return F.length(bare) - F.length(F.replace(bare, F.lit(form.separator), F.lit(""))) + 1
