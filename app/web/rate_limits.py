"""Rate limits for guesses of codes and passwords, entries of one code, and requests to delete; in memory or Redis.

An attempt is counted before its outcome is known, so that of many at once no more than allowed get through, and is
taken back if it was not one of those that count. Only invalid codes with a correct check digit count as guesses.
Clients (an address, an account, a code at an address) are stored only as an HMAC under a key that changes every hour.
No code is counted alone, because the limit would disclose to one person what another did with the code.
"""

import hashlib
import hmac
import secrets
import threading
import time
from typing import Any, Self, cast

from flask import Flask, current_app, request
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import FixedWindowRateLimiter

from app.core.headers import client_of
from config import Settings

ADDRESS_GUESSES, ADDRESS_MINUTES = 20, 10
PASSWORD_GUESSES, PASSWORD_MINUTES = 10, 10
ACCOUNT_GUESSES, OFFICE_GUESSES = 50, 100
ENTRIES, SITE_ENTRIES = 20, 3000
SITE_GUESSES, SITE_MINUTES = 120, 1
DELETIONS, SITE_DELETIONS, DELETIONS_A_DAY = 20, 200, 1000
HOUR_SECONDS, HOUR_MINUTES, DAY_MINUTES = 3600, 60, 24 * 60
REDIS_SECONDS = 2
CODES, BEGINNINGS, PASSWORDS, REQUESTS_TO_DELETE = "guess_caps", "entry_caps", "password_caps", "deletion_caps"
"""The four rate limits, by their names in ``app.extensions``."""
Counter = tuple[RateLimitItem, str]
"""A limit, and as whom an attempt counts under it; the whole site has no name."""


def init_app(app: Flask) -> None:
    """Register the four rate limits."""
    settings: Settings = app.config["SETTINGS"]
    app.extensions[CODES] = GuessCaps(settings)
    app.extensions[BEGINNINGS] = GuessCaps(settings, "entry", guesses=ENTRIES, site=SITE_ENTRIES)
    app.extensions[PASSWORDS] = PasswordCaps(settings)
    app.extensions[REQUESTS_TO_DELETE] = DeletionCaps(settings)


def take_deletion() -> int:
    """Count a request to delete from this request's address; return the seconds to wait, 0 if it is allowed."""
    return current_app.extensions[REQUESTS_TO_DELETE].take(_address(), _hour())


def signing_in(email: str) -> "Attempt":
    """Begin an attempt to sign in to an account (its normalised email) from this request's address."""
    caps: PasswordCaps = current_app.extensions[PASSWORDS]
    return Attempt(caps, caps.of_sign_in(email, _address()))


def proving(kind: str, email: str) -> "Attempt":
    """Begin an attempt of a signed-in account of one kind, such as a code of the second factor."""
    caps: PasswordCaps = current_app.extensions[PASSWORDS]
    return Attempt(caps, caps.of_account(kind, email))


def _address() -> str:
    """Return as whom this request's client is counted: the only place where an address is read."""
    proxies = current_app.config["SETTINGS"].trusted_proxies
    return client_of(request.environ.get("REMOTE_ADDR") or "", request.headers.get("X-Forwarded-For", ""), proxies)


def _hour() -> int:
    return int(time.time()) // HOUR_SECONDS


