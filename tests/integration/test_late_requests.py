"""A request to delete that comes in while its wave is burned is not lost with the wave's letters."""

import pytest

from app.services import erasing, keyring
from app.services.counting import burning, deleting
from tests.conftest import TinySurvey
from tests.integration.burned import PEOPLE, answer_twice
from tests.integration.test_taking_back import counts


def test_a_request_made_while_a_wave_is_burned_is_done(tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch) -> None:
    code = answer_twice(tiny)[0]
    destroy = keyring.destroy_letter_secret

    def and_somebody_asks(wave: str) -> None:
        destroy(wave)
        erasing.ask_to_delete(code)

    monkeypatch.setattr(keyring, "destroy_letter_secret", and_somebody_asks)
    burning.burn_wave("family-2")
    monkeypatch.setattr(keyring, "destroy_letter_secret", destroy)
    assert (counts()["letter"], counts()["response"]) == (1, 2 * PEOPLE)

    deleting.apply_deletions()
    assert (counts()["letter"], counts()["response"]) == (0, 2 * PEOPLE - 2)
