"""How often codes may be guessed: per address and for the whole site, counted in memory (or Redis), never stored.

Only codes with a right check digit that open nothing count. An address is known only as an HMAC under an hour's key.
"""

import hashlib
import hmac
import secrets
from typing import Any, cast

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import FixedWindowRateLimiter

from config import Settings

ADDRESS_GUESSES, ADDRESS_MINUTES = 20, 10
SITE_GUESSES, SITE_MINUTES = 120, 1
HOUR_SECONDS = 3600


class GuessCaps:
    """Counts wrong codes. Without Redis each worker counts for itself, so each gets its share of the caps."""

    def __init__(self, settings: Settings) -> None:
        share = 1 if settings.redis_url else max(1, settings.web_workers)
        self._storage = RedisStorage(settings.redis_url) if settings.redis_url else MemoryStorage()
        self._limiter = FixedWindowRateLimiter(self._storage)
        self._per_address = RateLimitItemPerMinute(max(1, ADDRESS_GUESSES // share), ADDRESS_MINUTES, "address")
        self._per_site = RateLimitItemPerMinute(max(1, SITE_GUESSES // share), SITE_MINUTES, "site")
        self._hour_key, self._hour = secrets.token_bytes(32), -1

    def is_over(self, address: str, hour: int) -> bool:
        """Tell whether an address or the whole site has guessed too often.

        Args:
            address: the client's address, which is not kept.
            hour: hours since the epoch; a new hour brings a new key.
        """
        who = self._disguise(address, hour)
        return not (self._limiter.test(self._per_address, who) and self._limiter.test(self._per_site))

    def count_guess(self, address: str, hour: int) -> None:
        """Count one wrong code."""
        self._limiter.hit(self._per_address, self._disguise(address, hour))
        self._limiter.hit(self._per_site)

    def _disguise(self, address: str, hour: int) -> str:
        return hmac.new(self._key_of(hour), address.encode(), hashlib.sha256).hexdigest()[:32]

    def _key_of(self, hour: int) -> bytes:
        if isinstance(self._storage, RedisStorage):
            redis = cast(Any, self._storage).storage
            name = f"guess-key:{hour}"
            redis.set(name, secrets.token_bytes(32), nx=True, ex=HOUR_SECONDS)
            return bytes(redis.get(name))
        if hour != self._hour:
            self._hour_key, self._hour = secrets.token_bytes(32), hour
        return self._hour_key
