"""Rows of elements of XML: the types are given, or found in the first of them."""

from __future__ import annotations

from xml.parsers import expat

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, AtomicType, DataType, StringType, StructField, StructType

from functions.constants import options_literal, text_literal
from functions.errors import InputUnreadable
from functions.records import infinity
from functions.records.bad_records import OnError
from functions.records.branches import first_at_fault
from functions.records.parsing import CORRUPT, Parsing, rows_of
from functions.records.rejects import Rejects
from functions.storage.reading.cutting import Records
from functions.storage.reading.xml_rows import XmlCutter
from functions.storage.storage import Storage
from functions.workspace import Rows, quoted

#: Most bytes of the records in which types are found.
_LARGEST_SAMPLE = 8 << 20


def typed(
    storage: Storage,
    path: str,
    row_tag: str,
    *,
    schema: dict[str, str] | None,
    attribute_prefix: str,
    sample_rows: int,
    on_error: OnError,
    max_rejects: float | None,
    rejects: Rejects,
) -> Rows:
    """The elements of a name as rows; the arguments are those of `load_xml`.

    Raises:
        InputUnreadable: When no schema is given, and none can be found.
        StepFailed: As `Storage.read_records`.
    """
    records = storage.read_records(path, XmlCutter(row_tag))
    options = {"mode": "PERMISSIVE", "columnNameOfCorruptRecord": CORRUPT, "attributePrefix": attribute_prefix}
    if schema is None:
        struct = _inferred(records, row_tag, sample_rows, attribute_prefix)
    else:
        struct = _struct(", ".join(f"{quoted(name)} {kind}" for name, kind in schema.items()))
    value = _forgiving(struct, options) if on_error == "null" else F.from_xml("value", _watched(struct), options)
    floats = {field.name: field.dataType for field in struct.fields if infinity.has_floats(field.dataType)}

    # Of what is nested there is no text by itself; one column more, as a struct has at least one.
    columns = [f"{quoted(name)} STRING" for name in [*(n for n, kind in floats.items() if _is_atomic(kind)), CORRUPT]]
    texts = f"from_xml(value, {text_literal(', '.join(columns))}, {options_literal(options)})"
    parsing = Parsing(value, struct.names, lambda: _reason(struct, options), floats=floats, texts=texts)
    return rows_of(records.frame, records.told, parsing, on_error, max_rejects, rejects=rejects)


def _struct(ddl: str) -> StructType:
    found = StructType.fromDDL(ddl)
    if not isinstance(found, StructType):
        raise TypeError(f"{ddl} is no struct")
    return found


def _watched(struct: StructType) -> StructType:
    return StructType([*struct.fields, StructField(CORRUPT, StringType())])


def _forgiving(struct: StructType, options: dict[str, str]) -> Column:
    """As `from_xml`, which gives up at what does not fit and leaves all behind it null.

    So plain values are read as text and converted, and what is nested is read by itself, column by column.
    """
    texts = [StructField(field.name, StringType()) for field in struct.fields if _is_plain(field)]
    found = F.array(F.from_xml("value", _watched(StructType(texts)), options))

    def fitted(record: Column) -> Column:
        made = [
            record[field.name].try_cast(field.dataType).alias(field.name)
            if _is_plain(field)
            else F.from_xml("value", StructType([field]), options)[field.name].alias(field.name)
            for field in struct.fields
        ]
        return F.struct(*made, record[CORRUPT].alias(CORRUPT))

    return F.transform(found, fitted)[0]


def _is_plain(field: StructField) -> bool:
    return _is_atomic(field.dataType)


def _is_atomic(kind: DataType) -> bool:
    return isinstance(kind, AtomicType)


def _inferred(records: Records, row_tag: str, sample_rows: int, attribute_prefix: str) -> StructType:
    found = [record for record in records.head(sample_rows) if _is_well_formed(record)]
    sample: list[bytes] = []
    for record in found:
        if sum(map(len, sample)) + len(record) <= _LARGEST_SAMPLE or not sample:
            sample.append(record)
    if not sample:
        raise InputUnreadable(
            f"no schema can be found: there is no whole element `{row_tag}`",
            argument="schema",
            hint="check the row tag, or give the schema, such as `id INT, name STRING`",
        )
    # Twice, since one element alone is no array.
    document = "<sample>" + b"".join(sample * 2 if len(sample) == 1 else sample).decode() + "</sample>"
    told = F.schema_of_xml(F.lit(document), {"attributePrefix": attribute_prefix})
    row = records.frame.sparkSession.range(1).select(told.alias("schema")).head()
    kind = _struct(row.schema).fields[0].dataType if row else None
    element = kind.elementType if isinstance(kind, ArrayType) else None
    if isinstance(element, StructType):
        return element
    raise InputUnreadable(
        f"no schema can be found: the elements `{row_tag}` have neither attributes nor elements within",
        argument="schema",
        hint="give the schema; the text of an element is the column `_VALUE`",
    )


def _is_well_formed(record: bytes) -> bool:
    parser = expat.ParserCreate("UTF-8")
    try:
        parser.Parse(record, True)
    except expat.ExpatError:
        return False
    return True


def _reason(struct: StructType, options: dict[str, str]) -> Column:
    is_broken = F.from_xml("value", _watched(StructType()), options)[CORRUPT].isNotNull()
    found = first_at_fault(struct.fields, lambda wanted: F.from_xml("value", wanted, options))
    return F.coalesce(F.when(is_broken, F.lit("not well-formed XML")), found, F.lit("does not fit the schema"))
