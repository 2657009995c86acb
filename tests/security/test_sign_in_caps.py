"""How often passwords may be guessed: of an account at one address, of an account, and at an address, however fast."""

import re
import secrets
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from flask import Flask

from app.staff import accounts, sessions
from app.staff import second_factor as totp
from app.web import rate_limits
from app.web.rate_limits import ACCOUNT_GUESSES, OFFICE_GUESSES, PASSWORD_GUESSES, PASSWORDS, Caps, PasswordCaps
from tests.security.test_accounts import enrolled, lead, send
from tests.support.client import Seen, StrictClient, browser
from tests.support.staff import Person, make_person, sign_in, token_of

OWN = "198.51.100.200"


@pytest.fixture(autouse=True)
def _one_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test falls on the minute in which an hour's key changes."""
    monkeypatch.setattr(rate_limits, "_hour", lambda: 472_222)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every password is wrong at once, without the time that a hash takes."""
    monkeypatch.setattr(accounts, "find_by_password", lambda _email, _password: None)


def guess(app: Flask, email: str, address: str, count: int = 1) -> list[int]:
    """Type wrong passwords for an account from an address and return the statuses."""
    client = browser(app, source=address)
    return [sign_in(client, email, "not the password").status for _try in range(count)]


@pytest.mark.usefixtures("quick")
def test_two_hundred_guesses_from_twenty_five_addresses_meet_the_accounts_cap(app: Flask) -> None:
    person = make_person()
    statuses = Counter(
        status for n in range(25) for status in guess(app, person.email, f"198.51.100.{n}", PASSWORD_GUESSES - 2)
    )
    assert statuses == {422: ACCOUNT_GUESSES, 429: 200 - ACCOUNT_GUESSES}
    assert ACCOUNT_GUESSES == 50


def test_ten_people_of_one_office_do_not_lock_each_other_out(app: Flask) -> None:
    person = make_person()
    wrong = [guess(app, f"colleague{n}@example.org", OWN, 2) for n in range(10)]
    assert {status for statuses in wrong for status in statuses} == {422}
    assert sign_in(browser(app, source=OWN), person.email, person.password).status == 303


@pytest.mark.usefixtures("quick")
def test_one_address_cannot_try_every_account(app: Flask) -> None:
    statuses = Counter(status for n in range(30) for status in guess(app, f"a{n}@example.org", OWN, 4))
    assert statuses == {422: OFFICE_GUESSES, 429: 120 - OFFICE_GUESSES}


def test_an_attempt_beyond_one_limit_takes_nothing_from_the_others(app: Flask) -> None:
    person = make_person()
    assert Counter(guess(app, person.email, OWN, 80)) == {422: PASSWORD_GUESSES, 429: 80 - PASSWORD_GUESSES}
    assert guess(app, "colleague@example.org", OWN) == [422]
    assert sign_in(browser(app, source="192.0.2.9"), person.email, person.password).status == 303


def test_right_passwords_use_nothing_up(app: Flask) -> None:
    person = make_person()
    statuses = {sign_in(browser(app, source=OWN), person.email, person.password).status for _try in range(15)}
    assert statuses == {303}
    assert guess(app, person.email, OWN, PASSWORD_GUESSES + 1) == [422] * PASSWORD_GUESSES + [429]


def test_over_the_cap_a_right_password_looks_like_a_wrong_one(app: Flask) -> None:
    person = make_person()
    guess(app, person.email, OWN, PASSWORD_GUESSES)
    client = browser(app, source=OWN)
    answers = [sign_in(client, person.email, password) for password in (person.password, "not the password")]
    assert [answer.status for answer in answers] == [429, 429]
    assert len({answer.body_without_tokens for answer in answers}) == 1


@pytest.mark.parametrize("spelling", [str.upper, lambda email: f"  {email} ", str.title])
def test_another_spelling_is_the_same_account(app: Flask, spelling: object) -> None:
    person = make_person()
    guess(app, person.email, OWN, PASSWORD_GUESSES)
    assert guess(app, spelling(person.email), OWN) == [429]  # type: ignore[operator]


def at_once(count: int, attempt: object) -> Counter[int]:
    """Make many attempts at the same moment and count the statuses."""
    ready = Barrier(count)

    def one(number: int) -> int:
        ready.wait()
        return attempt(number).status  # type: ignore[operator]

    with ThreadPoolExecutor(count) as threads:
        return Counter(threads.map(one, range(count)))


def slow(check: object) -> object:
    """Return a check that takes a moment, as a hash does."""

    def checked(*given: object) -> object:
        time.sleep(0.2)
        return check(*given)  # type: ignore[operator]

    return checked


def test_of_forty_passwords_at_once_no_more_than_the_cap_get_through(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = make_person()
    monkeypatch.setattr(accounts, "find_by_password", slow(lambda _email, _password: None))
    clients = [browser(app, source=OWN) for _client in range(40)]
    tokens = [token_of(client.request("GET", "/staff/sign-in")) for client in clients]

    def attempt(number: int) -> Seen:
        fields = [("csrf_token", tokens[number]), ("email", person.email), ("password", "not the password")]
        return clients[number].request("POST", "/staff/sign-in", fields)

    statuses = at_once(40, attempt)
    assert statuses[422] <= PASSWORD_GUESSES
    assert statuses[422] + statuses[429] == 40
    assert guess(app, person.email, OWN, 11).count(422) == PASSWORD_GUESSES - statuses[422]


def test_threads_that_begin_an_hour_together_count_under_one_key(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    caps: Caps = app.extensions[PASSWORDS]
    real, hour = secrets.token_bytes, 7

    def slowly(length: int) -> bytes:
        time.sleep(0.05)
        return real(length)

    monkeypatch.setattr(secrets, "token_bytes", slowly)
    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(caps._key_of, [hour] * 8))) == 1


def half_signed_in(app: Flask) -> tuple[StrictClient, str]:
    """Return a browser after the right password of an account with a second factor, and the token of its page."""
    person, _seed, _recovery = enrolled(app)
    client = browser(app)
    sign_in(client, person.email, person.password)
    return client, token_of(client.request("GET", "/staff/second-factor"))


def clone(app: Flask, client: StrictClient) -> StrictClient:
    """Return another connection of the same browser."""
    again = browser(app)
    again.jar.set_cookie("s", client.cookie("s", "/staff") or "", path="/staff")
    return again


def test_of_forty_codes_at_once_no_more_than_the_cap_get_through(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    client, token = half_signed_in(app)
    monkeypatch.setattr(totp, "check", slow(lambda _user, _typed: False))
    clients = [clone(app, client) for _client in range(40)]

    def attempt(number: int) -> Seen:
        fields = [("csrf_token", token), ("code", f"{number:06}")]
        return clients[number].request("POST", "/staff/second-factor", fields)

    assert at_once(40, attempt)[422] <= PASSWORD_GUESSES


def test_of_forty_confirmations_at_once_no_more_than_the_cap_get_through(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, _person = lead(app)
    token = token_of(client.request("GET", "/staff/account"))
    monkeypatch.setattr(sessions, "confirm", slow(lambda _session, _password: False))
    clients = [clone(app, client) for _client in range(40)]

    def attempt(_number: int) -> Seen:
        fields = [("csrf_token", token), ("password", "not the password")]
        return clients[_number].request("POST", "/staff/confirm", fields)

    statuses = at_once(40, attempt)
    assert statuses[422] <= PASSWORD_GUESSES
    assert statuses[422] + statuses[429] == 40


def waits(answer: Seen) -> tuple[int, int]:
    """Return the minutes that a page says to wait, and the seconds that its header says."""
    (minutes,) = set(re.findall(r"Too many failed attempts\. Try again in (\d+) minutes?\.", answer.words))
    return int(minutes), int(answer.headers["retry-after"])


@pytest.mark.usefixtures("quick")
def test_the_page_says_when_to_try_again(app: Flask) -> None:
    person = make_person()
    guess(app, person.email, OWN, PASSWORD_GUESSES)
    minutes, seconds = waits(sign_in(browser(app, source=OWN), person.email, "x"))
    assert minutes == -(-seconds // 60)
    assert 9 * 60 < seconds <= 10 * 60

    for n in range(10):
        guess(app, "other@example.org", f"198.51.100.{n}", 5)
    answer = sign_in(browser(app, source="192.0.2.1"), "other@example.org", "x")
    assert answer.status == 429
    assert 59 * 60 < waits(answer)[1] <= 60 * 60


def test_the_other_two_doors_say_it_too(app: Flask) -> None:
    half, _token = half_signed_in(app)
    page = half.request("GET", "/staff/second-factor")
    codes = [send(half, page, "/staff/second-factor", code="000000") for _try in range(PASSWORD_GUESSES + 1)]
    client, _person = lead(app)
    page = client.request("GET", "/staff/confirm")
    again = [send(client, page, "/staff/confirm", password="wrong") for _try in range(PASSWORD_GUESSES + 1)]
    for answers in (codes, again):
        assert [answer.status for answer in answers] == [422] * PASSWORD_GUESSES + [429]
        assert waits(answers[-1])[0] in (9, 10)


def test_an_attempt_that_ends_in_a_fault_is_not_counted(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    person = make_person()

    def fault(_email: str, _password: str) -> None:
        raise RuntimeError("x")

    with monkeypatch.context() as patch:
        patch.setattr(sessions, "sign_in", fault)
        assert {*guess(app, person.email, OWN, PASSWORD_GUESSES + 5)} == {500}
    assert sign_in(browser(app, source=OWN), person.email, person.password).status == 303


@pytest.mark.parametrize("where", ["memory", "redis"])
def test_what_is_given_back_is_free_again_and_never_more(
    app: Flask, where: str, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("redis_server") if where == "redis" else ""
    caps = PasswordCaps(replace(app.config["SETTINGS"], redis_url=url))
    counters = caps.of_account(where, "anna@example.org")
    for _attempt in range(30):
        assert caps.take_all(counters, 1) == 0
        caps.give_back(counters, 1)
    caps.give_back(counters, 1)
    assert [caps.take_all(counters, 1) > 0 for _attempt in range(12)] == [False] * 10 + [True] * 2


def test_a_name_with_an_address_in_it_counts_for_nobody_else(app: Flask) -> None:
    caps: PasswordCaps = app.extensions[PASSWORDS]
    one, other = (
        caps.of_sign_in("anna@example.org 10.0.0.1", "10.0.0.2"),
        caps.of_sign_in("anna@example.org", "10.0.0.1"),
    )
    assert not {key for _item, key in one} & {key for _item, key in other}


def test_no_email_and_no_address_is_kept(app: Flask) -> None:
    person: Person = make_person()
    guess(app, person.email, "203.0.113.77", 3)
    kept = repr(vars(app.extensions[PASSWORDS]._storage))
    assert person.email not in kept
    assert "203.0.113.77" not in kept
