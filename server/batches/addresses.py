"""Which addresses are special, and the entries of the list that opens some of them to webhooks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from pydantic_core import PydanticCustomError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

#: From IANA's registry of special-purpose addresses, whole blocks; what Python knows of it changes between releases.
_SPECIAL_4 = tuple(
    IPv4Network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        "168.63.129.16/32",  # Azure's own services, at an address that looks like any other
    )
)
#: Of IPv6 all but this is special,
_GLOBAL_6 = IPv6Network("2000::/3")
#: and these parts of it: Teredo and other protocols, documentation, 6to4, AS112.
_SPECIAL_6 = tuple(
    IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)
_MAPPED = IPv6Network("::ffff:0:0/96")
_NAT64 = IPv6Network("64:ff9b::/96")

_PORT = r"[1-9][0-9]{0,4}"
_HOST = re.compile(rf"(?P<host>(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)(?::(?P<port>{_PORT}))?")
_BRACKETS = re.compile(rf"\[(?P<host>[0-9a-f:./]+)\](?::(?P<port>{_PORT}))?")
_IPV4 = re.compile(rf"(?P<host>[0-9.]+(?:/[0-9]+)?)(?::(?P<port>{_PORT}))?")


def reached(address: Address) -> Address:
    """The address that a packet ends at: the IPv4 address inside a mapped one, or one behind a NAT64."""
    if isinstance(address, IPv6Address) and (address in _MAPPED or address in _NAT64):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def is_special(address: Address) -> bool:
    """Whether an address is no ordinary public one.

    Those that tunnel (6to4, Teredo, IPv4-compatible, local NAT64) are special whatever they hold.
    """
    end = reached(address)
    if isinstance(end, IPv4Address):
        return any(end in network for network in _SPECIAL_4)
    return end not in _GLOBAL_6 or any(end in network for network in _SPECIAL_6)


def is_numeric(host: str) -> bool:
    """Whether the last part of a host's name is a number: then some programs read the name as an IPv4 address."""
    return re.fullmatch(r"[0-9]+|0x[0-9a-f]*", host.rpartition(".")[2]) is not None


@dataclass(frozen=True)
class Entry:
    """One entry of the list: a name, a name with its subdomains alone (`*.corp.example`), or a network."""

    name: str = ""
    network: Network | None = None
    #: None: any.
    port: int | None = None

    @classmethod
    def of(cls, text: str) -> Entry:
        """An entry as it is written in the setting.

        Raises:
            PydanticCustomError: When it is none; the text says what it may be.
        """
        text = text.strip().lower()
        for form in (_BRACKETS, _IPV4):
            if found := form.fullmatch(text):
                return cls(network=_network(text, found["host"]), port=_port(text, found["port"]))
        if text.count(":") > 1:
            return cls(network=_network(text, text))
        found = _HOST.fullmatch(text)
        if found is None or is_numeric(found["host"]):
            raise _refused(
                f"`{text[:100]}` is no host, address or network; write such as hooks.internal, *.corp.example, "
                "10.0.0.0/8, 127.0.0.1:9000 or [fd00::/8]:443 (all addresses: 0.0.0.0/0,::/0)"
            )
        return cls(name=found["host"], port=_port(text, found["port"]))

    def trusts(self, host: str, port: int) -> bool:
        """Whether the entry names this host, so that whatever it resolves to may be called."""
        if not self.name or self.port not in {None, port}:
            return False
        return host.endswith(self.name[1:]) if self.name.startswith("*") else host == self.name

    def holds(self, address: Address, port: int) -> bool:
        """Whether the entry is a network with this address."""
        if self.network is None or self.port not in {None, port}:
            return False
        return address in self.network or reached(address) in self.network


def entries(text: str) -> tuple[Entry, ...]:
    """The entries of a list separated by commas.

    Raises:
        PydanticCustomError: When one is no entry.
    """
    return tuple(Entry.of(part) for part in text.split(",")) if text.strip() else ()


def checked_entries(text: str) -> str:
    """The list itself, for a setting; raises as `entries` does."""
    entries(text)
    return text


def nameservers(text: str) -> tuple[str, ...]:
    """The addresses of name servers in a list separated by commas, each with its port where it has one.

    Raises:
        PydanticCustomError: When one is no address.
    """
    found = []
    for part in text.split(",") if text.strip() else ():
        entry = Entry.of(part) if part.strip() else None
        if entry is None or entry.network is None or entry.network.num_addresses != 1:
            raise _refused(
                f"`{part.strip()[:100]}` is no address; write such as 10.0.0.2, 10.0.0.2:5353 or [fd00::2]:53"
            )
        address = str(entry.network.network_address)
        shown = f"[{address}]" if ":" in address else address
        found.append(f"{shown}:{entry.port}" if entry.port else address)
    return tuple(found)


def checked_nameservers(text: str) -> str:
    """The list itself, for a setting; raises as `nameservers` does."""
    nameservers(text)
    return text


def address_of(host: str) -> Address | None:
    """The address that a host is, or None when it is a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def _network(text: str, network: str) -> Network:
    try:
        return ip_network(network)
    except ValueError as error:
        raise _refused(f"`{text[:100]}` is no network: {error}") from None


def _port(text: str, port: str | None) -> int | None:
    if port is not None and int(port) > 65535:
        raise _refused(f"`{text[:100]}` has a port beyond 65535")
    return int(port) if port else None


def _refused(detail: str) -> PydanticCustomError:
    return PydanticCustomError("bad_entry", "{detail}", {"detail": detail})
