"""Bringing an attempt's staged output into place, after its decision to commit; safe to repeat after any crash."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from functions.errors import DestinationExists, StepFailed, StorageFailed
from functions.storage import durable
from functions.storage.manifest import Manifest, Output, matches
from functions.storage.roots import is_s3
from functions.storage.staging import ELSEWHERE, MANIFEST

#: Uploads one output to S3; raises DestinationExists or StorageFailed.
Uploader = Callable[[Output], None]


def read_manifest(own_folder: Path) -> Manifest | None:
    """The sealed manifest in an attempt's own folder, or None."""
    file = own_folder / MANIFEST
    return Manifest.from_bytes(file.read_bytes()) if file.is_file() else None


def publish(manifest: Manifest, own_folder: Path, upload: Uploader) -> None:
    """Brings every output into place, or none; what is undone easily goes first.

    An output that is in place already (this job's own, complete) is adopted.

    Raises:
        DestinationExists: When something else took a destination meanwhile; what was renamed is taken back.
        StorageFailed: When the staged output is gone, or S3 refuses.
        StepFailed: When S3 has no such bucket.
        OSError: When the disk is full or refuses.
    """
    if not manifest.outputs:
        return
    renamed: list[Output] = []
    with _alone(own_folder):
        published = own_folder / "published"
        if published.exists():
            return  # by another runner while this one waited; its readers may have moved the output on since
        try:
            for output in sorted(manifest.outputs, key=lambda output: is_s3(output.destination)):
                if is_s3(output.destination):
                    upload(output)
                else:
                    _rename(output)
                    renamed.append(output)
        except (StepFailed, OSError):
            for output in reversed(renamed):
                _take_back(output)
            raise
        published.touch()


def sweep(job_folder: Path, *, keep: str | None = None) -> None:
    """Removes what a job that has ended staged, and the folders of its attempts that do not count.

    Args:
        job_folder: The job's folder in the state folder.
        keep: The attempt whose result and rejects stay.
    """
    if not job_folder.is_dir():
        return
    for attempt in job_folder.iterdir():
        discard(attempt, keep_folder=attempt.name == keep)
    if not any(job_folder.iterdir()):
        job_folder.rmdir()


def discard(own_folder: Path, *, keep_folder: bool = False) -> None:
    """Removes what one attempt staged; and its own folder, unless that holds what is to be kept."""
    note = own_folder / ELSEWHERE
    if note.is_file():
        # What a power cut left of a path without its end may name any folder above it.
        for staged in map(Path, map(os.fsdecode, note.read_bytes().split(b"\0")[:-1])):
            shutil.rmtree(staged, ignore_errors=True)
            with suppress(OSError):  # other attempts may have theirs there
                staged.parent.rmdir()
        note.unlink(missing_ok=True)
    shutil.rmtree(own_folder / "upload", ignore_errors=True)
    if not keep_folder:
        shutil.rmtree(own_folder, ignore_errors=True)


@contextmanager
def _alone(own_folder: Path) -> Iterator[None]:
    """One publisher of an attempt at a time: a runner thought dead may still be at it when another takes over."""
    with (own_folder / "publishing").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _rename(output: Output) -> None:
    staged, destination = Path(output.staged), Path(output.destination)
    if destination.exists() and matches(destination, output):
        return
    if not staged.is_dir():
        raise StorageFailed(
            f"the staged output for `{destination}` is gone", hint="something removed it; submit the job again"
        )
    destination.parent.mkdir(parents=True, exist_ok=True)
    try:
        if output.overwrite and destination.exists():
            durable.exchange(staged, destination)
        else:
            durable.rename_new(staged, destination)
    except FileExistsError:
        raise DestinationExists(
            f"`{destination}` was made by something else while the job ran",
            hint="choose another destination, or remove it, and submit again",
        ) from None


def _take_back(output: Output) -> None:
    staged, destination = Path(output.staged), Path(output.destination)
    if staged.exists():
        durable.exchange(staged, destination)
    else:
        durable.rename_new(destination, staged)
