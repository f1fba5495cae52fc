from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from functions.batches import Webhook
from functions.errors import StepFailed
from functions.frames.map_webhook import map_webhook
from functions.storage.batch_outputs import BatchOutputs, Output
from functions.storage.storage import Storage
from functions.workspace import Lines, Rows
from tests.functions.conftest import MakeObjects


@dataclass
class Echo:
    """Answers each input with itself."""

    file: BatchOutputs
    webhook: Webhook | None = None
    given: list[tuple[str, str]] = field(default_factory=list)

    def outputs(self, batch_id: str) -> BatchOutputs:
        raise AssertionError(batch_id)

    def map(self, inputs: Iterable[tuple[str, str]], webhook: Webhook) -> BatchOutputs:
        self.webhook = webhook
        self.given += inputs
        self.file.add(
            Output(place, key, "digest", False, f'{{"key":{json.dumps(key)},"value":{value}}}')
            for place, (key, value) in enumerate(self.given)
        )
        return self.file


@pytest.fixture
def echo(tmp_path: Path) -> Echo:
    return Echo(BatchOutputs(tmp_path / "batch.sqlite"))


URL = "https://hooks.example.com/parse"


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ({"a": 1}, "row 2 has nothing in the field `id`"),
        ({"id": None}, "row 2 has nothing in the field `id`"),
        (5, "row 2 has nothing in the field `id`"),
        ({"id": True}, "row 2 has neither a text nor a number in the field `id`"),
        ({"id": ["a"]}, "row 2 has neither a text nor a number in the field `id`"),
    ],
)
def test_a_row_without_a_key_fails_the_step_and_is_named(
    row: object, what: str, objects: MakeObjects, echo: Echo, storage: Storage
):
    with pytest.raises(StepFailed, match=what) as caught:
        map_webhook.call(objects([{"id": "a"}, row]), URL, "id", batches=echo, storage=storage)
    assert caught.value.argument == "key"


def test_lines_have_no_field_for_a_key(lines: Callable[[list[str]], Lines], echo: Echo, storage: Storage):
    with pytest.raises(StepFailed, match="lines have no fields"):
        map_webhook.call(lines(["a"]), URL, "id", batches=echo, storage=storage)


def test_objects_go_as_they_are_under_the_text_or_number_of_a_field(objects: MakeObjects, echo: Echo, storage: Storage):
    rows = [{"id": 'é/"', "a": [1, None]}, {"id": 12}, {"id": -1.5}, {"id": 12345678901234567890123}]
    found = map_webhook.call(
        objects(rows), URL, "id", concurrency=3, rate_per_second=2.5, batches=echo, storage=storage
    )
    assert [key for key, _ in echo.given] == ['é/"', "12", "-1.5", "12345678901234567890123"]
    assert [json.loads(value) for _, value in echo.given] == rows
    assert echo.webhook == Webhook(URL, 3, 5, 30.0, 2.5)
    answers = [json.loads(row.value) for row in found.frame.collect()]
    assert answers == [{"key": key, "value": row} for (key, _), row in zip(echo.given, rows, strict=True)]


def test_lines_go_as_texts_and_are_numbered(lines: Callable[[list[str]], Lines], echo: Echo, storage: Storage):
    map_webhook.call(lines(["one", "", 'é "']), URL, batches=echo, storage=storage)
    assert [(key, json.loads(value)) for key, value in echo.given] == [("1", "one"), ("2", ""), ("3", 'é "')]


def test_no_rows_give_no_outputs(objects: MakeObjects, echo: Echo, storage: Storage):
    assert map_webhook.call(objects([]), URL, "id", batches=echo, storage=storage).frame.collect() == []


@pytest.mark.parametrize(
    ("kind", "value", "key"),
    [
        ("string", "'é/'", "é/"),
        ("bigint", "7", "7"),
        ("decimal(5,2)", "1.5", "1.50"),
        ("date", "'2026-01-31'", "2026-01-31"),
        ("boolean", "true", "true"),
    ],
)
def test_rows_go_as_objects_under_the_text_of_a_column(
    spark: SparkSession, echo: Echo, storage: Storage, kind: str, value: str, key: str
):
    rows = Rows(spark.sql(f"SELECT CAST({value} AS {kind}) AS `the id`, 'x' AS name"))
    map_webhook.call(rows, URL, "the id", batches=echo, storage=storage)
    ((found, sent),) = echo.given
    assert (found, json.loads(sent)["name"]) == (key, "x")


def test_a_column_that_is_not_there_is_known_before_any_row_is_read(
    spark: SparkSession, echo: Echo, storage: Storage, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(echo, "map", lambda *_: pytest.fail("rows were to be read"))
    rows = Rows(spark.sql("SELECT 1 AS id, array(1) AS list"))
    for column, told in (("idd", "there is no column `idd`"), ("list", "of the type array<int>, which is no key")):
        with pytest.raises(StepFailed, match=told) as caught:
            map_webhook.call(rows, URL, column, batches=echo, storage=storage)
        assert caught.value.argument == "key"
        assert caught.value.hint


def test_a_row_without_a_value_in_the_key_column_is_named(spark: SparkSession, echo: Echo, storage: Storage):
    rows = Rows(spark.sql("SELECT * FROM VALUES (1), (NULL) AS t(id)").coalesce(1))
    with pytest.raises(StepFailed, match="row 2 has nothing in the column `id`") as caught:
        map_webhook.call(rows, URL, "id", batches=echo, storage=storage)
    assert caught.value.argument == "key"
