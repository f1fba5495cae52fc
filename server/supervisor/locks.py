"""Locks between processes: a lock on a file goes when the last process that holds it is gone, however it went."""

from __future__ import annotations

import asyncio
import fcntl
import os
from pathlib import Path

from functions.errors import SpeedyError

_RETRY_SECONDS = 0.02


class DataFolderBusy(SpeedyError):
    """Another Speedy Gonzales runs on this data folder."""

    code = "data_folder_busy"


class FileLock:
    """An exclusive lock on a file.

    A child process that inherits the descriptor shares the lock: it stays taken until both are gone.
    """

    def __init__(self, path: Path) -> None:
        """Opens the file, making it and its folder (mode 700) where they are missing."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = path
        self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def try_take(self) -> bool:
        """Takes the lock if it is free; notes our process id in the file for people to read."""
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, f"{os.getpid()}\n".encode(), 0)
        return True

    async def take(self) -> None:
        """Takes the lock, waiting for a holder to go."""
        while not self.try_take():  # noqa: ASYNC110 - the kernel has no event for it
            await asyncio.sleep(_RETRY_SECONDS)

    def holder(self) -> str:
        """The process id that the holder noted, or an empty text."""
        return os.pread(self.descriptor, 32, 0).decode(errors="replace").strip()

    def release(self) -> None:
        """Lets go: the lock is free once no child that inherited it lives."""
        os.close(self.descriptor)


def take_data_folder(state_folder: Path) -> FileLock:
    """The lock of the one supervisor that may run on a data folder.

    Raises:
        DataFolderBusy: When another one holds it.
    """
    lock = FileLock(state_folder / "supervisor.lock")
    if lock.try_take():
        return lock
    holder = lock.holder()
    lock.release()
    raise DataFolderBusy(
        f"another Speedy Gonzales (process {holder or 'unknown'}) already runs on {state_folder.parent}",
        hint="stop it first, or give this one its own folder with SPEEDY_DATA",
    )
