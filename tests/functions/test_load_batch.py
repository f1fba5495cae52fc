from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame

from functions.batches import Webhook
from functions.errors import InputMissing, InputUnreadable, StepFailed, StorageFailed
from functions.frames.jsonify import jsonify
from functions.records.rejects import Rejects
from functions.results.take import take
from functions.sources.load_batch import load_batch
from functions.storage.batch_outputs import BatchOutputs, FileChanged, FileGone, Output
from functions.storage.reading.faults import heard
from functions.storage.storage import Storage


@dataclass
class Ended:
    """Batches that have all ended; here there is just one."""

    file: BatchOutputs

    def outputs(self, batch_id: str) -> BatchOutputs:
        assert batch_id == self.file.path.stem
        return self.file

    def map(self, inputs: Iterable[tuple[str, str]], webhook: Webhook) -> BatchOutputs:
        raise AssertionError(inputs, webhook)


@pytest.fixture
def file(tmp_path: Path) -> BatchOutputs:
    return BatchOutputs(tmp_path / "some-batch.sqlite")


@pytest.fixture
def load(file: BatchOutputs, storage: Storage) -> Callable[[], DataFrame]:
    return lambda: load_batch.call("some-batch", batches=Ended(file), storage=storage).frame


def output(number: int, key: str, value: object) -> Output:
    return Output(number, key, "digest", False, json.dumps({"key": key, "value": value}, ensure_ascii=False))


def failure(number: int, key: str) -> Output:
    text = json.dumps({"key": key, "error": {"statusCode": 500, "message": "no", "body": ""}})
    return Output(number, key, "digest", True, text, '"input"')


def values(frame: DataFrame) -> list[str]:
    return [row.value for row in frame.collect()]


def reason(frame: DataFrame) -> StepFailed:
    with pytest.raises(PySparkException) as caught:
        frame.collect()
    found = heard(str(caught.value))
    assert found is not None, caught.value
    return found


def test_a_batch_that_was_removed_fails_the_job_and_is_named(file: BatchOutputs, load: Callable[[], DataFrame]):
    file.add([output(1, "a", 1)])
    frame = load()
    file.delete()
    why = reason(frame)
    assert isinstance(why, InputMissing)
    assert "`batch some-batch` vanished" in why.detail


def test_failures_that_are_called_once_more_meanwhile_are_not_lost_in_silence(
    file: BatchOutputs, load: Callable[[], DataFrame]
):
    file.add([output(1, "a", 1), failure(2, "b")])
    frame = load()
    file.remove([failure(2, "b")])
    file.add([output(3, "b", 1)])
    why = reason(frame)
    assert isinstance(why, InputUnreadable)
    assert "changed while the job read it" in why.detail


def test_a_file_that_is_damaged_is_told(file: BatchOutputs, load: Callable[[], DataFrame]):
    file.path.write_bytes(b"no database at all, but as long as the head of one would be" * 100)
    with pytest.raises(StorageFailed, match="cannot be read"):
        load()


def test_a_batch_without_outputs_has_no_rows(file: BatchOutputs, load: Callable[[], DataFrame]):
    assert values(load()) == []
    file.add([])
    assert values(load()) == []


def test_outputs_and_failures_of_any_text_are_lines_of_json_in_the_order_in_which_they_came(
    file: BatchOutputs, load: Callable[[], DataFrame]
):
    texts = ['é 日本 😀 \u2028 \x00 \\ "', "", "a/b?c#d"]
    given = [output(9, texts[0], {"deep": [texts]}), failure(3, texts[1]), output(4, texts[2], None)]
    file.add(given)
    expected = [given[1].output, given[2].output, given[0].output]
    assert values(load()) == expected


def test_many_outputs_are_read_by_several_tasks_each_once(file: BatchOutputs, load: Callable[[], DataFrame]):
    file.add([output(number * 7, f"k{number}", "x" * 3000) for number in range(3000)])
    frame = load()
    assert frame.rdd.getNumPartitions() > 1
    assert [json.loads(text)["key"] for text in values(frame)] == [f"k{number}" for number in range(3000)]


def test_one_output_may_be_larger_than_a_block(file: BatchOutputs, load: Callable[[], DataFrame]):
    file.add([output(number, f"k{number}", "é" * (3 << 20)) for number in (1, 2)])
    assert [len(text) > 3 << 20 for text in values(load())] == [True, True]


def test_jsonify_makes_objects_of_them(file: BatchOutputs, storage: Storage, rejects: Rejects):
    file.add([output(1, "a", {"b": 12345678901234567890}), failure(2, "b")])
    lines = load_batch.call("some-batch", batches=Ended(file), storage=storage)
    rows = take.call(jsonify.call(lines, rejects=rejects), 9).rows.collect()
    assert [json.loads(row.row) for row in rows] == [
        {"key": "a", "value": {"b": 12345678901234567890}},
        {"key": "b", "error": {"statusCode": 500, "message": "no", "body": ""}},
    ]


@pytest.mark.parametrize("count", [1, 2, 3, 7, 100])
def test_ranges_hold_each_output_once(file: BatchOutputs, count: int):
    numbers = [5, 6, 7, 20, 21, 1000]
    file.add([failure(number, f"k{number}") if number % 2 else output(number, f"k{number}", 0) for number in numbers])
    ranges = file.ranges(count)
    assert len(ranges) == count
    assert sum(one.failed for one in ranges) == 3
    assert [json.loads(text)["key"] for one in ranges for text in file.read(one)] == [f"k{n}" for n in numbers]


def test_a_range_that_changed_or_is_gone_is_not_read(file: BatchOutputs):
    file.add([failure(1, "a"), failure(2, "b")])
    first, second = file.ranges(2)
    file.remove([failure(2, "b")])
    assert len(list(file.read(first))) == 1
    with pytest.raises(FileChanged):
        next(file.read(second))
    file.delete()
    with pytest.raises(FileGone):
        next(file.read(first))


def test_what_is_read_is_of_one_moment(file: BatchOutputs):
    file.add([failure(1, "a"), failure(2, "b")])
    (whole,) = file.ranges(1)
    rows: Iterator[str] = file.read(whole)
    assert json.loads(next(rows))["key"] == "a"
    with closing(sqlite3.connect(file.path)) as other, other:
        other.execute("DELETE FROM outputs")
    assert json.loads(next(rows))["key"] == "b"
