"""The opener's endless loop, for a number of turns, and how the requests stand that it answers."""

import pytest

from app.counting import ended, letterbox, opener, public_keys
from app.storage import requests


class Enough(BaseException):
    """Ends an opener that would work for ever."""


def turn_opener(monkeypatch: pytest.MonkeyPatch, turns: int) -> list[str]:
    """Let the opener's loop run so often, without a pause, and return what it reported."""
    left = iter(range(turns))

    def pause(_seconds: float) -> None:
        if next(left) == turns - 1:
            raise Enough

    monkeypatch.setattr("app.counting.opener.time.sleep", pause)
    reported: list[str] = []
    with pytest.raises(Enough):
        opener.run_forever(reported.append)
    return reported


def answer_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the opener's other steps out: they would meet the same fault and tell of it themselves."""
    for module, name in (
        (public_keys, "restore_changed"),
        (ended, "restore_changed"),
        (public_keys, "make_missing_keys"),
        (letterbox, "report_set_aside"),
        (opener, "apply_schedule"),
        (opener, "run_nightly_jobs"),
        (opener, "beat"),
    ):
        monkeypatch.setattr(module, name, lambda *_given: None)


def state_of(number: int) -> str:
    """Return how a request stands."""
    return requests.get_request(number).state
