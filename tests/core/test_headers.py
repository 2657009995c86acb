"""What the headers of a request say: as whom a client is counted behind proxies, and which language is preferred."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.headers import UNKNOWN, best_language, client_of
from app.web.i18n import LANGUAGES

OFFERED = [*LANGUAGES]
PROXY = "10.0.0.1"


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        ("203.0.113.8", "203.0.113.8"),
        ("203.0.113.8:40001", "203.0.113.8"),
        ("203.0.113.8:", "203.0.113.8"),
        ("  203.0.113.8 ", "203.0.113.8"),
        ('"203.0.113.8:40001"', "203.0.113.8"),
        ("[203.0.113.8]:443", "203.0.113.8"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::9]", "2001:db8:1:2::/64"),
        ("[2001:DB8:1:2::9]:40001", "2001:db8:1:2::/64"),
        ('"[2001:db8:1:2::9]:40001"', "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::9%eth0]:40001", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:203.0.113.8", "203.0.113.8"),
        ("::ffff:cb00:7108", "203.0.113.8"),
        ("[::ffff:203.0.113.8]:40001", "203.0.113.8"),
        ("198.51.100.1, 203.0.113.8:40001", "203.0.113.8"),
        ("198.51.100.1:1,203.0.113.8:2", "203.0.113.8"),
        ("", PROXY),
        ("   ", PROXY),
        ("203.0.113.8,", UNKNOWN),
        ("unknown", UNKNOWN),
        ("_hidden", UNKNOWN),
        ("zebra", UNKNOWN),
        ("zebra:40001", UNKNOWN),
        ("203.0.113.8:port", UNKNOWN),
        ("203.0.113.8:1:2", UNKNOWN),
        ("203.0.113", UNKNOWN),
        ("203.0.113.008", UNKNOWN),
        ("٢٠٣.0.113.8", UNKNOWN),
        ("for=203.0.113.8", UNKNOWN),
        (":40001", UNKNOWN),
        ("[]", UNKNOWN),
        ("x" * 10_000, UNKNOWN),
    ],
)
def test_the_client_of_one_proxy(forwarded: str, client: str) -> None:
    assert client_of(PROXY, forwarded, 1) == client


@pytest.mark.parametrize(
    ("forwarded", "proxies", "client"),
    [
        ("9.9.9.9", 0, PROXY),
        ("9.9.9.9, 203.0.113.8, 192.0.2.7", 2, "203.0.113.8"),
        ("203.0.113.8", 2, PROXY),
        ('9.9.9.9, ", 203.0.113.8, 192.0.2.7', 2, "203.0.113.8"),
        ('9.9.9.9, "a\\", 203.0.113.8, 192.0.2.7', 2, "203.0.113.8"),
        ('"9.9.9.9, 203.0.113.8', 1, "203.0.113.8"),
    ],
)
def test_a_client_cannot_choose_its_own_address(forwarded: str, proxies: int, client: str) -> None:
    assert client_of(PROXY, forwarded, proxies) == client


def test_without_an_address_of_the_peer_all_are_one() -> None:
    assert {client_of(peer, "", 0) for peer in ("", "@", "unix:/run/portal", "zebra")} == {UNKNOWN}


@given(st.text(), st.text(), st.integers(0, 3))
def test_no_header_is_a_fault(peer: str, forwarded: str, proxies: int) -> None:
    client = client_of(peer, forwarded, proxies)
    assert client == UNKNOWN or client_of(client.split("/")[0], "", 0) == client


@pytest.mark.parametrize(
    ("accepted", "tag"),
    [
        ("pl", "pl"),
        ("PL", "pl"),
        ("pl-PL", "pl"),
        ("pl_PL", "pl"),
        ("pl-PL,en;q=0.9", "pl"),
        ("pl-PL, pl;q=0.9, en-GB;q=0.8, en;q=0.7", "pl"),
        ("pl-Latn-PL, en;q=0.9", "pl"),
        ("en-GB,en;q=0.9,pl;q=0.8", "en"),
        ("en-US,pl;q=0.9", "en"),
        ("en;q=0.8, pl", "pl"),
        ("en;q=0.8, pl-PL;q=0.9", "pl"),
        ("de-DE,de;q=0.9,pl;q=0.5,en;q=0.3", "pl"),
        ("ro, ur-PK;q=0.4, en;q=0.3", "ur"),
        ("ar-EG", "ar"),
        ("arb", "ar"),
        ("uk-UA, ru;q=0.9", "uk"),
        ("zh", "zh-Hant"),
        ("zh-Hant", "zh-Hant"),
        ("zh-hant-hk", "zh-Hant"),
        ("zh-TW,zh;q=0.9,en-US;q=0.8", "zh-Hant"),
        ("zh-HK, en;q=0.9", "zh-Hant"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hant"),
        ("yue-Hant-HK, en;q=0.5", "zh-Hant"),
        ("pl;q=0, en;q=0.5", "en"),
        ("pl;q=0, pl-PL, en;q=0.5", "en"),
        ("pl;q=0.000, uk;q=0.001", "uk"),
        ("zh;q=0, zh-TW, pl;q=0.1", "pl"),
        ("en-GB;q=0, en", "en"),
        ("*", "en"),
        ("de, *;q=0.5", "en"),
        ("en;q=0, *;q=0.5", "pl"),
        ("pl, *;q=0", "pl"),
        ("pl; q=0.9 , en ; q=0.1", "pl"),
        ("en;q=0.1;x=1, pl;level=2;q=0.2", "pl"),
        ("en;q=0.5, pl;q=7.5", "pl"),
        ("pl;q=abc, uk;q=0.1", "uk"),
        ("pl;q=-1, uk;q=0.1", "uk"),
        ("pl;q=nan, uk;q=0.1", "uk"),
        (",,;q=1, =, pl", "pl"),
        ("plx, enx", None),
        ("polish", None),
        ("de", None),
        ("en;q=0", None),
        ("", None),
        ("; ; ;", None),
        ("é, \x00, пл", None),
        ("pl-" + "x" * 100_000, None),
        ("de," * 100_000 + "pl", None),
    ],
)
def test_the_preferred_language(accepted: str, tag: str | None) -> None:
    assert best_language(accepted, OFFERED) == tag


@given(st.text() | st.lists(st.sampled_from(["pl", "zh", "-TW", ";q=", "0.5", ",", "*", " "])).map("".join))
def test_every_header_gives_an_offered_language_or_none(accepted: str) -> None:
    assert best_language(accepted, OFFERED) in (None, *OFFERED)
