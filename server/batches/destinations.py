"""Where webhooks may lead: the URL of one, read strictly, and the addresses that may be called."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

import idna
from aiohttp.resolver import AsyncResolver
from pydantic_core import PydanticCustomError
from yarl import URL

from functions.check import refuse
from server.batches.addresses import Entry, address_of, entries, is_numeric, is_special

_MAX_LENGTH = 2000
_RESOLVE_SECONDS = 3.0
_PARTS = re.compile(r"(?P<scheme>[A-Za-z]+)://(?P<authority>[^/?]*)(?P<path>[^?]*)(?P<query>\?.*)?")
_AUTHORITY = re.compile(r"(?P<host>\[[^\[\]]*\]|[^:\[\]]*)(?P<port>:.*)?")
_PORT = re.compile(r":([1-9][0-9]{0,4})")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_DEFAULT_PORTS = {"http": 80, "https": 443}
#: What stands in a path or query as it is; all else becomes percent-encoded UTF-8.
_SAFE = "%/:@!$&'()*+,;=-._~"
_OPEN_IT = "an operator can open it with SPEEDY_WEBHOOK_ALLOW"
#: What to do where a host may not be called.
OPENS = "SPEEDY_WEBHOOK_ALLOW opens hosts and networks"


@dataclass(frozen=True)
class Destinations:
    """The hosts and addresses that may be called: all public ones, and those that the setting opens."""

    opened: tuple[Entry, ...] = ()

    @classmethod
    def of(cls, text: str) -> Destinations:
        """From the setting `webhook_allow`.

        Raises:
            PydanticCustomError: A ValueError; an entry is not valid.
        """
        return cls(entries(text))

    def trusts(self, host: str, port: int) -> bool:
        """Whether the host may be called whatever its name resolves to."""
        return any(entry.trusts(host, port) for entry in self.opened)

    def admits(self, host: str, address: str, port: int) -> bool:
        """Whether a connection to this address may be made for a host, as read by `read_url`."""
        found = address_of(address)
        if found is None:
            return False
        return (
            not is_special(found) or self.trusts(host, port) or any(entry.holds(found, port) for entry in self.opened)
        )


@dataclass(frozen=True)
class Target:
    """The URL of a webhook, taken apart. `str()` and `repr()` leave out its path and query, which may hold secrets."""

    scheme: str
    #: In small ASCII letters, without brackets and without a dot at its end; an address in its usual form.
    host: str
    port: int
    path: str = field(repr=False)
    #: With its `?`, or empty.
    query: str = field(repr=False)

    @property
    def origin(self) -> str:
        """Scheme, host, and port where it is not the usual one; the part of the URL that may be shown."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{shown}{port}"

    def __str__(self) -> str:
        return self.origin

    @property
    def url(self) -> URL:
        """The URL itself. Nothing changes it on its way."""
        return URL(f"{self.origin}{self.path or '/'}{self.query}", encoded=True)

    def url_of(self, key: str) -> URL:
        """The URL of one key: `url/{key}`, the key percent-encoded wholly. Nothing changes it on its way."""
        part = quote(key, safe="")
        if part in {".", ".."}:  # a path's own parts, which something on the way might take out
            part = part.replace(".", "%2E")
        return URL(f"{self.origin}{self.path.rstrip('/')}/{part}{self.query}", encoded=True)


def read_url(text: str) -> Target:
    """The URL of a webhook, checked.

    Raises:
        PydanticCustomError: A ValueError that says what is wrong with it, and never shows it.
    """
    if len(text) > _MAX_LENGTH:
        raise _bad(f"the URL has {len(text)} characters; {_MAX_LENGTH} are the most", "shorten it")
    if any(character <= " " or character in "\\\x7f" or character.isspace() for character in text) or not (
        text.isprintable()
    ):
        raise _bad("the URL holds a space, a backslash or a control character", "percent-encode it, such as %20")
    if "#" in text:
        raise _bad("the URL has a fragment, which is never sent", "leave out the # and what follows")
    parts = _PARTS.fullmatch(text)
    if parts is None or (scheme := parts["scheme"].lower()) not in _DEFAULT_PORTS:
        raise _bad("this is no http or https URL", "write such as https://hooks.example.com/path")
    if "@" in parts["authority"]:
        raise _bad("the URL holds a user or password", "leave them out; give the secret as `secret`")
    authority = _AUTHORITY.fullmatch(parts["authority"])
    if authority is None:
        raise _bad("the URL has no valid host", "write an IPv6 address in brackets")
    port = _DEFAULT_PORTS[scheme]
    if authority["port"] is not None:
        found = _PORT.fullmatch(authority["port"])
        if found is None or (port := int(found[1])) > 65535:
            raise _bad("the URL's port is not a number from 1 to 65535", "correct it, or leave it out with its colon")
    return Target(scheme, _host(authority["host"]), port, _encoded(parts["path"]), _encoded(parts["query"] or ""))


