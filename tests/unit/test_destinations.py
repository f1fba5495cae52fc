"""Which URLs a webhook may have, and which addresses may be called for them."""

from __future__ import annotations

import pytest
from pydantic import ValidationError
from yarl import URL

from server.batches.addresses import address_of, entries, nameservers
from server.batches.destinations import Destinations, read_url, resolve_check
from server.settings import Settings
from tests.unit.hostile_urls import HOSTILE


@pytest.mark.parametrize("url", HOSTILE, ids=lambda url: ascii(url)[:60])
def test_a_hostile_url_is_refused_or_its_address_is_not_called(url: str) -> None:
    try:
        target = read_url(url)
    except ValueError:
        return
    assert address_of(target.host) is not None, target.host
    assert not Destinations().admits(target.host, target.host, target.port)


@pytest.mark.parametrize(
    "url", ["http://canary:pass@a.com/", "http://a.com/canary#", "http://a.com/canary%", "ftp://canary/"]
)
def test_what_is_said_of_a_bad_url_does_not_show_it(url: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        read_url(url)
    assert "canary" not in str(caught.value) + repr(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/",
        "http://LOCALHOST./",
        "http://a.localhost:99/",
        "http://ⓛocalhost/",
        "http://127.0.0.1:8000/",
        "https://[fd00:ec2::254]/",
    ],
)
async def test_a_host_that_never_can_be_called_is_told_early(url: str) -> None:
    message = await resolve_check(read_url(url), Destinations(), ("127.0.0.1:1",))
    assert message is not None
    assert "SPEEDY_WEBHOOK_ALLOW" in message


@pytest.mark.parametrize("address", ["", "localhost", "fe80::1%eth0", "127.0.0.1%0", "8.8.8.8 ", "8.8.8", "x"])
def test_what_is_no_public_address_is_not_called(address: str) -> None:
    assert not Destinations().admits("example.com", address, 80)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "100.128.0.1", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_a_public_address_is_called(address: str) -> None:
    assert Destinations().admits("example.com", address, 80)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://Example.COM", "http://example.com"),
        ("HTTPS://example.com.:443/x", "https://example.com"),
        ("http://example.com:443", "http://example.com:443"),
        ("https://ß.de:80/?a=b", "https://xn--zca.de:80"),
        ("http://[2606:4700:0::1111]:65535", "http://[2606:4700::1111]:65535"),
        ("http://my_host-1", "http://my_host-1"),
        ("http://127.0.0.1", "http://127.0.0.1"),
    ],
)
def test_a_good_url_has_one_spelling_of_its_origin(url: str, origin: str) -> None:
    assert read_url(url).origin == origin


def test_a_target_shows_neither_its_path_nor_its_query() -> None:
    target = read_url("https://example.com/canary-path?canary=query")
    assert "canary" not in f"{target} {target!r} {target.origin}"


@pytest.mark.parametrize(
    ("opened", "host", "address", "port"),
    [
        ("hooks.internal", "other.internal", "10.0.0.1", 80),
        ("hooks.internal", "x.hooks.internal", "10.0.0.1", 80),
        ("hooks.internal", "xhooks.internal", "10.0.0.1", 80),
        ("hooks.internal", "hooks.internal.evil.com", "10.0.0.1", 80),
        ("hooks.internal:8080", "hooks.internal", "10.0.0.1", 80),
        ("*.corp.example", "corp.example", "10.0.0.1", 80),
        ("*.corp.example", "evilcorp.example", "10.0.0.1", 80),
        ("*.corp.example", "a.corp.example.com", "10.0.0.1", 80),
        ("*.corp.example:443", "a.corp.example", "10.0.0.1", 80),
        ("10.0.0.0/8", "a.com", "11.0.0.1.", 80),
        ("10.0.0.0/8", "a.com", "127.0.0.1", 80),
        ("10.0.0.0/8", "a.com", "::10.0.0.1", 80),
        ("10.0.0.0/8", "a.com", "2002:a00:1::", 80),
        ("10.0.0.0/8:9000", "a.com", "10.0.0.1", 80),
        ("127.0.0.1", "127.0.0.2", "127.0.0.2", 80),
        ("127.0.0.1", "::1", "::1", 80),
        ("127.0.0.1:9000", "127.0.0.1", "127.0.0.1", 9001),
        ("[fd00::/8]:443", "a.com", "fd00::1", 80),
        ("fd00::/8", "a.com", "fe80::1", 443),
        ("::1", "127.0.0.1", "127.0.0.1", 443),
        ("0.0.0.0/0", "a.com", "::1", 80),
        ("::/0", "a.com", "127.0.0.1", 80),
    ],
)
def test_an_entry_opens_nothing_beside_what_it_says(opened: str, host: str, address: str, port: int) -> None:
    assert not Destinations.of(opened).admits(host, address, port)


