"""Which paths a job may read and write.

Relative paths start at the base folder. A path is allowed when it lies in one of the roots after every symbolic
link on its way is followed. Names that begin with a dot are the server's own (keys, the queue's file, staged
output) and are never allowed.
"""

from __future__ import annotations

import glob
import os
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from functions.errors import InputMissing, PathNotAllowed

S3_SCHEMES = ("s3://", "s3a://", "s3n://")
#: Bytes; what Linux allows, less what staging adds.
_LONGEST_NAME = 255
_LONGEST_PATH = 3800
_GLOB_CHARACTERS = frozenset("*?[")
#: Kinds of characters that would make a path into several wherever paths are told line by line.
_UNREADABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})


@dataclass(frozen=True)
class Roots:
    """The folders and files that jobs may read and write."""

    base: Path
    read: tuple[Path, ...]
    write: tuple[Path, ...]

    @classmethod
    def of(cls, base: Path, read: Iterable[str | Path], write: Iterable[str | Path]) -> Roots:
        """Roots from settings; relative ones start at `base`. What may be written may be read too."""
        root = base.resolve()
        writable = tuple((root / path).resolve() for path in write)
        return cls(root, (*((root / path).resolve() for path in read), *writable), writable)

    def check_read(self, path: str) -> Path:
        """The absolute path, or glob, to read.

        Raises:
            PathNotAllowed: When the path, or the fixed part of a glob, leaves the roots.
        """
        return self._check(path, self.read, "read")

    def check_write(self, path: str) -> Path:
        """The absolute path to write.

        Raises:
            PathNotAllowed: When the path leaves the roots, or is one of them or above one.
        """
        if _GLOB_CHARACTERS & set(path):
            raise PathNotAllowed(f"cannot write to `{path}`: a destination has no `*`, `?` or `[`")
        absolute = self._check(path, self.write, "write")
        # Replacing a folder above one of them would carry away the server's own files too.
        if any(absolute == kept or absolute in kept.parents for kept in (self.base, *self.read, *self.write)):
            raise PathNotAllowed(f"cannot write to `{path}` itself", hint="name a new folder inside it")
        return absolute

    def expand(self, path: str) -> list[Path]:
        """The files that a readable path, folder or glob stands for, by name.

        As Spark does, a folder means the files directly in it, without those whose names begin with `_` or `.`.

        Raises:
            PathNotAllowed: When a file lies outside the roots once links are followed.
            InputMissing: When there is none.
        """
        return [file for file, _ in self.find(path)]

    def find(self, path: str, *, nested: bool = False) -> list[tuple[Path, Path]]:
        """The files as `expand` gives them, each with the folder that it was found in; itself where it was named.

        Args:
            path: A file, a folder or a glob.
            nested: Whether a folder means all files below it, but for those behind links to folders.

        Raises:
            PathNotAllowed: When a file lies outside the roots once links are followed.
            InputMissing: When there is none.
        """
        absolute = self.check_read(path)
        is_pattern = _is_glob(path) and not absolute.exists()  # a file may be named `a[1].txt`
        # Only the path given is a pattern; the base folder may have such characters in its own name.
        pattern = path if Path(path).is_absolute() else f"{glob.escape(str(self.base))}/{path}"
        found = sorted(map(Path, glob.glob(pattern))) if is_pattern else [absolute]  # noqa: PTH207
        if is_pattern:
            found = [item for item in found if _is_meant(item, Path(path))]
        files: list[tuple[Path, Path]] = []
        for item in found:
            files += [(file, item) for file in _within(item, nested)] if item.is_dir() else [(item, item)]
        files = [(file, item) for file, item in files if file.is_file()]
        if not files:
            raise InputMissing(f"there is no file at `{path}`", hint="check the spelling; the path is on the server")
        for file, _ in files:
            self._inside(path, file, self.read, "read")
        return files

    def _check(self, path: str, roots: tuple[Path, ...], verb: str) -> Path:
        if any(unicodedata.category(character) in _UNREADABLE for character in path):
            raise PathNotAllowed(
                f"{path!r} is not a path", hint="a path has no control characters, line ends or lone surrogates"
            )
        if "://" in path or path.startswith("file:"):
            raise PathNotAllowed(
                f"`{path}` has a scheme that is not supported", hint="use a plain path, or s3://bucket/key"
            )
        if "," in path:
            raise PathNotAllowed(
                f"`{path}` has a comma, which would mean a list of paths", hint="name one path or a glob"
            )
        parts = Path(path).parts
        if ".." in parts:
            raise PathNotAllowed(f"`{path}` holds `..`", hint="name the path without it")
        if any(part.startswith(".") for part in parts):
            raise PathNotAllowed(
                f"`{path}` names a hidden file or folder", hint="names that begin with a dot are the server's own"
            )
        absolute = self.base / path
        if len(os.fsencode(absolute)) > _LONGEST_PATH or any(len(os.fsencode(part)) > _LONGEST_NAME for part in parts):
            raise PathNotAllowed(
                f"`{path[:100]}…` is too long", hint=f"a name has at most {_LONGEST_NAME} bytes, a path {_LONGEST_PATH}"
            )
        fixed = self.base.joinpath(*takewhile(lambda part: not _is_glob(part), parts))
        self._inside(path, fixed, roots, verb, is_prefix=fixed != absolute)
        return absolute

    def _inside(self, path: str, target: Path, roots: tuple[Path, ...], verb: str, *, is_prefix: bool = False) -> None:
        real = Path(os.path.realpath(target))
        for root in roots:
            if real == root or root in real.parents:
                hidden = any(part.startswith(".") for part in real.relative_to(root).parts)
                if not hidden:
                    return
        allowed = ", ".join(f"`{self._shown(root)}`" for root in dict.fromkeys(roots)) or "nothing"
        what = "leads to" if real != target and not is_prefix else "is"
        raise PathNotAllowed(
            f"`{path}` {what} outside the folders that jobs may {verb}", hint=f"jobs may {verb}: {allowed}"
        )

    def _shown(self, root: Path) -> str:
        return str(root.relative_to(self.base)) if root.is_relative_to(self.base) else str(root)


def is_s3(path: str) -> bool:
    """Whether a path names S3."""
    return path.startswith(S3_SCHEMES)


def _is_glob(path: str) -> bool:
    return bool(_GLOB_CHARACTERS & set(path))


def _within(folder: Path, nested: bool) -> list[Path]:
    if not nested:
        return sorted(filter(_is_data, folder.iterdir()))
    found: list[Path] = []
    for home, folders, names in os.walk(folder):
        # A folder that tells a column, `_key=value`, is no hidden one.
        folders[:] = [name for name in folders if not name.startswith(".") and ("=" in name or name[0] != "_")]
        found += filter(_is_data, (Path(home, name) for name in names))
    return sorted(found)


def _is_meant(item: Path, pattern: Path) -> bool:
    """Whether no name that begins with `_` was matched by a part of a pattern that does not; `_key=value` may be."""
    pairs = zip(reversed(item.parts), reversed(pattern.parts), strict=False)
    return not any(name[0] == "_" and "=" not in name and part[0] != "_" for name, part in pairs)


def _is_data(path: Path) -> bool:
    return not path.name.startswith(("_", "."))
