"""Where an attempt writes before anything counts.

Local output is staged beside its destination, on the same filesystem, so that publishing is a rename:
`<destination's parent>/.speedy-<job id>/<attempt>/<n>`. Output for S3 is staged in the attempt's own folder, and goes
from there to S3 while the attempt still runs, unless it must have names that others look at.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql.types import StructType

from functions.errors import DestinationExists
from functions.storage import durable, partition_folders, parts
from functions.storage.csv_lines import csv_lines
from functions.storage.layout import Layout
from functions.storage.manifest import File, Manifest, Output, Standing, describe, files_in
from functions.storage.roots import Roots, is_s3
from functions.storage.s3_access import split

#: In the attempt's own folder: the staging folders elsewhere, so that they can be swept when all else is lost.
#: Each path ends with NUL, the one character that no path holds: what stands there is removed.
ELSEWHERE = "staged-elsewhere"
MANIFEST = "manifest.json"
_SEALED_AT_ONCE = 4


class Staging:
    """The staged output of one attempt of one job."""

    def __init__(self, roots: Roots, job_id: str, attempt: str, own_folder: Path, check: Callable[[], None]) -> None:
        """Starts empty.

        Args:
            roots: Where jobs may write.
            job_id: The job.
            attempt: `<fence>-<nonce>`.
            own_folder: The attempt's own folder in the state folder; exists.
            check: Called often during long work; raises when the job is to stop.
        """
        self._roots = roots
        self._job_id = job_id
        self._attempt = attempt
        self._own_folder = own_folder
        #: Raises when the job is to stop.
        self.check = check
        self._outputs: list[Output] = []
        #: Place of the current step, set by the executor.
        self.step = 0

    def output(
        self,
        path: str,
        *,
        overwrite: bool,
        appends: bool = False,
        marker: str | None = None,
        fixed: bool = False,
        standing: Standing | None = None,
    ) -> Path:
        """A staged folder for a destination, which `begin` makes; the last three are for S3, see `Output`.

        Raises:
            PathNotAllowed: When the destination lies outside the roots.
            DestinationExists: When it exists and is not to be overwritten, or the job writes to it twice.
        """
        if is_s3(path):
            bucket, key = split(path)
            destination, staged = f"s3://{bucket}/{key}", self._own_folder / "upload" / str(len(self._outputs))
        else:
            target = self._roots.check_write(path)
            if not overwrite and not (appends and target.is_dir()):
                refuse_existing(target, path)
            destination, marker = str(target), None
            staged = self._beside(target) / str(len(self._outputs))
        for other in self._outputs:
            if _overlap(Path(other.destination), Path(destination)):
                raise DestinationExists(
                    f"step {other.step} of this job writes to `{other.destination}` already",
                    hint="give each sink a destination of its own",
                )
        output = Output(destination, str(staged), overwrite, marker, (), self.step, fixed, standing or Standing())
        output = replace(output, appends=appends)
        self._outputs.append(output)
        return staged

    def begin(self, folder: Path) -> None:
        """Makes a staged folder; what earlier attempts left beside it goes."""
        if self._own_folder not in folder.parents:
            mine = folder.parent
            if mine.parent.is_dir():
                for other in mine.parent.iterdir():
                    if _fence(other.name) < _fence(self._attempt):
                        shutil.rmtree(other, ignore_errors=True)
            with (self._own_folder / ELSEWHERE).open("ab") as note:
                note.write(os.fsencode(mine) + b"\0")
        folder.mkdir(parents=True)

    @property
    def outputs(self) -> tuple[Output, ...]:
        """What was staged so far."""
        return tuple(self._outputs)

    def settle(self, folder: Path, send: Callable[[Output], Output]) -> None:
        """Lists the files of an output at once, and hands it to what takes it elsewhere."""
        place = next(place for place, output in enumerate(self._outputs) if output.staged == str(folder))
        self._outputs[place] = replace(self._outputs[place], files=self._files(folder))
        self._outputs[place] = send(self._outputs[place])

    def write_parts(self, rows: DataFrame, folder: Path, files: int) -> None:
        """Writes a frame of one string column as `files` text files, `part-00000` …, in the frame's order."""
        raw = folder / ".raw"
        rows.write.text(f"file://{raw}")
        whole = folder / ".whole"
        self._join(raw, whole)
        parts.divide(whole, [folder / f"part-{place:05d}" for place in range(files)], self.check)

    def write_csv(self, frame: DataFrame, file: Path) -> None:
        """Writes a frame of string columns as one `|`-separated file: RFC 4180 quoting, null empty, no header."""
        raw = file.with_name(f".raw-{file.name}")
        csv_lines(frame).write.text(f"file://{raw}")
        self._join(raw, file)

    def write_files(self, frame: DataFrame, folder: Path, layout: Layout) -> None:
        """Writes a frame as files `part-00000.<ending>` …, in a folder for each value of the layout's partitions.

        Files that are added to others have the attempt in their names, too.

        Args:
            frame: The rows.
            folder: A staged folder.
            layout: How they stand in files.
        """
        raw = folder / ".raw"
        writer = frame.write.format(layout.form).options(**layout.options)
        writer.partitionBy(*layout.partition_by).save(f"file://{raw}")
        is_added = next(output.appends for output in self._outputs if output.staged == str(folder))
        own = f"-{self._job_id}-{_fence(self._attempt)}" if is_added else ""
        if layout.partition_by and not is_added and not any(raw.rglob("part-*")):
            self._write_columns(frame, raw, layout)
        for home in sorted({raw, *(part.parent for part in raw.rglob("part-*"))}):
            target = folder / home.relative_to(raw)
            target.mkdir(parents=True, exist_ok=True)
            for place, part in enumerate(parts.spark_parts(home)):
                self.check()
                part.rename(target / f"part-{place:05d}{own}.{layout.ending}")
        shutil.rmtree(raw)

    def _write_columns(self, frame: DataFrame, raw: Path, layout: Layout) -> None:
        """A file without rows, that tells the columns where no value names a folder."""
        kept = [field for field in frame.schema.fields if field.name not in layout.partition_by]
        rows = frame.sparkSession.createDataFrame([], StructType(kept))
        home = raw / partition_folders.empty(layout.partition_by)
        rows.write.format(layout.form).options(**layout.options).save(f"file://{home}")

    def seal(self) -> Manifest:
        """Syncs everything staged and lists it; nothing may be written afterwards."""
        outputs = []
        for output in self._outputs:
            folder = Path(output.staged)
            if not folder.is_dir():  # sent elsewhere already
                outputs.append(output)
                continue
            outputs.append(replace(output, files=self._files(folder, durable.sync)))
            for inner in (*(item for item in folder.rglob("*") if item.is_dir()), folder):
                durable.sync(inner)
            durable.sync(folder.parent)
        manifest = Manifest(self._job_id, self._attempt, tuple(outputs))
        if outputs:
            durable.write(self._own_folder / MANIFEST, manifest.to_bytes())
        return manifest

    def _files(self, folder: Path, before: Callable[[Path], None] = lambda _: None) -> tuple[File, ...]:
        def described(file: Path) -> File:
            before(file)
            return describe(file, folder)

        files = []
        # Neither checksums nor syncs hold the interpreter: several at a time take the time of the longest.
        with ThreadPoolExecutor(_SEALED_AT_ONCE) as pool:
            for file in pool.map(described, files_in(folder)):
                self.check()
                files.append(file)
        return tuple(files)

    def _beside(self, target: Path) -> Path:
        """This attempt's staging folder beside a destination."""
        return target.parent / f".speedy-{self._job_id}" / self._attempt

    def _join(self, raw: Path, target: Path) -> None:
        parts.join(parts.spark_parts(raw), target, self.check)
        target.touch()
        shutil.rmtree(raw)


def refuse_existing(target: Path, shown: str) -> None:
    """Makes sure that nothing stands at a destination.

    Raises:
        DestinationExists: When something does.
    """
    if target.exists() or target.is_symlink():
        raise DestinationExists(
            f"`{shown}` exists already", hint="choose another destination, remove it, or say overwrite"
        )


def _overlap(one: Path, other: Path) -> bool:
    return one == other or one in other.parents or other in one.parents


def _fence(attempt: str) -> int:
    number = attempt.split("-", 1)[0]
    return int(number) if number.isdigit() else 0
