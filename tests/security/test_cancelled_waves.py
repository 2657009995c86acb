"""Somebody with the hands of the web process can neither revive a cancelled round nor destroy an ended one."""

import pytest
from sqlalchemy import text, update

from app.counting import ended, opener
from app.models.answers import Response
from app.models.surveys import Wave
from app.storage import db, requests
from app.surveys import waves
from tests.conftest import TinySurvey
from tests.counting.test_letterbox import count, send
from tests.surveys.test_cancelled_rounds import WHY, cancel


def test_an_ended_round_that_somebody_calls_cancelled_keeps_its_answers(tiny: TinySurvey) -> None:
    """On SQLite the web process's user can write any row."""
    for code in tiny.codes(30)[:12]:
        send(code)
    tiny.close_wave()
    with db.writing() as session:
        session.execute(update(Wave).values(state="cancelled", cancelled_because="none"))
    number = requests.ask("cancel_wave", tiny.wave)
    opener.answer_requests()
    assert "has ended, so it cannot be cancelled" in (requests.get_request(number).refusal or "")
    assert ended.restore_changed()
    assert (waves.get_wave(tiny.wave).state, count(Response)) == ("closed", 12)


def test_a_cancelled_round_that_somebody_opens_again_is_cancelled_again(tiny: TinySurvey) -> None:
    assert cancel() is None
    with db.writing() as session:
        session.execute(update(Wave).values(state="open", cancelled_because=None))
    assert "was open in the portal database" in " ".join(ended.restore_changed())
    wave = waves.get_wave(tiny.wave)
    assert (wave.state, wave.cancelled_because) == ("cancelled", WHY)
    assert ended.restore_changed() == []


@pytest.mark.postgresql
def test_the_database_lets_no_cancelled_round_go_on(tiny: TinySurvey) -> None:
    assert cancel() is None
    for state in ("open", "closed", "published", "draft"):
        with pytest.raises(Exception, match=r"stays so|goes forward|opener publishes"), db.writing() as session:
            session.execute(text(f"UPDATE wave SET state = '{state}', cancelled_because = NULL"))
    assert waves.get_wave(tiny.wave).state == "cancelled"
