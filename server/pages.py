"""Pages of lists that are sorted by time, newest first, and their cursors: texts that only their own list reads."""

from __future__ import annotations

import base64
import binascii
import re
from enum import StrEnum

from server.scripts import Call, Scripts
from server.secrets import Cipher, SecretsUnreadable

_TO_URL, _FROM_URL = str.maketrans("+/", "-_"), str.maketrans("-_", "+/")


class Pages:
    """Reads the lists of one noun: of all its records, and of those in each state."""

    def __init__(self, scripts: Scripts, cipher: Cipher, *, records: str) -> None:
        """Nothing is read yet.

        Args:
            scripts: Of the noun; they know the key `by_time` and one named for each state: ids sorted by the time of
                their making.
            cipher: Seals the cursors of a tenant's lists: the record read last may be another's.
            records: The name of the key of a record.
        """
        self._scripts = scripts
        self._cipher = cipher
        self._records = records

    async def page(
        self, state: StrEnum | None, *, limit: int, cursor: str | None, tenant: str | None, name: str | None = None
    ) -> tuple[list[tuple[str, list[str]]], str | None]:
        """A page: ids and the flat fields of their records, and the cursor of the next page (None: this was the last).

        It takes the same time however many records there are. New records do not move later pages.

        Args:
            state: Only records in this state; all: None.
            limit: Most records of the page.
            cursor: Where the page before ended; from the newest by default.
            tenant: Only this one's records; a page may then be short, or empty, although more follow.
            name: Only records whose field `name` is this; the same holds.

        Raises:
            ValueError: When the cursor is none of this list.
        """
        score, last_id = self._read(cursor, tenant) if cursor is not None else ("", "")
        arguments: dict[str, str | int] = {
            "records": self._scripts.key(self._records),
            "limit": max(1, limit),
            "tenant": tenant or "",
            "name": name or "",
            "score": score,
            "id": last_id,
        }
        index = self._scripts.key(state.value if state else "by_time")
        more, score, last_id, *rows = await self._scripts.run(Call("list", arguments, {"index": index}))
        found = [(record_id, flat) for record_id, flat in rows if flat]
        return found, self._write(score, last_id, tenant) if more else None

    def _write(self, score: str, record_id: str, tenant: str | None) -> str:
        if tenant is None:
            return base64.urlsafe_b64encode(f"{score}:{record_id}".encode()).decode().rstrip("=")
        sealed = self._cipher.encrypt(f"cursor of {tenant}", {"score": score, "id": record_id})
        return sealed.translate(_TO_URL).rstrip("=")

    def _read(self, cursor: str, tenant: str | None) -> tuple[str, str]:
        if tenant is None:
            return _read(cursor)
        try:
            found = self._cipher.decrypt(f"cursor of {tenant}", _padded(cursor.translate(_FROM_URL)))
        except SecretsUnreadable as error:
            raise ValueError("no cursor of this list") from error
        return str(found["score"]), str(found["id"])


def _read(cursor: str) -> tuple[str, str]:
    try:
        text = base64.b64decode(_padded(cursor).encode("ascii"), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError) as error:
        raise ValueError("no cursor of this list") from error
    found = re.fullmatch(r"([0-9]{1,17}):([^\s:]{1,200})", text)
    if found is None:
        raise ValueError("no cursor of this list")
    return found[1], found[2]


def _padded(text: str) -> str:
    return text + "=" * (-len(text) % 4)
