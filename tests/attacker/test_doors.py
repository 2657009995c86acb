"""Forty presses at once prove something only when all forty came to an end that is known."""

from collections.abc import Callable

import pytest

from app.attacker.scene.stage import StageError
from app.attacker.scene.visitor import Answer
from app.attacker.ways import doors

FORM = '<form id="main-form"><input type="hidden" name="csrf_token" value="{}"></form>{}'


def pressing(page: str) -> Callable[[], str]:
    """Return a press that comes to a page, or falls over where there is none."""

    def press() -> str:
        if not page:
            raise OSError("the line is dead")
        return page

    return press


def test_presses_at_once_return_the_pages_that_came() -> None:
    pages = ["done", *["already-used"] * 38, "nothing-here"]
    assert doors.at_once([pressing(page) for page in pages]) == pages


@pytest.mark.parametrize("other", ["", "error", "start"])
def test_a_press_that_falls_over_or_comes_elsewhere_is_no_success(other: str) -> None:
    with pytest.raises(StageError):
        doors.at_once([pressing(page) for page in ("done", *["already-used"] * 38, other)])


def test_pages_that_differ_in_more_than_tokens_are_distinguished() -> None:
    def ask(code: str) -> Answer:
        return Answer(200, [], FORM.format(len(words) * "7" + code, words[code]).encode(), "")

    words = {"1": "same", "2": "same", "3": "else"}
    assert doors.tell_apart(ask, ["1"], ["2"]).value == 0
    assert doors.tell_apart(ask, ["1"], ["3"]).value == 2
