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
        self, settings: Settings, kind: str = "code", guesses: int = ADDRESS_GUESSES, site: int = SITE_GUESSES
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
