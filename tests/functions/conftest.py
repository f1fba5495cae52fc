"""One Spark session for the run, and what functions need beside it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
from moto.server import ThreadedMotoServer
from pyspark.sql import DataFrame, Observation, Row, SparkSession
from pyspark.sql import functions as F

from functions.catalog import Catalog, load
from functions.records.first_seen import NAME as FIRST_SEEN
from functions.records.rejects import Rejects, SetAside, Tally
from functions.schemaless import values
from functions.schemaless.table import Table
from functions.storage.publish import publish as publish_output
from functions.storage.roots import Roots
from functions.storage.s3 import S3
from functions.storage.s3_access import Access
from functions.storage.s3_output import Uploads
from functions.storage.staging import Staging
from functions.storage.storage import Storage
from functions.workspace import Lines, Objects, Rows, Tables
from spark_runner.engine import Engine
from tests.functions.branches import Branches
from tests.functions.edge_cases import BASE
from tests.functions.running_steps import Steps

CREDENTIALS = {"aws_access_key_id": "AKIATESTTESTTEST", "aws_secret_access_key": "a-very-secret-word"}

#: Makes a frame of objects of Python values or, with `raw`, of JSON text.
MakeObjects = Callable[..., Objects]
#: Makes tables of lists of Python objects.
MakeTables = Callable[..., Tables]
#: Makes rows of a schema in DDL and of tuples.
MakeRows = Callable[..., Rows]
#: Writes files, content by name, and gives the path of their folder.
Put = Callable[[dict[str, bytes | str]], str]
#: Brings what was staged into place.
Publish = Callable[[], None]


@pytest.fixture(scope="session")
def spark(engine: Engine) -> SparkSession:
    return engine.session()


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load()


@pytest.fixture(scope="session")
def branches(catalog: Catalog, spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Branches]:
    """Steps behind rows with every edge in them."""
    steps = Steps(catalog, spark, tmp_path_factory.mktemp("branches"))
    made = Branches(catalog, spark, steps, BASE)
    yield made
    made.kept.release()
    steps.release()


@pytest.fixture
def rejects() -> Rejects:
    return Rejects()


@pytest.fixture
def roots(tmp_path: Path) -> Roots:
    """`in` may be read, `out` may be written and read."""
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    return Roots.of(tmp_path, ["in"], ["out"])


@pytest.fixture
def staging(roots: Roots, tmp_path: Path) -> Staging:
    own_folder = tmp_path / "attempt"
    own_folder.mkdir()
    return Staging(roots, "job", "1-nonce", own_folder, lambda: None)


@pytest.fixture
def storage(spark: SparkSession, roots: Roots, staging: Staging) -> Storage:
    return Storage(spark, roots, staging, S3(Access()), Uploads(Access(), "job", 1))


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """S3 on this machine."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint: str) -> Any:
    """A new bucket, as boto3 has it."""
    resource = boto3.resource("s3", endpoint_url=endpoint, region_name="us-east-1", **CREDENTIALS)
    return resource.create_bucket(Bucket=f"bucket-{uuid4().hex}")


@pytest.fixture
def on_s3(spark: SparkSession, roots: Roots, staging: Staging, endpoint: str) -> Storage:
    """Storage with credentials for S3."""
    return Storage(
        spark, roots, staging, S3(Access(CREDENTIALS, endpoint)), Uploads(Access(CREDENTIALS, endpoint), "job", 1)
    )


@pytest.fixture(params=["disk", "s3"])
def put(request: pytest.FixtureRequest, bucket: Any, roots: Roots, tmp_path: Path) -> Put:
    """The test runs twice: its files lie on the disk, and on S3; `on_s3` reads both."""

    def write(files: dict[str, bytes | str]) -> str:
        for name, text in files.items():
            content = text.encode() if isinstance(text, str) else text
            if request.param == "s3":
                bucket.put_object(Key=f"in/{name}", Body=content)
            else:
                (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / "in" / name).write_bytes(content)
        return f"s3://{bucket.name}/in" if request.param == "s3" else "in"

    return write


@pytest.fixture
def publish(staging: Staging, tmp_path: Path) -> Publish:
    # Nothing here goes to S3.
    return lambda: publish_output(staging.seal(), tmp_path / "attempt", Uploads(Access(), "job", 1)) and None


