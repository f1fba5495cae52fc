"""Adding files to a folder in one step: readers see all of an output's files there, or none.

A new folder gets links to the files that stand in the old one and to those that come, and takes its place by one
rename. Who appends holds a lock on the folder above meanwhile, so that no other's files are lost.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from functions.storage import durable
from functions.storage.manifest import Output, files_in, matches


def append(output: Output) -> None:
    """Adds the files of an output to its destination, a folder that is there. Safe to repeat.

    Raises:
        OSError: When the disk is full or refuses.
    """
    staged, destination = Path(output.staged), Path(output.destination)
    with _alone_at(destination):
        if not matches(destination, output):
            ours = [(staged / file.name, file.name) for file in output.files]
            _replace(destination, _beside(staged), [*_names(destination), *ours])


def take_out(output: Output) -> None:
    """Undoes `append`; a folder that held nothing else goes.

    Raises:
        OSError: When the disk is full or refuses.
    """
    destination = Path(output.destination)
    ours = {file.name for file in output.files}
    with _alone_at(destination):
        if not destination.is_dir():
            return
        whole = _beside(Path(output.staged))
        others = [(file, name) for file, name in _names(destination) if name not in ours]
        if others:
            _replace(destination, whole, others)
        else:
            shutil.rmtree(whole, ignore_errors=True)
            durable.rename_new(destination, whole)


def _replace(destination: Path, whole: Path, files: Iterable[tuple[Path, str]]) -> None:
    shutil.rmtree(whole, ignore_errors=True)
    whole.mkdir(parents=True)
    for file, name in files:
        target = whole / name
        target.parent.mkdir(parents=True, exist_ok=True)
        _link(file, target)
    for folder in (*(item for item in whole.rglob("*") if item.is_dir()), whole):
        durable.sync(folder)
    durable.exchange(whole, destination)


def _link(file: Path, target: Path) -> None:
    try:
        os.link(file, target, follow_symlinks=False)
    except OSError:  # a filesystem without links to files
        shutil.copy2(file, target, follow_symlinks=False)
        durable.sync(target)


def _names(folder: Path) -> list[tuple[Path, str]]:
    return [(file, file.relative_to(folder).as_posix()) for file in files_in(folder)]


def _beside(staged: Path) -> Path:
    """Where the new folder is put together; it goes with the attempt's staging folder."""
    return staged.with_name(f"{staged.name}.whole")


@contextmanager
def _alone_at(destination: Path) -> Iterator[None]:
    descriptor = os.open(destination.parent, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
