"""How a job's functions reach data: reading from allowed places, writing to the attempt's staging place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

from functions.errors import DestinationExists, InputUnreadable
from functions.storage.roots import Roots, is_s3
from functions.storage.s3 import S3
from functions.storage.s3_output import Uploads
from functions.storage.staging import Staging

# Characters that Hadoop's globs give a meaning; a backslash takes it away.
_GLOB_CHARACTERS = re.compile(r"([\[\]{}*?\\])")


class Storage:
    """The storage of one attempt of one job."""

    def __init__(self, session: SparkSession, roots: Roots, staging: Staging, s3: S3, uploads: Uploads) -> None:
        self._session = session
        self._roots = roots
        self._staging = staging
        self._s3 = s3
        self._uploads = uploads
        self._inputs: list[Path] = []

    def read_text(self, path: str) -> DataFrame:
        """The lines of a file, a folder or a glob (`.gz` and `.bz2` are unpacked), as one string column `value`.

        Raises:
            PathNotAllowed: When the path leaves the allowed folders.
            InputMissing: When there is no such file.
            InputUnreadable: When a name cannot be handed to Spark.
        """
        if is_s3(path):
            return self._s3.read_text(self._session, path)
        files = self._roots.expand(path)
        self._inputs += files
        for file in files:
            if ":" in str(file):
                raise InputUnreadable(
                    f"`{file.name}` has a colon in its path, which Spark cannot read",
                    argument="filepath",
                    hint="rename the file",
                )
        return self._session.read.text([_spark_path(file) for file in files])

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
        self._staging.write_parts(rows, folder, files)
        self._settle(path, folder)

    def write_csv(
        self,
        tables: Mapping[str, DataFrame],
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
            tables: Frames of string columns, by table name.
            path: The destination: a local folder, or `s3://bucket/key/path`.
            extension: Ending of the files, without the dot.
            overwrite: Whether an existing destination is replaced; else it fails the step.
            fixed: On S3, whether the files have just these names; else each has the attempt in its name, too.

        Raises:
            DestinationExists: When there is something at `path` and `overwrite` is false.
        """
        names = {name: f"{name}.{extension}" for name in tables}
        folder = self._output(path, overwrite, "_DONE", tuple(names.values()) if fixed else ())
        for name, frame in tables.items():
            self._staging.write_csv(frame, folder / names[name])
        if not is_s3(path):
            (folder / "_DONE").touch()
        elif not fixed:
            self._settle(path, folder)

    def _output(self, path: str, overwrite: bool, marker: str, fixed: tuple[str, ...] = ()) -> Path:
        if is_s3(path):
            standing = self._uploads.begin(path, marker, overwrite=overwrite, fixed=fixed)
            return self._staging.output(path, overwrite=overwrite, marker=marker, fixed=bool(fixed), standing=standing)
        if overwrite:
            self._refuse_inputs(path)
        return self._staging.output(path, overwrite=overwrite, marker=marker)

    def _settle(self, path: str, folder: Path) -> None:
        """Sends output for S3 there while the attempt runs: after the decision only the marker is left to put."""
        if is_s3(path):
            self._staging.settle(folder, self._uploads.send)

    def _refuse_inputs(self, path: str) -> None:
        target = self._roots.check_write(path)
        if any(target == file or target in file.parents for file in self._inputs):
            raise DestinationExists(
                f"`{path}` holds input of this job, which would be lost", hint="write to a folder of its own"
            )


def _spark_path(file: Path) -> str:
    return "file://" + _GLOB_CHARACTERS.sub(r"\\\1", str(file))