@pytest.fixture(scope="session")
def lines(spark: SparkSession) -> Callable[[Iterable[str]], Lines]:
    def make(texts: Iterable[str]) -> Lines:
        return Lines(text_frame(spark, texts))

    return make


@pytest.fixture(scope="session")
def objects(spark: SparkSession) -> MakeObjects:
    def make(values: Iterable[Any], *, raw: bool = False) -> Objects:
        texts = values if raw else map(json.dumps, values)
        return Objects(text_frame(spark, texts).select(F.parse_json("value").alias("object")))

    return make


@pytest.fixture(scope="session")
def rows(spark: SparkSession) -> MakeRows:
    def make(schema: str, *values: tuple[Any, ...]) -> Rows:
        return Rows(spark.createDataFrame(list(values), schema).coalesce(1))

    return make


@pytest.fixture(scope="session")
def tables(objects: MakeObjects) -> MakeTables:
    """Each table is made twice over: `layered` of whole objects, else of named fields."""

    def make(layered: bool = True, /, **rows: list[dict[str, Any]]) -> Tables:
        return Tables({name: _table(objects, values, layered) for name, values in rows.items()})

    return make


def _table(objects: MakeObjects, rows: list[dict[str, Any]], layered: bool) -> Table:
    made = objects(rows)
    if layered:
        return Table.of_objects(made.frame, F.col("object"))
    fields = dict.fromkeys(name for row in rows for name in row)
    return Table.of_fields(made.frame, {name: values.not_null(made.raw(name)) for name in fields})


def text_frame(spark: SparkSession, texts: Iterable[str]) -> DataFrame:
    return spark.createDataFrame([(text,) for text in texts], "value string").coalesce(1)


def rows_of(table: Table) -> list[Any]:
    """A table's rows as Python values: objects without their absent fields, or lists."""
    if table.listed is not None:
        texts = [F.to_json(cell.variant()) for cell in table.listed]
        return [[_value(item) for item in row] for row in table.frame.select(*texts).collect()]
    names = table.named_fields()
    texts = [F.to_json(table.get(name).variant()) for name in names]
    found = table.frame.select(F.lit(1), *texts).collect()
    return [
        {name: _value(item) for name, item in zip(names, row[1:], strict=True) if item is not None} for row in found
    ]


def dicts_of(found: Rows) -> list[dict[str, Any]]:
    """Rows as dictionaries of Python values, in the frame's order."""
    return [row.asDict(recursive=True) for row in found.frame.collect()]


def rejects_of(rejects: Rejects) -> list[tuple[Any, str]]:
    """What the steps set aside: each record, parsed, and the reason."""
    return [(json.loads(row.line), row.reason) for aside in rejects.sets for row in _told(aside)]


def texts_of(rejects: Rejects) -> list[tuple[str, str]]:
    """What the steps set aside: each record as it is, and the reason."""
    return sorted((row.line, row.reason) for aside in rejects.sets for row in _told(aside))


def _told(aside: SetAside) -> list[Row]:
    """What reading again tells, which is what was kept of the first as they passed, if an action was."""
    told = aside.records().collect()
    for observation in aside.observations:
        if observation._jo is not None and observation._jo.future().isCompleted():
            seen = aside.seen(tally(observation))
            assert seen is None or sorted(map(tuple, seen)) == sorted(map(tuple, told))
    return told


def tally(observation: Observation) -> Tally:
    """What an observation saw during the first action."""
    numbers = observation.get
    return Tally(numbers["read"], numbers["rejected"], numbers.get(FIRST_SEEN) or ())


def counts(observation: Observation) -> dict[str, int]:
    """How many records an observation saw during the first action, and how many of them were set aside."""
    found = tally(observation)
    return {"read": found.read, "rejected": found.rejected}


def tally_of(rejects: Rejects) -> dict[str, int]:
    """How many records the last step read and set aside, as its first action counted them."""
    return counts(rejects.sets[-1].observations[0])


def objects_of(found: Objects) -> list[Any]:
    """A frame's objects as Python values."""
    return [json.loads(row.json) for row in found.frame.select(found.json().alias("json")).collect()]


def _value(text: str | None) -> Any:
    return None if text is None else json.loads(text)
