"""Bringing an attempt's staged output into place, after its decision to commit; safe to repeat after any crash."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from functions.errors import DestinationExists, StorageFailed
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


def publish(manifest: Manifest, upload: Uploader) -> None:
    """Brings every output into place, or none.

    An output that is in place already (this job's own, complete) is adopted.

    Raises:
        DestinationExists: When something else took a destination meanwhile; what was renamed is taken back.
        StorageFailed: When the staged output is gone, or S3 refuses.
    """
    renamed: list[Output] = []
    try:
        for output in manifest.outputs:
            if is_s3(output.destination):
                upload(output)
            else:
                _rename(output)
                renamed.append(output)
    except (DestinationExists, StorageFailed):
        for output in reversed(renamed):
            _take_back(output)
        raise


def sweep(job_folder: Path, *, keep: str | None = None) -> None:
    """Removes what a job's attempts staged beside their destinations, and the folders of attempts that do not count.

    Args:
        job_folder: The job's folder in the state folder.
        keep: The attempt whose result and rejects stay.
    """
    if not job_folder.is_dir():
        return
    for attempt in job_folder.iterdir():
        note = attempt / ELSEWHERE
        if note.is_file():
            for home in note.read_text().splitlines():
                shutil.rmtree(home, ignore_errors=True)
            note.unlink(missing_ok=True)
        shutil.rmtree(attempt / "upload", ignore_errors=True)
        if attempt.name != keep:
            shutil.rmtree(attempt, ignore_errors=True)


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
