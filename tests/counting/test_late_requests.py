"""A request to delete that comes in while its wave's or survey's keys are destroyed is not lost with the letters."""

import threading
from contextlib import suppress

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.counting import deletion, destroying
from app.respond import deletion_requests
from app.storage import keyring
from app.storage.refusals import Refused
from tests.conftest import TinySurvey
from tests.keys.destroyed import PEOPLE, answer_twice
from tests.respond.test_taking_back import counts


@pytest.mark.both_databases
def test_a_request_made_while_a_waves_keys_are_destroyed_is_done(
    tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = answer_twice(tiny)[0]
    destroy = keyring.destroy_letter_secret

    def and_somebody_asks(wave: str) -> None:
        destroy(wave)
        deletion_requests.ask_to_delete(code)

    monkeypatch.setattr(keyring, "destroy_letter_secret", and_somebody_asks)
    destroying.destroy_wave("family-2")
    monkeypatch.setattr(keyring, "destroy_letter_secret", destroy)
    assert (counts()["letter"], counts()["response"]) == (1, 2 * PEOPLE)

    deletion.apply_deletions()
    assert (counts()["letter"], counts()["response"]) == (0, 2 * PEOPLE - 2)


@pytest.mark.both_databases
def test_a_surveys_keys_are_not_destroyed_between_the_look_for_a_place_and_the_request(
    app: Flask, tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its letter would stay for ever, opened by nobody, while the person was thanked for it."""
    code, real = answer_twice(tiny)[0], deletion_requests._places
    looked, destroyed = threading.Event(), threading.Event()

    def slowly(session: Session) -> dict[str, tuple[bytes, str]]:
        found = real(session)
        looked.set()
        destroyed.wait(2)
        return found

    def ask() -> None:
        with app.app_context():
            deletion_requests.ask_to_delete(code)

    monkeypatch.setattr(deletion_requests, "_places", slowly)
    asking = threading.Thread(target=ask)
    asking.start()
    assert looked.wait(20)
    with suppress(Refused):  # refused because something came in meanwhile: it is done once more
        destroying.destroy_survey(tiny.slug)
    destroyed.set()
    asking.join()

    destroying.destroy_survey(tiny.slug)
    assert (counts()["letter"], counts()["response"]) == (0, 2 * PEOPLE - 2)
