"""Which files a path stands for, with their sizes; asked by the driver, once a read.

A path is a file, a folder or a glob whose `*`, `?` and `[…]` stay within one name. A folder means the files directly
in it or, `nested`, all below it, where folders named `key=value` tell columns. Names that begin with `_` or `.` are
left out unless they are named. Links to folders below a folder are not followed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote

from functions.errors import InputMissing, InputUnreadable
from functions.storage.manifest import LONGEST_MARKER, MARKERS, files_of
from functions.storage.reading.splits import File
from functions.storage.roots import Roots

_GLOB_CHARACTERS = re.compile(r"[*?\[]")
_DENIED = ("403", "AccessDenied", "Forbidden")
_NOT_THERE = ("404", "NoSuchKey", "NotFound")


def on_disk(roots: Roots, path: str, *, nested: bool = False) -> list[File]:
    """The files at a local path, by name.

    Raises:
        PathNotAllowed: When a file lies outside the roots.
        InputMissing: When there is none.
        InputUnreadable: When a name is no text.
    """
    found = []
    for file, base in roots.find(path, nested=nested):
        try:
            str(file).encode()
        except UnicodeEncodeError:
            raise InputUnreadable(
                f"`{path}` holds a file whose name is not UTF-8: {os.fsencode(file.name)!r}", hint="rename the file"
            ) from None
        folders = file.relative_to(base).parts[:-1] if nested and file != base else ()
        found.append(File(str(file), file.stat().st_size, _columns(folders)))
    return found


def on_s3(
    client: Any,
    bucket: str,
    key: str,
    path: str,
    *,
    nested: bool = False,
    check: Callable[[], None] = lambda: None,
) -> list[File]:
    """The objects at an S3 path, by name; a folder whose marker lists its files means those and no others.

    Args:
        client: boto3's.
        bucket: The bucket.
        key: A key, a folder or a glob; with a slash at its end it is a folder.
        path: The whole path as it was written, for messages.
        nested: Whether a folder means all below it.
        check: Called for each page of a listing; raises to stop the work.

    Raises:
        InputMissing: When there is none.
        InputUnreadable: When a listed file is not there or has another size, or a key cannot be read.
        botocore.exceptions.ClientError: When S3 refuses.
    """
    look = _Look(client, bucket, path, nested, check)
    size = look.size(key) if key and not key.endswith("/") else None
    found = {key: (size, key)} if size is not None else look.within(key.rstrip("/"))
    if not found:
        if look.refused is not None:
            raise look.refused
        raise InputMissing(f"there is no object at `{path}`", hint="check the bucket, the key and the region")
    files = []
    for name, (size, base) in sorted(found.items()):
        if any(part in ("", ".", "..") for part in name.split("/")):
            raise InputUnreadable(
                f"`{bucket}/{name}` cannot be read: a part of its key is empty, `.` or `..`", hint="rename the object"
            )
        folders = name.removeprefix(base).split("/")[:-1] if nested else []
        files.append(File(f"{bucket}/{name}", size, _columns(folders)))
    return files


class _Look:
    """One look into a bucket. What is found is a size and the folder that was taken whole, else the key, by key."""

    def __init__(self, client: Any, bucket: str, path: str, nested: bool, check: Callable[[], None]) -> None:
        self._client = client
        self._bucket = bucket
        self._path = path
        self._nested = nested
        self._check = check
        #: Why S3 would not say whether there is such an object.
        self.refused: Exception | None = None

    def size(self, key: str) -> int | None:
        """Bytes of an object; None where there is none, or S3 does not say."""
        from botocore.exceptions import ClientError

        try:
            return int(self._client.head_object(Bucket=self._bucket, Key=key)["ContentLength"])
        except ClientError as error:
            if str(error.response["Error"]["Code"]) not in _NOT_THERE:
                self.refused = error  # without a reason, as the answer has no body; listing will tell
            return None

    def within(self, key: str) -> dict[str, tuple[int, str]]:
        """The objects of a folder or a glob."""
        if _GLOB_CHARACTERS.search(key):
            found = self._matching(key)
            wholes = {base for name, (_, base) in found.items() if base != name}
            folders = wholes | {name[: name.rfind("/") + 1] for name in found}
            sizes = {name: size for folder in folders for name, size in self._beside(folder)}
        else:
            base = f"{key}/" if key else ""
            wholes = {base}
            sizes = dict(self._list(base, flat=self._nested))
            found = {name: (size, base) for name, size in sizes.items() if _is_wanted(name.removeprefix(base))}
        listed: dict[str, dict[str, int]] = {}
        for name, size in sorted(sizes.items()):
            folder, _, last = name.rpartition("/")
            if last in MARKERS and 0 < size <= LONGEST_MARKER:
                names = self._manifest(name)
                if names is not None:
                    listed.setdefault(f"{folder}/" if folder else "", {}).update(names)
        for folder, names in listed.items():
            found = self._as_listed(folder, names, found, wholes)
        return found

    def _beside(self, folder: str) -> list[tuple[str, int]]:
        """What may be markers in a folder; none where the credentials reach nothing but what the pattern names."""
        from botocore.exceptions import ClientError

        try:
            return list(self._list(f"{folder}_", flat=False))
        except ClientError as error:
            if str(error.response["Error"]["Code"]) not in _DENIED:
                raise
            return []

    def _as_listed(
        self, folder: str, names: dict[str, int], found: dict[str, tuple[int, str]], wholes: set[str]
    ) -> dict[str, tuple[int, str]]:
        """What was found, with nothing of a complete folder but what its marker lists, and all of that."""
        expected = {folder + name: size for name, size in names.items()}
        base = next((base for base in wholes if folder.startswith(base)), None)
        kept = {name: value for name, value in found.items() if not name.startswith(folder) or name in expected}
        for name, size in expected.items():
            if base is None and name not in kept:
                continue
            actual = kept[name][0] if name in kept else self.size(name)
            if actual is None and self.refused is not None:
                raise self.refused
            if actual != size:
                what = "is missing" if actual is None else f"has {actual:,} bytes instead of {size:,}"
                raise InputUnreadable(
                    f"`{self._path}`: `{name}`, which the folder's marker lists, {what}",
                    hint="write the folder again: it is not what it was when it was complete",
                )
            kept.setdefault(name, (size, name if base is None else base))
        return kept

    def _matching(self, pattern: str) -> dict[str, tuple[int, str]]:
        parts = pattern.split("/")
        found = {}
        for name, size in self._list(_GLOB_CHARACTERS.split(pattern, maxsplit=1)[0], flat=True):
            have = name.split("/")
            if not have[-1] or len(have) < len(parts) or not all(map(_fits, have, parts)):
                continue
            rest = have[len(parts) :]
            if not rest:
                found[name] = (size, name)
            elif (self._nested or len(rest) == 1) and _is_wanted("/".join(rest)):
                found[name] = (size, "/".join(have[: len(parts)]) + "/")
        return found

    def _list(self, prefix: str, *, flat: bool) -> Iterator[tuple[str, int]]:
        within = {} if flat else {"Delimiter": "/"}
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix, **within)
        for page in pages:
            self._check()
            for item in page.get("Contents", ()):
                yield item["Key"], item["Size"]

    def _manifest(self, key: str) -> dict[str, int] | None:
        """The files that a marker lists, sizes by name; None where it is not one of this project's."""
        body = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        files = files_of(body)
        return None if files is None else {file.name: file.size for file in files}


def _fits(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern) and (not _is_hidden(name) or name[0] == pattern[0])


def _is_wanted(relative: str) -> bool:
    *folders, name = relative.split("/")
    return bool(name) and not name.startswith(("_", ".")) and not any(map(_is_hidden, folders))


def _is_hidden(folder: str) -> bool:
    if folder in (".", ".."):
        return False  # on S3 a name like any other, which will be refused
    return folder.startswith(".") or (folder.startswith("_") and "=" not in folder)


def _columns(folders: Iterable[str]) -> tuple[tuple[str, str], ...]:
    told = (folder.partition("=") for folder in folders if "=" in folder)
    return tuple((unquote(name), unquote(value)) for name, _, value in told)
