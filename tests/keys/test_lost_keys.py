"""A survey's link key that is lost: no other is made in its place, and nothing is published, destroyed or forgotten."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import delete, event, func, select

from app.counting import destroying, letterbox, linking, opener, public_keys
from app.models.answers import LinkChain, Response
from app.models.letters import DeleteKey, Letter
from app.respond import deletion_requests
from app.results import service as releases
from app.storage import db, destroyed_keys, keyring, requests
from app.storage.refusals import Refused
from app.surveys import waves
from tests.conftest import MONTH, TODAY, TOMORROW, TinySurvey
from tests.counting.test_letterbox import send
from tests.keys.destroyed import linked


@contextmanager
def lost(name: str) -> Iterator[None]:
    """Move a key of the counting room away, and restore it."""
    path = db.rooms().settings.counting_keys / name
    kept = path.read_bytes()
    path.unlink()
    yield
    assert not path.exists(), "another key was made in its place"
    path.write_bytes(kept)
    path.chmod(0o600)


def count(model: type[Letter] | type[Response]) -> int:
    """Count the rows of a table in either room."""
    with db.counting() as answers, db.collecting() as portal:
        return (portal if model is Letter else answers).scalar(select(func.count()).select_from(model)) or 0


def answer(tiny: TinySurvey, codes: list[str]) -> str:
    """Let people answer the newest wave and close it; return its id."""
    for code in codes:
        send(code)
    tiny.close_wave()
    return waves.list_waves(tiny.slug)[-1].id


@pytest.mark.parametrize("remembers", [True, False], ids=["remembered", "made before it was remembered"])
def test_the_next_round_gets_no_new_link_key_and_requests_wait(tiny: TinySurvey, remembers: bool) -> None:
    codes = tiny.codes(40)
    answer(tiny, codes[:12])
    if not remembers:
        with db.counting() as answers:
            answers.execute(delete(LinkChain))
    with lost("family.link"):
        deletion_requests.ask_to_delete(codes[0])
        wave, number = waves.create_wave("family", TOMORROW, TODAY + MONTH)
        with pytest.raises(keyring.KeyMissing):  # which the opener's log tells
            opener.answer_requests()
        assert requests.get_request(number).refusal == "The key family.link is missing."
        assert waves.get_wave(wave).letter_pub is None
        with pytest.raises(Refused, match="until requests to delete can be processed in family"):
            letterbox.open_letterbox()
        assert (count(Letter), count(Response)) == (1, 12)
        assert public_keys.make_missing_keys() == [
            f"Round {wave} has no encryption key yet. The key family.link is missing."
        ]
    assert public_keys.make_missing_keys() == []
    assert waves.get_wave(wave).letter_pub is not None, "nobody has to ask again once the key is back"
    letterbox.open_letterbox()
    assert (count(Letter), count(Response)) == (0, 11)


def test_a_link_key_that_is_lost_in_the_first_round_is_not_replaced(tiny: TinySurvey) -> None:
    with lost("family.link"):
        wave, number = waves.create_wave("family", TOMORROW, TODAY + MONTH)
        with pytest.raises(keyring.KeyMissing):  # which the opener's log tells
            opener.answer_requests()
        assert requests.get_request(number).refusal == "The key family.link is missing."
    assert waves.get_wave(wave).letter_pub is None


def test_no_numbers_are_frozen_and_no_surveys_keys_are_destroyed_without_its_link_key(tiny: TinySurvey) -> None:
    codes = tiny.codes(60)
    first = answer(tiny, codes[:40])
    releases.ask_for_release(first)
    opener.answer_requests()
    tiny.open_wave()
    second = answer(tiny, codes[:40])
    before = linked()
    with lost("family.link"):
        number = releases.ask_for_release(second)
        with pytest.raises(keyring.KeyMissing):  # which the opener's log tells
            opener.answer_requests()
        assert requests.get_request(number).refusal == "The key family.link is missing."
        assert releases.find_published(second) is None
    releases.ask_for_release(second)
    opener.answer_requests()
    assert json.loads(releases.as_json(second))["repeat"]["count"] == 40
    with lost("family.link"):
        with pytest.raises(keyring.KeyMissing, match=r"family\.link"):
            destroying.destroy_survey("family")
        assert not destroyed_keys.is_begun(destroyed_keys.SURVEY, "family")
    destroying.destroy_survey("family")
    assert linked() == before


def test_a_surveys_keys_are_not_destroyed_under_another_link_key(tiny: TinySurvey) -> None:
    first = answer(tiny, tiny.codes(40)[:12])
    releases.ask_for_release(first)
    opener.answer_requests()
    (db.rooms().settings.counting_keys / "family.link").write_bytes(bytes(32))
    with pytest.raises(keyring.KeyMissing, match="not the same key as before"):
        destroying.destroy_survey("family")
    assert not destroyed_keys.is_begun(destroyed_keys.SURVEY, "family")


def test_a_wave_gets_no_second_secret_while_its_own_is_away(tiny: TinySurvey) -> None:
    with lost(f"{tiny.wave}.secret"), pytest.raises(keyring.KeyMissing):
        public_keys.make_wave_keys(tiny.wave)


@pytest.mark.parametrize("is_there", [True, False], ids=["damaged", "lost"])
def test_a_link_key_that_cannot_be_used_is_not_taken_for_a_destroyed_one(tiny: TinySurvey, is_there: bool) -> None:
    path = db.rooms().settings.counting_keys / "family.link"
    path.write_bytes(b"short") if is_there else path.unlink()
    with db.counting() as answers:
        resolve = linking.pseudonym_resolver(answers, "family")
        assert resolve("family-1", bytes(16)) == bytes(16), "a random id stands for a destroyed key"
        with pytest.raises(keyring.KeyMissing, match=r"family\.link"):
            resolve("family-1", bytes(32))


def test_a_wave_gets_no_key_before_answers_can_be_taken_back(tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny.close_wave()
    with db.collecting() as session:
        session.delete(session.get_one(DeleteKey, "family"))
    wave, _request = waves.create_wave("family", TOMORROW, TODAY + MONTH)

    def full(_survey: str) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(keyring, "make_delete_secret", full)
        with pytest.raises(OSError, match="No space"):
            public_keys.make_wave_keys(wave)
    assert waves.get_wave(wave).letter_pub is None
    public_keys.make_wave_keys(wave)
    with db.collecting() as session:
        assert session.get(DeleteKey, "family") is not None


@pytest.mark.both_databases
def test_a_wave_gets_no_key_before_the_answers_remember_the_link_key(tiny: TinySurvey) -> None:
    tiny.close_wave()
    wave, _request = waves.create_wave("family", TOMORROW, TODAY + MONTH)
    engine = db.rooms().engine("counting")

    def full(_connection: object) -> None:
        raise OSError(28, "No space left on device")

    event.listen(engine, "commit", full)
    try:
        with pytest.raises(OSError, match="No space"):
            public_keys.make_wave_keys(wave)
    finally:
        event.remove(engine, "commit", full)
    assert waves.get_wave(wave).letter_pub is None
    public_keys.make_wave_keys(wave)
    assert waves.get_wave(wave).letter_pub is not None
