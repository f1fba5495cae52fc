"""A task's memory does not grow with the file: each reader alone in a process, on a small file and a large one."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow
import pytest
from pyarrow import orc, parquet

MB = 1 << 20
#: What may differ between the two: pieces that happen to be held at the same time; `multiline` reads ahead 64 MiB, of
#: which the small file has but 15; the allocator keeps some more (92 to 94 MB were seen).
MOST = {"multiline": 110 * MB}
SCRIPT = """
import sys
from pathlib import Path
from pyspark.sql.datasource import InputPartition
from functions.storage.reading import csv, json_lines, orc, parquet, text
from functions.storage.reading.filesystem import LOCAL
from functions.storage.reading.shape import Shape
from functions.storage.reading.splits import File, Split

form, place, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
files, tasks = [File(place, size)], [[Split(place, 0, size, size)]]
if form == "text":
    reader = text.TextReader(LOCAL, tasks)
elif form in ("csv", "multiline"):
    how = csv.Form(header=False, multiline=form == "multiline")
    reader = csv.CsvReader(LOCAL, tasks, csv.layout_of(LOCAL, files, how, None, None), how)
elif form == "json":
    shape = Shape()
    shape.text(("id",))
    shape.objects(("items",))[1].value(("text",))
    reader = json_lines.JsonReader(LOCAL, tasks, shape)
elif form == "parquet":
    reader = parquet.ParquetReader(LOCAL, tasks, parquet.shape_of(LOCAL, files, None))
else:
    reader = orc.OrcReader(LOCAL, tasks, orc.shape_of(LOCAL, files, None))
rows = sum(batch.num_rows for batch in reader.read(InputPartition(tasks[0])))
# The most that this program held; what `resource` tells would count the process that started it too.
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(rows, int(status["VmHWM"].split()[0]) * 1024)
"""


def lines(count: int) -> bytes:
    return b"".join(b"%d,%s\n" % (number, b"some words " * 9) for number in range(count))


def objects(count: int) -> bytes:
    line = b'{"id": %d, "items": [{"text": "some words some words some words"}, {"text": 1.5}], "rest": [1, 2]}\n'
    # A line in a hundred is not JSON.
    return b"".join((b'{"id": %d\n' if number % 100 == 0 else line) % number for number in range(count))


def table(count: int) -> pyarrow.Table:
    return pyarrow.table({"id": range(count), "text": [f"{number} {'some words ' * 9}" for number in range(count)]})


WRITERS: dict[str, Callable[[Path, int], object]] = {
    "text": lambda file, count: file.write_bytes(lines(count)),
    "text.gz": lambda file, count: file.write_bytes(gzip.compress(lines(count), 1)),
    "csv": lambda file, count: file.write_bytes(lines(count)),
    "multiline": lambda file, count: file.write_bytes(lines(count)),
    "json": lambda file, count: file.write_bytes(objects(count)),
    "parquet": lambda file, count: parquet.write_table(
        table(count), file, row_group_size=50_000, compression="none", use_dictionary=False
    ),
    "orc": lambda file, count: orc.write_table(table(count), file, stripe_size=4 * MB),
}


def peak(form: str, file: Path, count: int) -> int:
    """Bytes that a process held at most while it read a file of so many rows."""
    WRITERS[form](file, count)
    arguments = [sys.executable, "-c", SCRIPT, form.removesuffix(".gz"), str(file), str(file.stat().st_size)]
    found = subprocess.run(arguments, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert found.returncode == 0, found.stderr
    rows, most = map(int, found.stdout.split())
    assert rows == count
    file.unlink()
    return most


@pytest.mark.parametrize("form", WRITERS)
def test_a_file_ten_times_larger_needs_no_more_memory(tmp_path: Path, form: str) -> None:
    file = tmp_path / f"file.{form}"
    small, large = peak(form, file, 140_000), peak(form, file, 1_400_000)
    assert large - small < MOST.get(form, 40 * MB), f"{small / MB:.0f} MB for 15 MB, {large / MB:.0f} MB for 150 MB"
