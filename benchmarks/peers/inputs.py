"""What the pairs read: the same rows every time, made by Spark out of their numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

#: By name: the columns of an input, of the row's number `id`. One text in a thousand or so is not what it should be.
COLUMNS = {
    "people": [
        "id",
        """CASE WHEN id % 50 = 0 THEN NULL WHEN id % 3 = 0 THEN concat('  ', element_at(array('Ana María', 'José Silva',
            'Zoë', 'Łukasz Nowak', '李小龙', 'Bob'), CAST(id % 6 + 1 AS INT)), ' ', id % 977, '  ')
            ELSE concat(element_at(array('Ada Lovelace', 'Grace', 'Åsa Öberg', 'Ivan', 'Chloé'),
            CAST(id % 5 + 1 AS INT)), ' ', id % 1009) END AS name""",
        "concat('User.', id * 7919 % 1000003, '@Example.org') AS email",
        "element_at(array('Recife', 'São Paulo', 'Belém', 'Olinda', '?'), CAST(id % 5 + 1 AS INT)) AS city",
        "CAST(nullif(id % 97, 13) AS INT) AS age",
        "CAST(id * 7919 % 100003 AS DOUBLE) / 7 AS score",
        "CAST(id * 31 % 1000000 / 100 AS DECIMAL(10, 2)) AS price",
        "date_add(DATE'1950-01-01', CAST(id % 20000 AS INT)) AS born",
        "timestamp_seconds(1500000000 + id * 37) AS seen",
    ],
    "texts": [
        "id",
        "if(id % 1000 = 999, 'x', concat(id * 7919 % 1000003)) AS number",
        "if(id % 1000 = 998, 'R$ 5', concat(id * 31 % 100000, '.', lpad(id % 1000, 3, '0'))) AS amount",
        "if(id % 1000 = 997, 'n/a', concat(date_add(DATE'1950-01-01', CAST(id % 20000 AS INT)))) AS day",
        (
            "if(id % 1000 = 996, '31.02.2024', date_format(date_add(DATE'1950-01-01', CAST(id % 20000 AS INT)),"
            " 'dd.MM.yyyy')) AS german"
        ),
        (
            "if(id % 1000 = 995, 'soon', date_format(timestamp_seconds(1500000000 + id * 37),"
            " \"yyyy-MM-dd'T'HH:mm:ss'Z'\"))"
            " AS moment"
        ),
        "date_format(timestamp_seconds(1500000000 + id * 37), 'dd.MM.yyyy HH:mm') AS clock",
        "if(id % 100 = 7, '12', lpad(id * 7919 % 99999999977, 11, '0')) AS cpf",
        "concat('030/', id % 89, ' ', id % 97, '-', id % 10) AS phone",
        "if(id % 1000 = 994, '?', concat('GET /pages/', id % 977, '/index.html ', 200 + id % 300)) AS line",
        "lpad(id * 104729 % 9999999999, 16, '4') AS card",
        "concat('Ada ', id % 89, ' ', id % 97, ' Lovelace') AS parts",
        "element_at(array('Masculino', ' feminino ', 'm'), CAST(id % 3 + 1 AS INT)) AS sex",
        """if(id % 1000 = 993, '{"city": ', concat('{"city": "', element_at(array('Recife', 'São Paulo', 'Belém'),
            CAST(id % 3 + 1 AS INT)), '", "tags": ["a", "b', id % 10, '"], "at": {"lat": ', id % 90,
            '.5}, "price": "', id % 100, '.90"}')) AS data""",
    ],
    "nested": [
        "id",
        (
            "named_struct('city', concat('city ', id % 977), 'at', named_struct('lat', id % 90 + 0.5D, 'lon',"
            " id % 180 + 0.25D))"
            " AS address"
        ),
        (
            "transform(sequence(1, CAST(id % 3 + 1 AS INT)), i -> named_struct('sku', concat('SKU-', (id + i) % 997),"
            " 'qty', CAST(i AS INT), 'price', (id + i) % 500 + 0.99D)) AS items"
        ),
        "array(concat('a', id % 10), 'b') AS tags",
        "map('size', concat(id % 40), 'kind', 'x') AS props",
    ],
    "sales": [
        "id",
        "element_at(array('Recife', 'São Paulo', 'Belém', 'Olinda', 'Ulm', NULL), CAST(id % 6 + 1 AS INT)) AS city",
        "CAST(id % 12 + 1 AS INT) AS month",
        "CAST(2020 + id % 4 AS INT) AS year",
        "id * 7919 % 10007 AS customer",
        "id * 31 % 1000 AS sold",
        "CAST(id * 7919 % 100003 AS DOUBLE) / 7 AS price",
    ],
    "customers": ["id", "concat('customer ', id) AS name", "id % 7 AS level"],
    "known": ["id * 2 AS id", "CAST(id * 2 % 97 AS INT) AS age"],
    "pairs": ["id % 300000 AS id", "CAST(id % 300000 % 97 AS INT) AS age"],
    "wide": ["id", "id % 7 AS jan", "id % 11 AS feb", "nullif(id % 13, 0) AS mar", "id % 17 AS apr"],
    "lines": [
        (
            "concat('To be, or not to be: ', element_at(array('Ada''s', 'well-known', 'café_2', 'that is', 'Pará'),"
            " CAST(id % 5 + 1 AS INT)), ' word', id % 5003, ' and the rest of the line') AS value"
        )
    ],
    "events": [
        """if(id % 10000 = 9999, '{"id": ', to_json(named_struct('id', id, 'created_at',
            date_format(timestamp_seconds(1500000000 + id * 37), "yyyy-MM-dd'T'HH:mm:ss"), 'name',
            concat(' Customer ', id % 1009, ' '), 'cpf', lpad(id * 7919 % 99999999977, 11, '0'), 'total',
            id * 31 % 100000 / 100 + 0.25D, 'customer', named_struct('sex', if(id % 2 = 0, 'masculino', 'feminino'),
            'address', named_struct('city', concat('city ', id % 977))), 'items', if(id % 10 = 0, NULL,
            transform(sequence(1, CAST(id % 2 + 1 AS INT)), i -> named_struct('sku',
            concat('SKU-', (id + i) % 997), 'quantity', i)))))) AS value"""
    ],
}
#: How many rows fewer or more than asked for.
COUNTS: dict[str, Callable[[int], int]] = {"customers": lambda _: 10_007, "known": lambda rows: rows // 2}


def _xml(frame: DataFrame, path: str) -> None:
    frame.write.xml(path, rowTag="row", rootTag="rows")


#: Files: the input that they hold, its columns, and how they are written.
FILES: dict[str, tuple[str, list[str], Callable[[DataFrame, str], None]]] = {
    "csv": (
        "people",
        ["id", "email", "city", "age", "score", "born"],
        lambda frame, path: frame.selectExpr(
            "if(id % 1000 = 999, 'x', CAST(id AS STRING)) AS id", "email", "city", "age", "score", "born"
        ).write.csv(path, header=True, escape='"'),
    ),
    "csv_quoted": (
        "people",
        ["id", "email", "city", "age", "score", "born"],
        lambda frame, path: frame.write.csv(path, header=True, escape='"', quoteAll=True),
    ),
    "json": (
        "people",
        ["id", "email", "city", "age", "score", "born"],
        lambda frame, path: frame.select(
            F.expr('if(id % 1000 = 999, \'{"id": "x"}\', to_json(struct(*)))').alias("value")
        ).write.text(path),
    ),
    "xml": ("people", ["id", "email", "city", "age"], _xml),
    "orc": ("people", [], lambda frame, path: frame.write.orc(path)),
    "text": ("lines", [], lambda frame, path: frame.write.text(path)),
    "event_lines": ("events", [], lambda frame, path: frame.write.text(path)),
    "many": (
        "sales",
        ["id"],
        lambda frame, path: frame.limit(2000).selectExpr("CAST(id AS STRING)").repartition(200).write.text(path),
    ),
}


class Inputs:
    """Inputs in a folder, each made when it is first asked for: frames as Parquet, files in their formats."""

    def __init__(self, session: SparkSession, folder: Path, rows: int) -> None:
        self._session = session
        self._folder = folder
        self._rows = rows

    def path(self, name: str) -> Path:
        """Where an input lies."""
        place = self._folder / name
        if not place.exists():
            if name in FILES:
                of, columns, write = FILES[name]
                frame = self._session.read.parquet(f"file://{self.path(of)}")
                write(frame.select(*columns) if columns else frame, f"file://{place}")
            else:
                count = COUNTS.get(name, int)(self._rows)
                parts = self._session.sparkContext.defaultParallelism * 2
                frame = self._session.range(0, count, 1, parts).selectExpr(*COLUMNS[name])
                frame.write.parquet(f"file://{place}")
        return place

    def frame(self, name: str, columns: list[str] | None = None) -> DataFrame:
        """An input as a frame."""
        found = self._session.read.parquet(f"file://{self.path(name)}")
        return found.select(*columns) if columns else found