async def resolve_check(target: Target, destinations: Destinations, nameservers: Sequence[str] = ()) -> str | None:
    """Why the host of a webhook can never be called as things are, or None.

    A name that does not resolve now (within 3 seconds) may do so later, and each call checks the address that it
    connects to; so this is there to tell early, not to protect.
    """
    found = _written(target)
    if found is None and not destinations.trusts(target.host, target.port):
        found = await _resolved(target, nameservers)
    return _refusal(target, found, destinations)


def url_check(destinations: Destinations) -> Callable[[str], Target]:
    """What reads a URL as `read_url`, and refuses one whose address is written out and may not be called.

    It looks no name up; `resolve_check` does, with the same words.
    """

    def check(text: str) -> Target:
        target = read_url(text)
        wrong = _refusal(target, _written(target), destinations)
        if wrong:
            raise _bad(wrong, OPENS)
        return target

    return check


def _written(target: Target) -> list[str] | None:
    """The addresses that a host is without a look-up; None: it is a name."""
    if address_of(target.host) is not None:
        return [target.host]
    return ["127.0.0.1", "::1"] if target.host.rpartition(".")[2] == "localhost" else None


def _refusal(target: Target, found: Sequence[str] | None, destinations: Destinations) -> str | None:
    if not found or destinations.trusts(target.host, target.port):
        return None
    if any(destinations.admits(target.host, address, target.port) for address in found):
        return None
    return forbidden(target)


def forbidden(target: Target) -> str:
    """What is said where no address of a host may be called; the addresses are not told."""
    return f"{target.origin} leads to an address that webhooks may not call; {_OPEN_IT}"


def resolver(nameservers: Sequence[str]) -> AsyncResolver:
    """What resolves names, with these name servers or the system's; to be closed. Needs a running loop."""
    return AsyncResolver(nameservers=list(nameservers)) if nameservers else AsyncResolver()


async def _resolved(target: Target, nameservers: Sequence[str]) -> list[str]:
    asks = resolver(nameservers)
    try:
        async with asyncio.timeout(_RESOLVE_SECONDS):
            answer = await asks.resolve(target.host, target.port, family=socket.AF_UNSPEC)
        return [node["host"] for node in answer]
    except OSError:  # a timeout is one, too
        return []
    finally:
        await asks.close()


def _host(text: str) -> str:
    if not text:
        raise _bad("the URL has no host", "write such as https://hooks.example.com/path")
    if text.startswith("["):
        address = None if "%" in text else address_of(text[1:-1])
        if address is None or address.version != 6:
            raise _bad("what stands in brackets is no IPv6 address", "write such as [2001:db8::1], without a zone")
        return str(address)
    try:
        host = idna.encode(text, uts46=True).decode() if not text.isascii() else text.lower()
    except UnicodeError:
        raise _bad("the host is no valid international name", "write it in ASCII (xn--…)") from None
    host = host.removesuffix(".")
    if is_numeric(host):
        address = address_of(host)
        if address is None:
            raise _bad("the host is a number but no address", "write an IPv4 address as four decimal numbers")
        return str(address)
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        raise _bad("the host is no valid name", "letters, digits, `-`, `_` and dots may stand in it")
    return host


def _encoded(text: str) -> str:
    if re.search(r"%(?![0-9A-Fa-f]{2})", text):
        raise _bad("a % in the URL is not followed by two hexadecimal digits", "write a % itself as %25")
    try:
        return quote(text, safe=_SAFE + "?")
    except UnicodeEncodeError:
        raise _bad("the URL holds half of a surrogate pair", "leave it out") from None


def _bad(detail: str, hint: str) -> PydanticCustomError:
    return refuse("bad_webhook_url", detail, hint)
