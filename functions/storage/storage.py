"""How a job's functions reach data: reading from allowed places, writing to the attempt's staging place."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.datasource import Filter
from pyspark.sql.types import DataType, StructField, StructType

from functions.errors import DestinationExists, StorageFailed
from functions.storage import partition_folders, s3a
from functions.storage.batch_outputs import BatchOutputs
from functions.storage.layout import Layout, Mode
from functions.storage.reading import csv, footers, listing, orc, parquet, text
from functions.storage.reading.columns import Shape, first_of, refuse_variant, shape
from functions.storage.reading.csv_plain import PlainCsv
from functions.storage.reading.cutting import Cutter, LineCutter, Records, RecordsReader, told_names
from functions.storage.reading.filesystem import LOCAL, Connection
from functions.storage.reading.filters import as_column
from functions.storage.reading.inventory import INVENTORY, InventoryReader
from functions.storage.reading.outputs import OutputsReader
from functions.storage.reading.sample import LargeInputs, SampleReader
from functions.storage.reading.source import SplitsReader, load
from functions.storage.reading.splits import File, Split, is_plain, plan
from functions.storage.roots import Roots, is_s3
from functions.storage.s3 import S3
from functions.storage.s3_output import Uploads
from functions.storage.staging import Staging

#: Runs a plan and stages what comes of it.
Work = Callable[[], None]

# Hadoop takes no colon in a name, gives no lines at all for a damaged bz2 file, unpacks zstd with a library that it
# does not bring, and knows forms of packing by their endings that are not unpacked elsewhere.
_NOT_FOR_SPARK = re.compile(r":|\.(bz2|zst|zstd|deflate|snappy|lz4)\Z")
#: By the name that Spark has for a form: what tells the shape of its files, and what reads them.
_COLUMNAR = {"parquet": (parquet, parquet.ParquetReader), "orc": (orc, orc.OrcReader)}


class Storage:
    """The storage of one attempt of one job."""

    def __init__(
        self,
        session: SparkSession,
        roots: Roots,
        staging: Staging,
        s3: S3,
        uploads: Uploads,
        *,
        act: Callable[[Work], None] = lambda work: work(),
        large_inputs: LargeInputs | None = None,
    ) -> None:
        """The storage.

        Args:
            session: The job's own.
            roots: Which paths may be used on this machine.
            staging: Takes output.
            s3: Reads what lies there.
            uploads: Puts output there.
            act: Is given the work of each write once all about it was checked; it may do it later, in this order.
            large_inputs: Says what becomes of inputs that are large; None: nothing else.
        """
        self._session = session
        self._roots = roots
        self._staging = staging
        self._s3 = s3
        self._uploads = uploads
        self._act = act
        self._large_inputs = large_inputs
        self._inputs: list[Path] = []
        #: Bytes of the files that reads so far found.
        self.listed_bytes = 0

    def read_text(self, path: str) -> DataFrame:
        """The lines at a path, as one string column `value`; see `text_input`."""
        return self.text_input(path).frame

    def text_input(self, path: str) -> text.TextInput:
        """The lines of a file, a folder or a glob (packed ones are unpacked).

        Raises:
            PathNotAllowed: When the path leaves the allowed folders.
            InputMissing: When there is no such file.
            InputUnreadable: When a name cannot be read.
            StorageFailed: When S3 refuses or does not answer.
        """
        connection, files = self._listed(path)
        tasks = self._planned(files)
        if self._is_for_spark(connection, files):
            frame = self._session.read.text(_spark_paths(connection, files))
        else:
            frame = self._load(files, text.SCHEMA, text.TextReader(connection, tasks))
        by_frame_alone = self._is_sampled(files) or (self._s3.by_spark and connection != LOCAL)
        return text.TextInput(self._session, connection, tasks, frame, by_frame_alone)

    def read_outputs(self, outputs: BatchOutputs) -> DataFrame:
        """The outputs of a batch that has ended, as one string column `value`: a line of JSON each.

        Raises:
            StorageFailed: When they cannot be read.
        """
        try:
            size = outputs.path.stat().st_size if outputs.path.exists() else 0
            ranges = outputs.ranges(len(self._planned([File(str(outputs.path), size)])) or 1)
        except (OSError, sqlite3.Error) as error:
            raise StorageFailed(f"the outputs of the batch cannot be read: {error}", hint="try again later") from error
        return load(self._session, text.SCHEMA, OutputsReader(outputs, ranges))

    def read_records(self, path: str, cutter: Cutter | None = None) -> Records:
        """The records of text files; a folder means all files below it, where folders `key=value` tell columns.

        Args:
            path: A file, a folder or a glob.
            cutter: Cuts files into records; None: lines, without empty ones.

        Raises:
            StepFailed: As `text_input`, and when the files' folders tell different columns.
        """
        connection, files = self._listed(path, nested=True)
        told = shape([], files, None, path)
        names = told_names(told.schema.names)

        def by_spark(_: Cutter, __: PlainCsv | None) -> DataFrame:
            return self._session.read.text(_spark_paths(connection, files)).where("value != ''")

        def cut(by: Cutter, plain: PlainCsv | None) -> DataFrame:
            read = plain.schema.fields if plain is not None else []
            beside = [StructField(name, field.dataType) for name, field in zip(names, told.schema.fields, strict=True)]
            schema = StructType([*text.SCHEMA.fields, *read, *beside])
            reader = RecordsReader(connection, self._planned(files, by.is_splittable), told, by, plain)
            return self._load(files, schema, reader)

        make = by_spark if cutter is None and self._is_for_spark(connection, files) else cut
        return Records(names, connection, files, cutter or LineCutter(), make)

    def inventory(self, path: str, digest: str | None = None) -> DataFrame:
        """The files at a path, a row each; a folder means all files below it.

        Args:
            path: A file, a folder or a glob.
            digest: The hash function (`sha256`, `md5`) by which the content is told, which reads it; None: not told.

        Raises:
            StepFailed: As `text_input`.
        """
        connection, files = self._listed(path, nested=True)
        return load(self._session, INVENTORY, InventoryReader(connection, files, digest))

    def read_csv(
        self, path: str, form: csv.Form, *, columns: Sequence[str] | None = None, schema: StructType | None = None
    ) -> DataFrame:
        """The rows of CSV files; a folder means all files below it, where folders `key=value` tell columns.

        Args:
            path: A file, a folder or a glob.
            form: How values stand in the files.
            columns: The columns to keep, in their order; None keeps all.
            schema: The files' columns and their types; None takes both from the beginning of the first file.

        Raises:
            StepFailed: When the files cannot be read, or have no such columns; of its kinds the one that fits.
        """
        connection, files = self._listed(path, nested=True)
        layout = csv.layout_of(connection, files, form, columns, schema)
        tasks = self._planned(files, form.is_splittable)
        return self._load(files, layout.shape.schema, csv.CsvReader(connection, tasks, layout, form))

    def read_parquet(
        self,
        path: str,
        *,
        columns: Sequence[str] | None = None,
        where: Sequence[Filter] = (),
        schema: Mapping[str, DataType] | None = None,
    ) -> DataFrame:
        """The rows of Parquet files; a folder means all files below it, where folders `key=value` tell columns.

        Args:
            path: A file, a folder or a glob.
            columns: The columns to keep, in their order; None keeps all.
            where: Conditions on those columns, all of which each row meets; files and row groups without such rows
                are not read.
            schema: The columns to choose from, beside what folders tell, and the types to read them as where those of
                the files widen to them; others keep their own.

        Raises:
            StepFailed: When the files cannot be read, or have no such columns; of its kinds the one that fits.
        """
        return self._read_columns(path, "parquet", columns, where, schema)

    def read_orc(
        self,
        path: str,
        *,
        columns: Sequence[str] | None = None,
        where: Sequence[Filter] = (),
        schema: Mapping[str, DataType] | None = None,
    ) -> DataFrame:
        """The rows of ORC files, as `read_parquet` reads those of Parquet."""
        return self._read_columns(path, "orc", columns, where, schema)

    def _read_columns(
        self,
        path: str,
        form: str,
        columns: Sequence[str] | None,
        where: Sequence[Filter],
        schema: Mapping[str, DataType] | None,
    ) -> DataFrame:
        of_form, reader_of = _COLUMNAR[form]
        connection, files = self._listed(path, nested=True)
        shape = of_form.shape_of(connection, files, columns, schema)
        if self._is_for_spark(connection, files) and self._suits_spark(form, connection, files, shape):
            found = self._by_spark(form, connection, files, shape.schema)
        else:
            refuse_variant(shape, files[0].place)
            reader = reader_of(connection, self._planned(files, _always), shape, where)
            found = self._load(files, shape.schema, reader)
        return _where(found, where)

    def write_text(self, rows: DataFrame, path: str, *, files: int = 1, overwrite: bool = False) -> None:
        """Stages text files `part-00000` … in a folder that will be published at `path`.

        Args:
            rows: One string column; each row becomes a line.
            path: The destination folder.
            files: How many files.
            overwrite: Whether an existing destination is replaced; else it fails the step.

        Raises:
            DestinationExists: When there is something at `path` and `overwrite` is false.
        """
        folder = self._output(path, overwrite, "_SUCCESS")
        self._plan(path, folder, lambda: self._staging.write_parts(rows, folder, files))

    def write_csv(
        self,
        tables: Mapping[str, Callable[[], DataFrame]],
        path: str,
        *,
        extension: str,
        overwrite: bool = False,
        fixed: bool = False,
    ) -> None:
        """Stages each table as `<table>.<extension>`, `|`-separated CSV (RFC 4180 quoting, null empty), in a folder.

        The folder also gets a file `_DONE`. On disk it appears with the tables, as the folder is renamed into
        place; on S3 it is put last, after every table is complete, and lists them.

        Args:
            tables: Make frames of string columns, by table name; called when they are written.
            path: The destination: a local folder, or `s3://bucket/key/path`.
            extension: Ending of the files, without the dot.
            overwrite: Whether an existing destination is replaced; else it fails the step.
            fixed: On S3, whether the files have just these names; else each has the attempt in its name, too.

        Raises:
            DestinationExists: When there is something at `path` and `overwrite` is false.
        """
        names = {name: f"{name}.{extension}" for name in tables}
        folder = self._output(path, overwrite, "_DONE", tuple(names.values()) if fixed else ())

        def work() -> None:
            for name, rows in tables.items():
                self._staging.write_csv(rows(), folder / names[name])
            if not is_s3(path):
                (folder / "_DONE").touch()

        self._plan(path, folder, work, settles=not fixed)

    def write_files(self, frame: DataFrame, path: str, layout: Layout, *, mode: Mode = "error") -> None:
        """Stages a frame as files `part-00000.<ending>` … in a folder that will be published at `path`.

        Each partition of the frame gives a file, in every folder of the layout's partitions that it has rows for.

        Raises:
            DestinationExists: When there is something at `path` and `mode` does not allow it.
        """
        folder = self._output(path, mode == "overwrite", "_SUCCESS", appends=mode == "append")
        frame = partition_folders.readable(frame, layout.partition_by, self._staging.step)
        self._plan(path, folder, lambda: self._staging.write_files(frame, folder, layout))

    def _listed(self, path: str, *, nested: bool = False) -> tuple[Connection, list[File]]:
        """Where tasks find what lies at a path, and its files."""
        if is_s3(path):
            connection, files = self._s3.connection(), self._s3.expand(path, nested=nested)
        else:
            connection, files = LOCAL, listing.on_disk(self._roots, path, nested=nested)
            self._inputs += [Path(file.place) for file in files]
        size = sum(file.size for file in files)
        self.listed_bytes += size
        if self._large_inputs is not None and size > self._large_inputs.most_bytes:
            self._large_inputs.meet(path)
        return connection, files

    def _is_sampled(self, files: list[File]) -> bool:
        """Whether a frame is to hold the beginning of some files alone."""
        large = self._large_inputs
        return large is not None and large.reads_beginning and sum(file.size for file in files) > large.most_bytes

    def _load(self, files: list[File], schema: StructType, reader: SplitsReader) -> DataFrame:
        if self._large_inputs is not None and self._is_sampled(files):
            return load(self._session, schema, SampleReader(reader, self._large_inputs.most_bytes))
        return load(self._session, schema, reader)

    def _is_for_spark(self, connection: Connection, files: list[File]) -> bool:
        """Whether Spark's own reader takes some files of text, Parquet or ORC.

        From the local disk it is faster, as its rows need not cross from Python to the JVM: see docs/design-notes.md.
        """
        if self._is_sampled(files) or any(file.partition or _NOT_FOR_SPARK.search(file.place) for file in files):
            return False
        return connection == LOCAL or self._s3.by_spark

    def _suits_spark(self, form: str, connection: Connection, files: list[File], shape: Shape) -> bool:
        """Whether Spark's own reader takes the types of some columnar files; of those on the disk all are checked.

        It refuses times of nanoseconds in Parquet, as pandas writes them, and reads them in ORC.

        Raises:
            InputUnreadable: When files on the disk are damaged, or make no one table.
        """
        look = footers.Look(partial(_COLUMNAR[form][0].fields_of, connection), shape)
        is_parquet = form == "parquet"
        if is_parquet:
            look(first_of(files))
        if connection == LOCAL:
            footers.check(files, look, shape, is_lenient=is_parquet, go_on=self._staging.check)
        if not (is_parquet and look.has_nanoseconds):
            return True
        if connection == LOCAL:  # our reader makes a date of a time, and says nothing
            footers.check(files, look, shape, is_lenient=False, go_on=self._staging.check)
        return False

    def _by_spark(self, form: str, connection: Connection, files: list[File], schema: StructType) -> DataFrame:
        return self._session.read.format(form).schema(schema).load(_spark_paths(connection, files))

    def _planned(self, files: list[File], splittable: Callable[[str], bool] = is_plain) -> list[list[Split]]:
        return plan(files, parallelism=self._session.sparkContext.defaultParallelism, splittable=splittable)

    def _output(
        self, path: str, overwrite: bool, marker: str, fixed: tuple[str, ...] = (), *, appends: bool = False
    ) -> Path:
        if is_s3(path):
            standing = self._uploads.begin(path, marker, overwrite=overwrite, appends=appends, fixed=fixed)
        else:
            standing = None
            if overwrite:
                self._refuse_inputs(path)
        return self._staging.output(
            path, overwrite=overwrite, appends=appends, marker=marker, fixed=bool(fixed), standing=standing
        )

    def _plan(self, path: str, folder: Path, write: Work, *, settles: bool = True) -> None:
        """Hands on the work of a write.

        Output for S3 that settles is sent there while the attempt runs: after the decision only the marker is left.
        """

        def work() -> None:
            self._staging.begin(folder)
            write()
            if settles and is_s3(path):
                self._staging.settle(folder, self._uploads.send)

        self._act(work)

    def _refuse_inputs(self, path: str) -> None:
        target = self._roots.check_write(path)
        if any(target == file or target in file.parents for file in self._inputs):
            raise DestinationExists(
                f"`{path}` holds input of this job, which would be lost", hint="write to a folder of its own"
            )


def _spark_paths(connection: Connection, files: list[File]) -> list[str]:
    places = [file.place for file in files]
    return ["file://" + s3a.escaped(place) for place in places] if connection == LOCAL else s3a.paths(places)


def _where(frame: DataFrame, where: Sequence[Filter]) -> DataFrame:
    for condition in where:
        frame = frame.where(as_column(condition))
    return frame


def _always(place: str) -> bool:
    return True
