"""The opener's endless loop, for a number of turns."""

import pytest

from app.services.counting import opener


class Enough(BaseException):
    """Ends an opener that would work for ever."""


def turn_opener(monkeypatch: pytest.MonkeyPatch, turns: int) -> list[str]:
    """Let the opener's loop run so often, without a pause, and return what it told."""
    left = iter(range(turns))

    def pause(_seconds: float) -> None:
        if next(left) == turns - 1:
            raise Enough

    monkeypatch.setattr("app.services.counting.opener.time.sleep", pause)
    told: list[str] = []
    with pytest.raises(Enough):
        opener.run_forever(told.append)
    return told
