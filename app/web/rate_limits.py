"""Rate limits for guesses of codes and passwords, entries of one code, and requests to delete; in memory or Redis.

Only invalid codes with a correct check digit count as guesses. Clients (an address, an account, a code at an address)
are stored only as an HMAC under a key that changes every hour; IPv6 addresses count by their /64 network. Nothing is
counted by a code alone, because the limit would disclose to one person what another did with the code.
"""

import hashlib
import hmac
import ipaddress
import secrets
import time
from typing import Any, cast

from flask import Flask, current_app, request
from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import FixedWindowRateLimiter

from config import Settings

ADDRESS_GUESSES, ADDRESS_MINUTES = 20, 10
PASSWORD_GUESSES = 10
ENTRIES, SITE_ENTRIES = 20, 3000
SITE_GUESSES, SITE_MINUTES = 120, 1
DELETIONS, SITE_DELETIONS, DELETIONS_A_DAY = 20, 200, 1000
HOUR_SECONDS = 3600
NETWORK_BITS = 64
CODES, BEGINNINGS, PASSWORDS, REQUESTS_TO_DELETE = "guess_caps", "entry_caps", "password_caps", "deletion_caps"
"""The four rate limits, by their names in ``app.extensions``."""


def init_app(app: Flask) -> None:
    """Register the four rate limits."""
    settings: Settings = app.config["SETTINGS"]
    app.extensions[CODES] = GuessCaps(settings)
    app.extensions[BEGINNINGS] = GuessCaps(settings, "entry", guesses=ENTRIES, site=SITE_ENTRIES)
    app.extensions[PASSWORDS] = GuessCaps(settings, "password", guesses=PASSWORD_GUESSES, site=SITE_ENTRIES)
    app.extensions[REQUESTS_TO_DELETE] = DeletionCaps(settings)


def is_over(caps: str, guesser: str) -> bool:
    """Return whether a guesser or the whole site has exceeded one of the rate limits named above."""
    return current_app.extensions[caps].is_over(guesser, _hour())


def count(caps: str, guesser: str) -> None:
    """Count one attempt under one of the rate limits named above."""
    current_app.extensions[caps].count_guess(guesser, _hour())


def take_deletion() -> int:
    """Count a request to delete from this request's address; return the seconds to wait, 0 if it is allowed."""
    return current_app.extensions[REQUESTS_TO_DELETE].take(_address(), _hour())


class CodeTries:
    """Attempts from this request's address: invalid codes, and journeys started with one code.

    The second limit prevents one card from filling the database with drafts. It counts the code at an address; counting
    by the code alone would disclose whether somebody else had started.
    """

    def __init__(self, code: str) -> None:
        self._code_here = f"{_address()} {code}"

    def are_over(self) -> bool:
        """Return whether either limit is exceeded."""
        return is_over(CODES, _address()) or is_over(BEGINNINGS, self._code_here)

    def count_wrong(self) -> None:
        """Count an invalid code."""
        count(CODES, _address())

    def count_begun(self) -> None:
        """Count a started journey."""
        count(BEGINNINGS, self._code_here)


def _address() -> str:
    return request.remote_addr or ""


def _hour() -> int:
    return int(time.time()) // HOUR_SECONDS


def counted(word: str) -> str:
    """Return the key for counting an address: IPv4 (also IPv4-mapped) unchanged, IPv6 as its /64 network.

    Anything else (an account, a code) is returned unchanged.
    """
    try:
        address = ipaddress.ip_address(word)
    except ValueError:
        return word
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address), NETWORK_BITS), strict=False))


class GuessCaps:
    """Limits for wrong guesses of one kind: of one guesser in ten minutes, and of the whole site in one minute.

    Without Redis each worker counts separately, with its share of the limits.
    """

    def __init__(
        self, settings: Settings, kind: str = "code", *, guesses: int = ADDRESS_GUESSES, site: int = SITE_GUESSES
    ) -> None:
        self._workers = 1 if settings.redis_url else max(1, settings.web_workers)
        self._storage = RedisStorage(settings.redis_url) if settings.redis_url else MemoryStorage()
        self._limiter = FixedWindowRateLimiter(self._storage)
        self._per_address = RateLimitItemPerMinute(self._share(guesses), ADDRESS_MINUTES, f"{kind}-who")
        self._per_site = RateLimitItemPerMinute(self._share(site), SITE_MINUTES, f"{kind}-site")
        self._hour_key, self._hour = secrets.token_bytes(32), -1

    def is_over(self, guesser: str, hour: int) -> bool:
        """Return whether a guesser (an address, an account, or a text with an address) or the site is over its limit.

        The guesser is stored only under the key of the hour, counted since the epoch.
        """
        who = self._pseudonym(guesser, hour)
        return not (self._limiter.test(self._per_address, who) and self._limiter.test(self._per_site))

    def count_guess(self, guesser: str, hour: int) -> None:
        """Count one guess."""
        self._limiter.hit(self._per_address, self._pseudonym(guesser, hour))
        self._limiter.hit(self._per_site)

    def _share(self, cap: int) -> int:
        return max(1, cap // self._workers)

    def _pseudonym(self, guesser: str, hour: int) -> str:
        who = " ".join(counted(word) for word in guesser.split(" "))
        return hmac.new(self._key_of(hour), who.encode(), hashlib.sha256).hexdigest()[:32]

    def _key_of(self, hour: int) -> bytes:
        if isinstance(self._storage, RedisStorage):
            redis = cast(Any, self._storage).storage
            name = f"guess-key:{hour}"
            made, kept = secrets.token_bytes(32), None
            while kept is None and not redis.set(name, made, nx=True, ex=HOUR_SECONDS):
                kept = redis.get(name)  # None if it has just expired; then a new one is set
            return made if kept is None else bytes(kept)
        if hour != self._hour:
            self._hour_key, self._hour = secrets.token_bytes(32), hour
        return self._hour_key


class DeletionCaps(GuessCaps):
    """Limits for requests to delete: of an address per hour, of the site per hour and per day; never of a code.

    Every request counts, whatever its code; a request beyond the limit of its address does not count for the site.
    """

    def __init__(
        self, settings: Settings, *, address: int = DELETIONS, site: int = SITE_DELETIONS, day: int = DELETIONS_A_DAY
    ) -> None:
        super().__init__(settings, "deletion")
        self._address = RateLimitItemPerHour(self._share(address), 1, "deletion-who")
        self._site: tuple[RateLimitItem, ...] = (
            RateLimitItemPerHour(self._share(site), 1, "deletion-hour"),
            RateLimitItemPerDay(self._share(day), 1, "deletion-day"),
        )

    def take(self, address: str, hour: int) -> int:
        """Count a request from an address (see ``is_over``), and return the seconds to wait; 0 if it is allowed."""
        who = self._pseudonym(address, hour)
        if not self._limiter.hit(self._address, who):
            return self._seconds_left(self._address, who)
        over = [item for item in self._site if not self._limiter.test(item)]
        if over:
            return max(self._seconds_left(item) for item in over)
        for item in self._site:
            self._limiter.hit(item)
        return 0

    def _seconds_left(self, item: RateLimitItem, *who: str) -> int:
        return max(1, round(self._limiter.get_window_stats(item, *who).reset_time - time.time()))
