"""Turning the part files that Spark's tasks wrote in parallel into the files that a user asked for.

Order is kept: Spark numbers its parts in the order of the frame's partitions. Memory is one block.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

_BLOCK = 1 << 20


def spark_parts(folder: Path) -> list[Path]:
    """The part files in a folder that Spark wrote, in order."""
    return sorted(item for item in folder.iterdir() if item.name.startswith("part-"))


def join(parts: list[Path], target: Path, check: Callable[[], None]) -> None:
    """Makes one file of many; the parts are gone afterwards.

    Args:
        parts: Files in order.
        target: The file to make.
        check: Called often; raises to stop the work.
    """
    for first in parts[:1]:
        first.rename(target)  # nothing of it needs to be copied
    target.touch()
    with target.open("r+b") as out:
        out.seek(0, os.SEEK_END)
        for part in parts[1:]:
            with part.open("rb") as stream:
                while os.sendfile(out.fileno(), stream.fileno(), None, _BLOCK):
                    check()
            part.unlink()


def divide(source: Path, targets: list[Path], check: Callable[[], None]) -> None:
    """Cuts a text file into files of nearly equal size, between lines; the source is gone afterwards.

    Args:
        source: A file of lines.
        targets: The files to make; those that no line is left for are empty.
        check: Called often; raises to stop the work.
    """
    if len(targets) == 1:
        source.rename(targets[0])
        return
    size = source.stat().st_size
    with source.open("rb") as stream:
        for place, target in enumerate(targets):
            end = size * (place + 1) // len(targets)
            with target.open("wb") as out:
                while stream.tell() < end:
                    check()
                    block = stream.read(min(_BLOCK, end - stream.tell()))
                    out.write(block)
                    if stream.tell() >= end and not block.endswith(b"\n"):
                        shutil.copyfileobj(_Line(stream), out)
    source.unlink()


class _Line:
    """The rest of the current line, as something to read from in bounded pieces."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._ended = False

    def read(self, size: int = -1) -> bytes:
        """The next piece; empty after the line's end."""
        if self._ended:
            return b""
        piece = self._stream.readline(size)
        self._ended = piece.endswith(b"\n") or not piece
        return piece