@pytest.mark.parametrize(
    ("opened", "host", "address", "port"),
    [
        ("hooks.internal", "hooks.internal", "10.0.0.1", 80),
        (" Hooks.Internal , 10.0.0.0/8", "hooks.internal", "127.0.0.1", 1),
        ("hooks.internal:8080", "hooks.internal", "::1", 8080),
        ("*.corp.example", "a.b.corp.example", "10.0.0.1", 80),
        ("*.corp.example:443", "a.corp.example", "10.0.0.1", 443),
        ("localhost", "localhost", "127.0.0.1", 80),
        ("10.0.0.0/8", "a.com", "10.255.0.1", 80),
        ("10.0.0.0/8", "a.com", "::ffff:10.0.0.1", 80),
        ("127.0.0.1:9000", "127.0.0.1", "127.0.0.1", 9000),
        ("[fd00::/8]:443", "a.com", "fd00::1", 443),
        ("[::1]", "::1", "::1", 443),
        ("::1", "::1", "::1", 443),
        ("0.0.0.0/0,::/0", "a.com", "169.254.169.254", 80),
        ("0.0.0.0/0,::/0", "a.com", "fe80::1", 80),
    ],
)
def test_an_entry_opens_what_it_says(opened: str, host: str, address: str, port: int) -> None:
    assert not Destinations().admits(host, address, port)
    assert Destinations.of(opened).admits(host, address, port)


@pytest.mark.parametrize(
    "entry",
    [
        "*",
        "*.",
        "a.*.com",
        "http://a.com",
        "a.com/x",
        "a.com:0",
        "a.com:65536",
        "a.com:http",
        "a b",
        "user@a.com",
        "10.0.0.1/8",
        "10.0.0.0/33",
        "10.0.0",
        "127.1",
        "0x7f.1",
        "[::1",
        "[::1]:",
        "[::1%eth0]",
        "fd00::1/8",
        "münchen.de",
        "a.com,,b.com",
        ",",
        "a..b",
        "a.com:80:90",
    ],
)
def test_a_bad_entry_is_refused_and_the_message_says_which(entry: str) -> None:
    with pytest.raises(ValueError, match=r"is no |has ") as caught:
        entries(f"good.example,{entry}")
    assert any(f"`{part}`" in str(caught.value) for part in entry.split(","))
    with pytest.raises(ValidationError, match="webhook_allow"):
        Settings(webhook_allow=entry)


def test_an_empty_list_opens_nothing() -> None:
    assert entries("") == entries("  ") == ()
    assert Settings().webhook_allow == ""


@pytest.mark.parametrize("text", ["ns.example", "10.0.0.0/8", "10.0.0.1,", "10.0.0.1:0", "10.0.0.1:65536", "x:y:z"])
def test_a_name_server_that_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no |has "):
        nameservers(text)
    with pytest.raises(ValidationError, match="webhook_nameservers"):
        Settings(webhook_nameservers=text)


def test_name_servers_may_have_ports() -> None:
    read = nameservers("10.0.0.2, 10.0.0.2:5353,[fd00::2]:53,fd00::3")
    assert read == ("10.0.0.2", "10.0.0.2:5353", "[fd00::2]:53", "fd00::3")


@pytest.mark.parametrize(
    ("url", "key", "sent"),
    [
        ("http://a.com", "k", "http://a.com/k"),
        ("http://a.com/", "k", "http://a.com/k"),
        ("http://a.com/x/?q=1", "k", "http://a.com/x/k?q=1"),
        ("http://a.com/x", "a/b", "http://a.com/x/a%2Fb"),
        ("http://a.com/x", "../../admin", "http://a.com/x/..%2F..%2Fadmin"),
        ("http://a.com/x", "a?b#c", "http://a.com/x/a%3Fb%23c"),
        ("http://a.com/x", "a%2Fb", "http://a.com/x/a%252Fb"),
        ("http://a.com/x", "a+b c&d=e;f@g:h", "http://a.com/x/a%2Bb%20c%26d%3De%3Bf%40g%3Ah"),
        ("http://a.com/x", "\r\nHost: b", "http://a.com/x/%0D%0AHost%3A%20b"),
        ("http://a.com/x", "ä\0€😀", "http://a.com/x/%C3%A4%00%E2%82%AC%F0%9F%98%80"),
        ("http://a.com/x", "\\\\b", "http://a.com/x/%5C%5Cb"),
        ("http://a.com/x%2Fy/%7E?a=%26", "k", "http://a.com/x%2Fy/%7E/k?a=%26"),
        ("http://a.com/ä?ö", "k", "http://a.com/%C3%A4/k?%C3%B6"),
        ("http://a.com:8080?x", "@evil.com", "http://a.com:8080/%40evil.com?x"),
    ],
)
def test_a_key_is_encoded_wholly_and_nothing_changes_the_url(url: str, key: str, sent: str) -> None:
    made = read_url(url).url_of(key)
    assert str(made) == sent
    assert made.raw_path == URL(sent, encoded=True).raw_path


@pytest.mark.parametrize("key", [".", ".."])
def test_a_key_of_dots_does_not_lead_to_another_path(key: str) -> None:
    made = read_url("http://a.com/x/y").url_of(key)
    assert made.raw_path == "/x/y/" + key.replace(".", "%2E")
