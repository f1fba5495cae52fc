"""What an attempt wrote, as a list that can be checked and compared: the thing its decision to commit is about."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

#: What output on S3 ends with: an object of one of these names lists its files.
MARKERS = ("_SUCCESS", "_DONE")
#: Bytes; a marker of others may hold anything.
LONGEST_MARKER = 64 << 20


@dataclass(frozen=True)
class File:
    """One file of an output."""

    #: Its path inside the folder, with `/` between the parts.
    name: str
    #: Bytes.
    size: int
    sha256: str


@dataclass(frozen=True)
class Standing:
    """What stood at a destination on S3 when the step began: that, and nothing else, may be replaced."""

    #: ETags by name, of the marker and of files under fixed names; what is absent here must be absent still.
    etags: Mapping[str, str] = field(default_factory=dict)
    #: What the marker held, to put it back when the publication is undone.
    marker: str = ""
    #: Names of the objects that go once the marker is replaced.
    replaced: tuple[str, ...] = ()


@dataclass(frozen=True)
class Output:
    """One destination, a folder, and the staged folder that is to become it."""

    #: Absolute local path, or `s3://bucket/key/path`.
    destination: str
    #: Absolute path of the staged folder.
    staged: str
    overwrite: bool
    #: On S3, the object that is put last and lists the files; None on disk, where a rename is one step.
    marker: str | None
    files: tuple[File, ...] = ()
    #: Place of the step that wrote it, from 0.
    step: int = 0
    #: On S3: whether files have the names that the user chose, so that they can only be put after the decision;
    #: else they lie under names of their own before it.
    fixed: bool = False
    standing: Standing = field(default_factory=Standing)
    #: Whether the files are added to those that the destination holds; their names are this attempt's own.
    appends: bool = False

    def to_marker(self, job_id: str) -> bytes:
        """What the marker on S3 holds: the files and whose they are, as canonical JSON."""
        return _canonical({"files": [asdict(file) for file in self.files], "job": job_id})


@dataclass(frozen=True)
class Manifest:
    """All outputs of one attempt."""

    job_id: str
    attempt: str
    outputs: tuple[Output, ...] = ()

    def to_bytes(self) -> bytes:
        """Canonical JSON, the same for equal manifests."""
        return _canonical(asdict(self))

    @classmethod
    def from_bytes(cls, data: bytes) -> Manifest:
        """Reads what `to_bytes` wrote."""
        value: dict[str, Any] = json.loads(data)
        return cls(value["job_id"], value["attempt"], tuple(map(_output, value["outputs"])))

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical form, hexadecimal."""
        return hashlib.sha256(self.to_bytes()).hexdigest()


def files_of(marker: bytes) -> tuple[File, ...] | None:
    """The files that a marker on S3 lists; None where it is none of ours, such as the empty one of other writers."""
    try:
        value = json.loads(marker)
        return tuple(File(str(f["name"]), int(f["size"]), str(f["sha256"])) for f in value["files"])
    except (ValueError, TypeError, KeyError):
        return None


def _output(value: dict[str, Any]) -> Output:
    standing = value["standing"]
    return Output(
        **{
            **value,
            "files": tuple(File(**file) for file in value["files"]),
            "standing": Standing(**{**standing, "replaced": tuple(standing["replaced"])}),
        }
    )


def _canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def describe(file: Path, folder: Path) -> File:
    """Reads the size and checksum of a file inside a folder."""
    with file.open("rb") as stream:
        checksum = hashlib.file_digest(stream, "sha256").hexdigest()
    return File(file.relative_to(folder).as_posix(), file.stat().st_size, checksum)


def files_in(folder: Path) -> list[Path]:
    """All files in a folder and below it, by name."""
    return sorted(item for item in folder.rglob("*") if not item.is_dir() or item.is_symlink())


def matches(folder: Path, output: Output) -> bool:
    """Whether a folder holds exactly the files of an output or, where it appends, those among others."""
    if not folder.is_dir():
        return False
    wanted = {file.name: file for file in output.files}
    present = {item.relative_to(folder).as_posix(): item for item in files_in(folder)}
    if not set(wanted) <= set(present) or (set(present) - set(wanted) and not output.appends):
        return False
    found = [(present[name], file) for name, file in wanted.items()]
    if any(not item.is_file() or item.stat().st_size != file.size for item, file in found):
        return False
    return all(describe(item, folder) == file for item, file in found)
