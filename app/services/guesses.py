"""How often codes and passwords may be guessed, and one code entered: counted in memory (or Redis) only.

Only codes with a right check digit that open nothing count as guesses. Whoever is counted (an address, an account, a
code at an address) is known only as an HMAC under an hour's key. Nothing is counted by a code alone: the cap would tell
one person what another did with it.
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
PASSWORD_GUESSES = 10
ENTRIES, SITE_ENTRIES = 20, 3000
SITE_GUESSES, SITE_MINUTES = 120, 1
HOUR_SECONDS = 3600


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
        share = 1 if settings.redis_url else max(1, settings.web_workers)
        self._storage = RedisStorage(settings.redis_url) if settings.redis_url else MemoryStorage()
        self._limiter = FixedWindowRateLimiter(self._storage)
        self._per_address = RateLimitItemPerMinute(max(1, guesses // share), ADDRESS_MINUTES, f"{kind}-who")
        self._per_site = RateLimitItemPerMinute(max(1, site // share), SITE_MINUTES, f"{kind}-site")
        self._hour_key, self._hour = secrets.token_bytes(32), -1

    def is_over(self, guesser: str, hour: int) -> bool:
        """Tell whether a guesser or the whole site has guessed too often.

        Args:
            guesser: the client's address, the account that is tried, or address and code; not kept.
            hour: hours since the epoch; a new hour brings a new key.
        """
        who = self._disguise(guesser, hour)
        return not (self._limiter.test(self._per_address, who) and self._limiter.test(self._per_site))

    def count_guess(self, guesser: str, hour: int) -> None:
        """Count one guess."""
        self._limiter.hit(self._per_address, self._disguise(guesser, hour))
        self._limiter.hit(self._per_site)

    def _disguise(self, guesser: str, hour: int) -> str:
        return hmac.new(self._key_of(hour), guesser.encode(), hashlib.sha256).hexdigest()[:32]

    def _key_of(self, hour: int) -> bytes:
        if isinstance(self._storage, RedisStorage):
            redis = cast(Any, self._storage).storage
            name = f"guess-key:{hour}"
            redis.set(name, secrets.token_bytes(32), nx=True, ex=HOUR_SECONDS)
            return bytes(redis.get(name))
        if hour != self._hour:
            self._hour_key, self._hour = secrets.token_bytes(32), hour
        return self._hour_key
