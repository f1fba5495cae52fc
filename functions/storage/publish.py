"""Bringing an attempt's staged output into place, after its decision to commit; safe to repeat after any crash."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from functions.errors import DestinationExists, StepFailed, StorageFailed
from functions.storage import durable
from functions.storage.appending import append, take_out
from functions.storage.manifest import Manifest, Output, matches
from functions.storage.roots import is_s3
from functions.storage.staging import ELSEWHERE, MANIFEST


class Remote(Protocol):
    """What brings output into place where nothing can be renamed; each may raise StepFailed."""

    def put(self, output: Output) -> None:
        """Makes an output count; safe to repeat."""

    def take_back(self, output: Output) -> None:
        """Undoes `put`, however far it came."""

    def remove_replaced(self, output: Output) -> None:
        """Removes what the output replaced."""


def read_manifest(own_folder: Path) -> Manifest | None:
    """The sealed manifest in an attempt's own folder, or None."""
    file = own_folder / MANIFEST
    return Manifest.from_bytes(file.read_bytes()) if file.is_file() else None


def publish(manifest: Manifest, own_folder: Path, remote: Remote) -> list[str]:
    """Brings every output into place, or none; what is undone easily goes first.

    An output that is in place already (this job's own, complete) is adopted.

    Returns:
        What could not be tidied up afterwards, a sentence each; the output is whole all the same.

    Raises:
        DestinationExists: When something else took a destination meanwhile; what was put is taken back.
        StorageFailed: When the staged output is gone, or S3 refuses.
        StepFailed: When S3 has no such bucket.
        OSError: When the disk is full or refuses.
    """
    if not manifest.outputs:
        return []
    with _alone(own_folder):
        published = own_folder / "published"
        if published.exists():
            return []  # by another runner while this one waited; its readers may have moved the output on since
        begun: list[Output] = []
        try:
            for output in sorted(manifest.outputs, key=lambda output: is_s3(output.destination)):
                if is_s3(output.destination):
                    begun.append(output)  # an answer that was lost may hide that it counts already
                    remote.put(output)
                else:
                    _rename(output)
                    begun.append(output)
        except (StepFailed, OSError) as error:
            _take_all_back(begun, remote, error)
            raise
        problems = _remove_replaced(manifest, remote)
        published.touch()
        return problems


def _take_all_back(begun: list[Output], remote: Remote, error: StepFailed | OSError) -> None:
    for output in reversed(begun):
        if not is_s3(output.destination):
            _take_back(output)
            continue
        try:
            remote.take_back(output)
        except StepFailed as failure:
            # Only the destinations whose marker may stand are worth a word.
            if isinstance(error, StepFailed) and not isinstance(error, DestinationExists):
                note = f"; `{output.destination}` may look complete, and could not be taken back: {failure.detail}"
                error.detail += note


def _remove_replaced(manifest: Manifest, remote: Remote) -> list[str]:
    problems = []
    for output in manifest.outputs:
        if output.standing.replaced:
            try:
                remote.remove_replaced(output)
            except StepFailed as error:
                problems.append(f"what `{output.destination}` held before could not be removed: {error.detail}")
    return problems


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


def discard(own_folder: Path, *, keep_folder: bool = False, keep_file: str | None = None) -> None:
    """Removes what one attempt staged; and its own folder, unless that holds what is to be kept.

    Args:
        own_folder: The attempt's own folder.
        keep_folder: Whether it stays, with what was not staged.
        keep_file: The one file in it that stays, if only that does.
    """
    note = own_folder / ELSEWHERE
    if note.is_file():
        # What a power cut left of a path without its end may name any folder above it.
        for staged in map(Path, map(os.fsdecode, note.read_bytes().split(b"\0")[:-1])):
            shutil.rmtree(staged, ignore_errors=True)
            with suppress(OSError):  # other attempts may have theirs there
                staged.parent.rmdir()
        note.unlink(missing_ok=True)
    shutil.rmtree(own_folder / "upload", ignore_errors=True)
    if keep_file is not None:
        _remove_but(own_folder, keep_file)
    elif not keep_folder:
        shutil.rmtree(own_folder, ignore_errors=True)


def _remove_but(folder: Path, name: str) -> None:
    for item in folder.iterdir() if folder.is_dir() else ():
        if item.is_dir():
            shutil.rmtree(item, ignore_errors=True)
        elif item.name != name:
            item.unlink(missing_ok=True)


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
        if output.appends and destination.is_dir():
            append(output)
        elif output.overwrite and destination.exists():
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
    if output.appends:
        take_out(output)
    elif staged.exists():
        durable.exchange(staged, destination)
    else:
        durable.rename_new(destination, staged)
