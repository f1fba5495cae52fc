"""File operations that survive a power cut, and a rename that never replaces anything."""

from __future__ import annotations

import ctypes
import errno
import os
from pathlib import Path

_AT_FDCWD = -100
_NOREPLACE = 1
_EXCHANGE = 2
_UNSUPPORTED = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP)

_renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)


def sync(path: Path) -> None:
    """Writes a file's or folder's content through to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write(path: Path, data: bytes) -> None:
    """Writes a whole file so that after a crash it is either complete or absent."""
    temporary = path.with_name(path.name + ".new")
    with temporary.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)
    sync(path.parent)


def rename_new(source: Path, destination: Path) -> None:
    """Renames; fails where the destination exists.

    Raises:
        FileExistsError: When there is something at the destination.
    """
    if not _rename(source, destination, _NOREPLACE):
        # Filesystems without the flag (NFS, some overlays): the check and the rename are two steps there.
        if os.path.lexists(destination):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(destination))
        source.rename(destination)
    sync(destination.parent)


def exchange(source: Path, destination: Path) -> None:
    """Swaps two existing paths in one step, so that neither is ever missing."""
    if not _rename(source, destination, _EXCHANGE):
        aside = source.with_name(source.name + ".replaced")
        destination.rename(aside)
        source.rename(destination)
        aside.rename(source)
    sync(destination.parent)


def _rename(source: Path, destination: Path, flag: int) -> bool:
    """Whether the kernel did it; False where it has no such call."""
    if _renameat2 is None:
        return False
    if _renameat2(_AT_FDCWD, os.fsencode(source), _AT_FDCWD, os.fsencode(destination), flag) == 0:
        return True
    code = ctypes.get_errno()
    if code in _UNSUPPORTED:
        return False
    raise OSError(code, os.strerror(code), str(source), None, str(destination))
