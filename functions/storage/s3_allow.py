"""Which buckets and prefixes jobs may use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from functions.errors import PathNotAllowed
from functions.storage.s3_access import prefix_of

#: What an entry looks like, as a regular expression. A pattern in a prefix would look as if it meant something.
ENTRY = r"(?:\*|[a-z0-9][a-z0-9.-]+[a-z0-9](?:/[^*?,]*)?)"


@dataclass(frozen=True)
class AllowList:
    """Each entry is `*` (all), `bucket`, or `bucket/prefix`, which means whole parts between slashes."""

    entries: tuple[str, ...] = ("*",)

    @classmethod
    def of(cls, text: str) -> AllowList:
        """A list from a setting, its entries separated by commas."""
        return cls(tuple(entry.strip() for entry in text.split(",") if entry.strip()))

    def covers(self, path: str, *, is_written: bool) -> bool:
        """Whether all that a path may stand for is allowed."""
        own = prefix_of(path, is_written=is_written)
        for entry in self.entries:
            bucket, _, prefix = entry.rstrip("/").partition("/")
            # Whole names only: `exports` does not cover `exports-of-others`.
            inside = own.key.startswith(prefix + "/") or (own.key == prefix and not own.is_open)
            if entry == "*" or (bucket == own.bucket and (not prefix or inside)):
                return True
        return False


def check_allowed(lists: Iterable[AllowList], path: str, *, is_written: bool) -> None:
    """Makes sure that every one of some lists allows a path.

    Raises:
        PathNotAllowed: When one does not.
    """
    for allowed in lists:
        if not allowed.covers(path, is_written=is_written):
            shown = ", ".join(f"`{entry}`" for entry in allowed.entries) or "nothing"
            raise PathNotAllowed(f"`{path}` is outside what jobs may use on S3", hint=f"allowed: {shown}")