class Caps:
    """Counters of one kind. Without Redis each worker counts separately, with its share of the limits."""

    def __init__(self, settings: Settings, kind: str) -> None:
        self._kind = kind
        self._workers = 1 if settings.redis_url else max(1, settings.web_workers)
        self._storage = _redis_storage(settings.redis_url) if settings.redis_url else MemoryStorage()
        self._limiter = FixedWindowRateLimiter(self._storage)
        self._hour_key, self._hour, self._key_lock = secrets.token_bytes(32), -1, threading.Lock()

    def limit(self, name: str, most: int, minutes: int) -> RateLimitItem:
        """Return a limit of this kind, or this worker's share of it."""
        return RateLimitItemPerMinute(max(1, most // self._workers), minutes, f"{self._kind}-{name}")

    def take_all(self, counters: tuple[Counter, ...], hour: int) -> int:
        """Count an attempt under each limit, or under none if one is reached; return the seconds to wait, or 0.

        Names are stored only under the key of the hour, counted since the epoch.
        """
        for number, (item, who) in enumerate(counters, 1):
            key = self._pseudonym(who, hour)
            if not self._limiter.hit(item, key):
                self.give_back(counters[:number], hour)
                return max(1, round(self._limiter.get_window_stats(item, key).reset_time - time.time()))
        return 0

    def give_back(self, counters: tuple[Counter, ...], hour: int) -> None:
        """Take an attempt back, unless its window has ended."""
        for item, who in counters:
            key = item.key_for(self._pseudonym(who, hour))
            if self._storage.get(key) > 0:
                self._storage.incr(key, item.get_expiry(), -1)

    def _pseudonym(self, who: str, hour: int) -> str:
        return hmac.new(self._key_of(hour), who.encode(), hashlib.sha256).hexdigest()[:32] if who else "site"

    def _key_of(self, hour: int) -> bytes:
        if isinstance(self._storage, RedisStorage):
            redis = cast(Any, self._storage).storage
            name = f"guess-key:{hour}"
            made, kept = secrets.token_bytes(32), None
            while kept is None and not redis.set(name, made, nx=True, ex=HOUR_SECONDS):
                kept = redis.get(name)  # None if it has just expired; then a new one is set
            return made if kept is None else bytes(kept)
        with self._key_lock:  # threads that begin an hour together count under one key
            if hour != self._hour:
                self._hour_key, self._hour = secrets.token_bytes(32), hour
            return self._hour_key


class GuessCaps(Caps):
    """Limits for guesses of one kind: of one guesser in ten minutes, and of the whole site in one minute."""

    def __init__(
        self, settings: Settings, kind: str = "code", *, guesses: int = ADDRESS_GUESSES, site: int = SITE_GUESSES
    ) -> None:
        super().__init__(settings, kind)
        self._who = self.limit("who", guesses, ADDRESS_MINUTES)
        self._site = self.limit("site", site, SITE_MINUTES)

    def counters(self, guesser: str) -> tuple[Counter, ...]:
        """Return what counts an attempt of a guesser: an address, or a text with an address."""
        return (self._who, guesser), (self._site, "")


class PasswordCaps(Caps):
    """Limits for wrong passwords: of an account at an address, of an account, and of an address.

    The last one is high, because a whole office can be behind one address. An attempt beyond one limit does not count
    under the others: one address cannot use up what an account has left for its owner elsewhere.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, "password")
        self._here = self.limit("here", PASSWORD_GUESSES, PASSWORD_MINUTES)
        self._address = self.limit("address", OFFICE_GUESSES, PASSWORD_MINUTES)
        self._account = self.limit("account", ACCOUNT_GUESSES, HOUR_MINUTES)

    def of_sign_in(self, email: str, address: str) -> tuple[Counter, ...]:
        """Return what counts an attempt to sign in."""
        return (self._here, f"{email}\0{address}"), (self._address, address), (self._account, email)

    def of_account(self, kind: str, email: str) -> tuple[Counter, ...]:
        """Return what counts an attempt of one kind by an account that is signed in."""
        return ((self._here, f"{kind}\0{email}"),)


class DeletionCaps(Caps):
    """Limits for requests to delete: of an address per hour, of the site per hour and per day; never of a code.

    Every request counts, whatever its code; a request beyond the limit of its address does not count for the site.
    """

    def __init__(
        self, settings: Settings, *, address: int = DELETIONS, site: int = SITE_DELETIONS, day: int = DELETIONS_A_DAY
    ) -> None:
        super().__init__(settings, "deletion")
        self._address = self.limit("who", address, HOUR_MINUTES)
        self._site = self.limit("day", day, DAY_MINUTES), self.limit("hour", site, HOUR_MINUTES)

    def take(self, address: str, hour: int) -> int:
        """Count a request from an address (see ``take_all``), and return the seconds to wait; 0 if it is allowed."""
        return self.take_all(((self._address, address), *((item, "") for item in self._site)), hour)


class Attempt:
    """An attempt, counted from the start; the end of the block takes it back unless it was kept.

    ``wait`` is the number of seconds to wait if it is not allowed, else 0.
    """

    def __init__(self, caps: Caps, counters: tuple[Counter, ...]) -> None:
        self._caps, self._counters, self._hour = caps, counters, _hour()
        self.wait = caps.take_all(counters, self._hour)
        self._is_kept = self.wait > 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if not self._is_kept:
            self._caps.give_back(self._counters, self._hour)

    def keep(self) -> None:
        """Let this attempt count."""
        self._is_kept = True


class CodeTries:
    """Attempts from this request's address: invalid codes, and journeys started with one code.

    The second limit prevents one card from filling the database with drafts. It counts the code at an address; counting
    by the code alone would disclose whether somebody else had started. ``wait`` is the number of seconds to wait if a
    limit is reached, else 0.
    """

    def __init__(self, code: str) -> None:
        guesses, beginnings = current_app.extensions[CODES], current_app.extensions[BEGINNINGS]
        self._guess = Attempt(guesses, guesses.counters(_address()))
        self._beginning = Attempt(beginnings, beginnings.counters(f"{_address()}\0{code}"))
        self.count_wrong, self.count_begun = self._guess.keep, self._beginning.keep
        self.wait = max(self._guess.wait, self._beginning.wait)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._guess.__exit__()
        self._beginning.__exit__()


def _redis_storage(url: str) -> RedisStorage:
    """Return a storage that gives up on a Redis that does not answer; it is asked again at the next attempt."""
    from redis.backoff import NoBackoff  # slow to import, and most installations have no Redis
    from redis.retry import Retry

    patience: dict[str, Any] = {"socket_timeout": REDIS_SECONDS, "socket_connect_timeout": REDIS_SECONDS}
    return RedisStorage(url, **patience, retry=cast(Any, Retry(NoBackoff(), 0)))
