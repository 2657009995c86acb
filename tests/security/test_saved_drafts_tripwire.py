"""Whoever knows a code and saved a draft under it sees by that draft nothing of what the holder does with the card."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.conftest import TinySurvey
from tests.support.client import Seen, StrictClient, browser, press
from tests.support.http_journey import enter_code, hidden, walk_to_check

STRANGERS, OWN = "0815", "4711"


def save(client: StrictClient, code: str, pin: str) -> None:
    """Begin and save under a PIN."""
    enter_code(client, code)
    assert press(client, client.request("GET", "/r/save"), pin=pin).data_page == "saved"


def come_back(client: StrictClient, code: str, pin: str) -> Seen:
    """Take up what was saved."""
    return press(client, client.request("GET", "/come-back"), code=code, pin=pin)


def clear(client: StrictClient, code: str) -> None:
    """Answer and clear."""
    walk_to_check(client, code)
    press(client, client.request("GET", "/r/check"), "clear")


def delete(client: StrictClient, code: str) -> None:
    """Ask for everything to be deleted."""
    fields = [*hidden(client.request("GET", "/delete-my-answers")), ("code", code), ("pin", OWN)]
    assert client.request("POST", "/delete-my-answers", fields).data_page == "deletion-asked"


def send(client: StrictClient, code: str) -> None:
    """Answer and send."""
    assert press(client, walk_to_check(client, code)).headers["location"] == "/r/done"


ACTS: dict[str, Callable[[StrictClient, str], None]] = {
    "sent": send,
    "saved": lambda client, code: save(client, code, OWN),
    "cleared": clear,
    "deleted": delete,
}


def face(client: StrictClient, code: str) -> tuple[object, ...]:
    """Return all that coming back shows."""
    answer = come_back(client, code, STRANGERS)
    page = client.request("GET", "/r/page/1")
    headers = frozenset((n, v) for n, v in answer.headers.items() if n not in ("set-cookie", "date"))
    return answer.status, headers, answer.body_without_tokens, page.status, page.body_without_tokens


@pytest.mark.both_databases
@pytest.mark.parametrize("act", ACTS)
def test_a_planted_draft_tells_nothing_of_what_the_holder_did(app: Flask, tiny: TinySurvey, act: str) -> None:
    touched, untouched = tiny.codes(30)[:2]
    for code in (touched, untouched):
        save(browser(app), code, STRANGERS)

    ACTS[act](browser(app), touched)

    looks = [[face(browser(app), code) for _time in range(3)] for code in (touched, untouched)]
    assert looks[0] == looks[1]
    assert looks[0][0][0] == 303, "it is still there"
