"""Several frames, groups and windows."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from benchmarks.peers.pair import Given, over

_sales = over("sales")
_people = over("people", ["id", "age"], ["known"])
_SOLD = [
    {"function": "count", "as": "rows"},
    {"function": "sum", "column": "sold", "as": "sold"},
    {"function": "avg", "column": "price", "as": "price"},
]


def _aggregates() -> list[F.Column]:  # type: ignore[name-defined]
    return [F.count("*").alias("rows"), F.sum("sold").alias("sold"), F.avg("price").alias("price")]


def _window(given: Given) -> DataFrame:
    window = Window.partitionBy("customer").orderBy(F.col("id").asc_nulls_last())
    running = window.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    return given.rows.withColumns({"so_far": F.sum("sold").over(running), "place": F.rank().over(window)})


_QUERY = "SELECT city, month, sum(sold) AS sold FROM {0} WHERE price > 100 GROUP BY city, month HAVING sum(sold) > 2"


def _sql(given: Given) -> DataFrame:
    given.tables["sales"].createOrReplaceTempView("sales_by_hand")
    return given.session.sql(_QUERY.format("sales_by_hand"))


def _named(given: Given) -> DataFrame:
    given.rows.createOrReplaceTempView("named_by_hand")
    return given.session.table("named_by_hand")


PAIRS = [
    _sales(
        "group_by",
        [["group_by", ["city", "month"], _SOLD]],
        lambda given: given.rows.groupBy("city", "month").agg(*_aggregates()),
    ),
    _sales(
        "group_by",
        [["group_by", ["id"], _SOLD]],
        lambda given: given.rows.groupBy("id").agg(*_aggregates()),
        label="many groups",
    ),
    _sales(
        "cube",
        [["cube", ["city", "month"], _SOLD[:2], "level"]],
        lambda given: (
            given.rows.cube("city", "month")
            .agg(F.grouping_id().alias("level"), *_aggregates()[:2])
            .select("city", "month", "level", "rows", "sold")
        ),
        compared=["city", "month", "level", "rows", "sold"],
    ),
    _sales(
        "rollup",
        [["rollup", ["city", "month"], _SOLD[:2]]],
        lambda given: given.rows.rollup("city", "month").agg(*_aggregates()[:2]),
    ),
    _sales(
        "pivot",
        [["pivot", ["city"], "year", [{"function": "sum", "column": "sold"}], ["2020", "2021", "2022", "2023"]]],
        lambda given: given.rows.groupBy("city").pivot("year", [2020, 2021, 2022, 2023]).agg(F.sum("sold")),
    ),
    _sales(
        "pivot",
        [["pivot", ["city"], "year", [{"function": "sum", "column": "sold"}]]],
        lambda given: given.rows.groupBy("city").pivot("year").agg(F.sum("sold")),
        label="values found",
    ),
    over("wide")(
        "unpivot",
        [["unpivot", ["jan", "feb", "mar", "apr"], "month", "sold"]],
        lambda given: given.rows.unpivot(["id"], ["jan", "feb", "mar", "apr"], "month", "sold"),
    ),
    _sales(
        "window",
        [
            [
                "window",
                [{"function": "sum", "column": "sold", "as": "so_far"}, {"function": "rank", "as": "place"}],
                ["customer"],
                ["id"],
            ]
        ],
        _window,
    ),
    over("sales", [], ["customers"])(
        "join",
        [["join", "customers", [{"left": "customer", "right": "id"}]]],
        lambda given: given.rows.join(
            given.tables["customers"].withColumnRenamed("id", "id_right"), F.col("customer") == F.col("id_right")
        ),
    ),
    _people(
        "join",
        [["join", "known", ["id", "age"], "left_anti"]],
        lambda given: given.rows.join(given.tables["known"], ["id", "age"], "left_anti"),
        label="left_anti, both large",
    ),
    _people("union", [["union", ["known"]]], lambda given: given.rows.unionByName(given.tables["known"])),
    _people("intersect", [["intersect", "known"]], lambda given: given.rows.intersect(given.tables["known"])),
    _people("subtract", [["subtract", "known"]], lambda given: given.rows.subtract(given.tables["known"])),
    over("", [], ["sales"])("sql", [["sql", _QUERY.format("sales")]], _sql),
    over("people", ["id", "age"])("name_table", [["name_table", "named"], ["use_table", "named"]], _named),
    over("", [], ["sales"])("use_table", [["use_table", "sales"]], lambda given: given.tables["sales"].select("*")),
    over("", [], ["sales", "customers"])(
        "drop_table",
        [["drop_table", "customers"], ["use_table", "sales"]],
        lambda given: given.tables["sales"].select("*"),
    ),
]
