"""How often codes and passwords may be guessed, one code entered, and requests to delete made: in memory (or Redis).

Only codes with a right check digit that open nothing count as guesses. Whoever is counted (an address, an account, a
code at an address) is known only as an HMAC under an hour's key. An IPv6 address counts as its network of 64 bits.
Nothing is counted by a code alone: the cap would tell one person what another did with it.
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
DELETIONS, SITE_DELETIONS, SITE_DELETIONS_A_DAY = 20, 200, 1000
HOUR_SECONDS = 3600
NETWORK_BITS = 64


CODES, BEGINNINGS, PASSWORDS, REQUESTS_TO_DELETE = "guess_caps", "entry_caps", "password_caps", "deletion_caps"
"""The four caps of an application, by the names of its extensions."""


def init_app(app: Flask) -> None:
    """Give the application its four caps."""
    settings: Settings = app.config["SETTINGS"]
    app.extensions[CODES] = GuessCaps(settings)
    app.extensions[BEGINNINGS] = GuessCaps(settings, "entry", guesses=ENTRIES, site=SITE_ENTRIES)
    app.extensions[PASSWORDS] = GuessCaps(settings, "password", guesses=PASSWORD_GUESSES, site=SITE_ENTRIES)
    app.extensions[REQUESTS_TO_DELETE] = DeletionCaps(settings)


def is_over(caps: str, guesser: str) -> bool:
    """Tell whether a guesser or the whole site has tried too often, under one of the caps named above."""
    found: GuessCaps = current_app.extensions[caps]
    return found.is_over(guesser, _hour())


def count(caps: str, guesser: str) -> None:
    """Count one try under one of the caps named above."""
    found: GuessCaps = current_app.extensions[caps]
    found.count_guess(guesser, _hour())


def take_deletion() -> int:
    """Count a request to delete from this request's address; return the seconds to wait, 0 when it may go on."""
    found: DeletionCaps = current_app.extensions[REQUESTS_TO_DELETE]
    return found.take(_address(), _hour())


class CodeTries:
    """How often this request's address has typed codes that open nothing, and has begun with this very code.

    The second keeps one card from filling the database with drafts. It is counted for the code at an address: by the
    code alone the cap would tell whether somebody elsewhere began.
    """

    def __init__(self, code: str) -> None:
        self._code_here = f"{_address()} {code}"

    def are_over(self) -> bool:
        """Tell whether there were too many of either."""
        return is_over(CODES, _address()) or is_over(BEGINNINGS, self._code_here)

    def count_wrong(self) -> None:
        """Count a code that opens nothing."""
        count(CODES, _address())

    def count_begun(self) -> None:
        """Count a beginning."""
        count(BEGINNINGS, self._code_here)


def _address() -> str:
    return request.remote_addr or ""


def _hour() -> int:
    return int(time.time()) // HOUR_SECONDS


def counted(word: str) -> str:
    """Return what an address is counted as: IPv4 as it is, also inside IPv6, and IPv6 by its network of 64 bits.

    Whoever has one IPv6 address has all 2 ** 64 of its network. Anything else (an account, a code) stays as it is.
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
    """Counts wrong guesses of one kind. Without Redis each worker counts for itself and gets its share of the caps.

    Args:
        settings: says whether there is a Redis, and how many workers share the caps.
        kind: what is guessed; each kind has counts of its own.
        guesses: how many one guesser has in ten minutes.
        site: how many all together have in one minute.
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
        """Tell whether a guesser or the whole site has guessed too often.

        Args:
            guesser: the client's address, the account that is tried, or words with an address; not kept.
            hour: hours since the epoch; a new hour brings a new key.
        """
        who = self._disguise(guesser, hour)
        return not (self._limiter.test(self._per_address, who) and self._limiter.test(self._per_site))

    def count_guess(self, guesser: str, hour: int) -> None:
        """Count one guess."""
        self._limiter.hit(self._per_address, self._disguise(guesser, hour))
        self._limiter.hit(self._per_site)

    def _share(self, cap: int) -> int:
        return max(1, cap // self._workers)

    def _disguise(self, guesser: str, hour: int) -> str:
        who = " ".join(counted(word) for word in guesser.split(" "))
        return hmac.new(self._key_of(hour), who.encode(), hashlib.sha256).hexdigest()[:32]

    def _key_of(self, hour: int) -> bytes:
        if isinstance(self._storage, RedisStorage):
            redis = cast(Any, self._storage).storage
            name = f"guess-key:{hour}"
            made, kept = secrets.token_bytes(32), None
            while kept is None and not redis.set(name, made, nx=True, ex=HOUR_SECONDS):
                kept = redis.get(name)  # none if its time ended just now: then it is made anew
            return made if kept is None else bytes(kept)
        if hour != self._hour:
            self._hour_key, self._hour = secrets.token_bytes(32), hour
        return self._hour_key


class DeletionCaps(GuessCaps):
    """Counts requests to delete: by address in an hour, for the site in an hour and in a day; never by code.

    Every request counts alike, whatever its code is, and one that an address has no more of counts for nobody else.

    Args:
        settings: as above.
        address: how many one address has in an hour.
        site: how many all together have in an hour.
        day: how many all together have in a day.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        address: int = DELETIONS,
        site: int = SITE_DELETIONS,
        day: int = SITE_DELETIONS_A_DAY,
    ) -> None:
        super().__init__(settings, "deletion")
        self._address = RateLimitItemPerHour(self._share(address), 1, "deletion-who")
        self._site: tuple[RateLimitItem, ...] = (
            RateLimitItemPerHour(self._share(site), 1, "deletion-hour"),
            RateLimitItemPerDay(self._share(day), 1, "deletion-day"),
        )

    def take(self, address: str, hour: int) -> int:
        """Count one request, and return in how many seconds to come back; 0 lets it through.

        Args:
            address: the client's; not kept.
            hour: hours since the epoch; a new hour brings a new key.
        """
        who = self._disguise(address, hour)
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
