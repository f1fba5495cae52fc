"""The job of `benchmarks/json_tables.py` written by hand: in PySpark with an explicit schema, and in DuckDB.

Both are written for the one shape that events have: other types of values than these would become null.
"""

from __future__ import annotations

from pathlib import Path

from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F

_SCHEMA = """
    id BIGINT, created_at STRING, total DOUBLE, note STRING,
    customer STRUCT<name: STRING, cpf: STRING, sex: STRING, address: STRUCT<city: STRING, cep: STRING>>,
    items ARRAY<STRUCT<sku: STRING, quantity: BIGINT, price: DOUBLE>>
"""


def by_spark(session: SparkSession, source: Path, target: Path) -> None:
    """Both tables as `|`-separated CSV, a folder each."""
    rows = session.read.schema(_SCHEMA).json(f"file://{source}")
    day = F.substring_index("created_at", "T", 1)
    sex = F.lower(F.trim("customer.sex"))
    events = rows.where("id IS NOT NULL").select(
        "id",
        F.when(day.rlike("^[0-9]{4}-[0-9]{2}-[0-9]{2}$") & day.try_cast("date").isNotNull(), day),
        _or_null(F.trim("customer.name")),
        _digits(F.trim("customer.cpf"), "^[0-9]{11}$", (1, 3, "."), (4, 3, "."), (7, 3, "-"), (10, 2, "")),
        F.when(sex == "masculino", "M").when(sex == "feminino", "F"),
        "customer.address.city",
        _digits(F.trim("customer.address.cep"), "^[0-9]{8}$", (1, 5, "-"), (6, 3, "")),
        F.bround("total", 2),
        F.lit("BR"),
        "note",
    )
    items = rows.select("id", F.inline("items")).where("sku IS NOT NULL")
    items = items.select("id", "sku", "quantity", F.bround("price", 2))
    for name, frame in {"events": events, "items": items}.items():
        frame.write.csv(f"file://{target / name}", sep="|", escape='"', emptyValue='""')


def _or_null(text: Column) -> Column:
    return F.when(text != "", text)


def _digits(text: Column, pattern: str, *pieces: tuple[int, int, str]) -> Column:
    written = [part for start, length, mark in pieces for part in (F.substring(text, start, length), F.lit(mark))]
    return F.when(text.rlike(pattern), F.concat(*written))


def by_duckdb(source: Path, target: Path, *, threads: int) -> None:
    """Both tables as `|`-separated CSV, a file each; the input is read once for each."""
    import duckdb

    target.mkdir()
    connection = duckdb.connect(config={"threads": threads})
    connection.execute(f"""
        CREATE VIEW rows AS SELECT * FROM read_json(
            '{source}', format = 'newline_delimited', ignore_errors = true,
            columns = {{id: 'BIGINT', created_at: 'VARCHAR', total: 'DOUBLE', note: 'VARCHAR',
                customer: 'STRUCT("name" VARCHAR, cpf VARCHAR, sex VARCHAR, address STRUCT(city VARCHAR, cep VARCHAR))',
                items: 'STRUCT(sku VARCHAR, quantity BIGINT, price DOUBLE)[]'}})
    """)
    digits = "CASE WHEN regexp_full_match(trim({0}), '[0-9]{{{1}}}') THEN {2} END"
    day = "split_part(created_at, 'T', 1)"
    cpf = "customer.cpf"
    cep = "customer.address.cep"
    mask = "trim(customer.cpf)[1:3] || '.' || trim(customer.cpf)[4:6] || '.' || trim(customer.cpf)[7:9]"
    connection.execute(f"""
        COPY (SELECT id,
            CASE WHEN try_cast({day} AS DATE) IS NOT NULL THEN {day} END,
            nullif(trim(customer.name), ''),
            {digits.format(cpf, 11, mask + " || '-' || trim(customer.cpf)[10:11]")},
            CASE lower(trim(customer.sex)) WHEN 'masculino' THEN 'M' WHEN 'feminino' THEN 'F' END,
            customer.address.city,
            {digits.format(cep, 8, "trim(customer.address.cep)[1:5] || '-' || trim(customer.address.cep)[6:8]")},
            round_even(total, 2), 'BR', note
            FROM rows WHERE id IS NOT NULL)
        TO '{target / "events.csv"}' (DELIMITER '|', HEADER false)
    """)
    connection.execute(f"""
        COPY (SELECT id, item.sku, item.quantity, round_even(item.price, 2)
            FROM (SELECT id, unnest(items) AS item FROM rows) WHERE item.sku IS NOT NULL)
        TO '{target / "items.csv"}' (DELIMITER '|', HEADER false)
    """)
    connection.close()
