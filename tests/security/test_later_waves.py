"""Waves that have ended, and what comes later: other waves, old copies, burned keys, rows that somebody wrote."""

import json

import pytest
from flask import Flask
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from app.counting import deletion, destroying, ended, letterbox, opener, public_keys
from app.models.answers import EndedWave
from app.models.letters import DeleteKey, Letter
from app.models.releases import KeyDestruction, Release
from app.models.surveys import Wave
from app.respond import deletion_requests
from app.results import service as releases
from app.storage import db, keyfile, keyring
from app.storage.refusals import Refused
from app.surveys import waves
from tests.conftest import MONTH, TODAY, TinySurvey
from tests.counting.test_letterbox import send
from tests.support.opener_turns import turn_opener


def live(tiny: TinySurvey, codes: list[str], is_released: bool = True) -> str:
    """Let people answer the newest wave, close it and have it released; return its id."""
    wave = waves.list_waves(tiny.slug)[-1].id
    for code in codes:
        send(code)
    tiny.close_wave()
    if is_released:
        releases.ask_for_release(wave)
        opener.answer_requests()
    return wave


def earlier_in(wave: str) -> str | None:
    """Return which wave a release looks back at."""
    repeat = json.loads(releases.as_json(wave))["repeat"]
    return repeat["earlier_wave"] if repeat else None


def test_only_one_later_wave_looks_back_at_an_ended_one(tiny: TinySurvey) -> None:
    codes = tiny.codes(60)
    live(tiny, codes[:40])
    tiny.open_wave()
    second = live(tiny, codes[:40])
    assert earlier_in(second) == "family-1"
    tiny.open_wave()
    with db.collecting() as portal:  # renumbered, so that the first would be "the one before" again
        portal.execute(update(Wave).where(Wave.id == second).values(number=-2))
    third = live(tiny, codes[:40])
    assert third != second
    assert earlier_in(third) != "family-1"


def test_what_was_published_stays_so_when_the_opener_remembers_nothing(tiny: TinySurvey) -> None:
    codes = tiny.codes(60)
    first = live(tiny, codes[:40])
    frozen = releases.as_json(first)
    with db.counting() as answers:
        answers.execute(delete(EndedWave))
    deletion_requests.ask_to_delete(codes[0])
    letterbox.open_letterbox()
    assert ended.restore_changed() == []
    releases.ask_for_release(first)
    opener.answer_requests()
    assert (waves.get_wave(first).state, releases.as_json(first)) == ("published", frozen)


def test_a_round_with_destroyed_keys_without_results_stands_in_nobodys_way(tiny: TinySurvey) -> None:
    codes = tiny.codes(60)
    first = live(tiny, codes[:12], is_released=False)
    destroying.destroy_wave(first)
    with db.counting() as answers:
        answers.execute(delete(EndedWave))
    tiny.open_wave()
    assert waves.get_wave(live(tiny, codes[:12])).state == "published"


def test_the_name_of_a_wave_that_has_ended_is_used_up(tiny: TinySurvey) -> None:
    wave = live(tiny, tiny.codes(60)[:12], is_released=False)
    with pytest.raises(Refused, match="its name cannot be used again"):
        public_keys.make_wave_keys(wave)


def test_one_round_that_cannot_be_put_back_keeps_no_other_from_it(tiny: TinySurvey) -> None:
    codes = tiny.codes(60)
    first = live(tiny, codes[:12])
    tiny.open_wave()
    second = live(tiny, codes[:12], is_released=False)
    with db.collecting() as portal:
        portal.execute(update(Wave).where(Wave.id == first).values(state="draft", letter_pub=None))
        portal.execute(insert(Release).values(wave_id=second, body="{}"))
    said = ended.restore_changed()
    assert [sentence.split(" in the portal")[0] for sentence in said] == [
        "Round family-1 was draft",
        "Round family-2 had results",
    ]
    assert (waves.get_wave(first).state, waves.get_wave(second).state) == ("published", "closed")
    assert releases.find_published(second) is None
    keyring.destroy_letter_secret(first)
    with db.collecting() as portal:
        portal.execute(update(Wave).where(Wave.id == first).values(state="draft", letter_pub=None))
        portal.execute(update(Wave).where(Wave.id == second).values(state="open"))
    said = ended.restore_changed()
    assert said[0] == "Changes to round family-1 could not be undone (KeyMissing)."
    assert waves.get_wave(second).state == "closed"


def test_ended_waves_are_put_back_in_their_order_and_a_strange_name_stops_none(
    tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch
) -> None:
    with db.counting() as answers:
        for name in ("family-10", "family-2", "family-1", b"x"):
            answers.execute(insert(EndedWave).values(wave_id=name, survey_slug="family"))
    seen: list[str] = []
    monkeypatch.setattr(ended, "_restore_if_changed", lambda name: seen.append(name) or name)
    ended.restore_changed()
    assert seen == [b"x", "family-1", "family-2", "family-10"]


def test_a_step_that_fails_keeps_no_other_from_being_taken(tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch) -> None:
    number = releases.ask_for_release(tiny.wave)
    beats: list[object] = []
    for step in ("apply_schedule", "run_nightly_jobs"):
        monkeypatch.setattr(opener, step, _fall)
    monkeypatch.setattr("app.counting.public_keys.restore_changed", _fall)
    monkeypatch.setattr(opener, "beat", lambda: beats.append(None))
    reported = turn_opener(monkeypatch, 1)
    assert reported == ["The opener met an error and continues: RuntimeError."] * 3
    assert beats == [None]
    with db.collecting() as portal:
        state = portal.execute(text("SELECT state FROM request WHERE id = :n"), {"n": number}).scalar_one()
    assert state == "refused", "the round is open"


@pytest.mark.postgresql
def test_postgresql_takes_no_day_that_is_in_no_calendar(app: object, tiny: TinySurvey) -> None:
    with pytest.raises(DBAPIError, match="days that there are"), db.writing() as session:
        session.execute(text("UPDATE wave SET closes_on = 'infinity'"))
    assert waves.get_wave(tiny.wave).closes_on == TODAY + MONTH


def test_destroying_a_surveys_keys_loses_no_request_that_came_late(
    tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = tiny.codes(60)
    wave = live(tiny, codes[:12])
    destroying.destroy_wave(wave)
    real = deletion.apply_or_refuse

    def look_too_early(survey: str) -> None:
        real(survey)
        deletion_requests.ask_to_delete(codes[0])

    with monkeypatch.context() as patch:
        patch.setattr(deletion, "apply_or_refuse", look_too_early)
        with pytest.raises(Refused, match="New requests to delete answers have arrived for family"):
            destroying.destroy_survey(tiny.slug)
    destroying.destroy_survey(tiny.slug)
    assert letterbox.status()[wave].responses == 11
    with db.collecting() as portal:
        assert portal.scalar(select(DeleteKey.survey_slug)) is None


def test_a_forged_mark_destroys_no_round_that_has_not_ended(tiny: TinySurvey) -> None:
    send(tiny.codes(60)[0])
    with db.collecting() as portal:
        portal.add(KeyDestruction(kind="wave", subject=tiny.wave, is_done=False))
        portal.execute(update(Wave).values(state="closed"))
    with pytest.raises(Refused, match="Unopened letters remain"):
        destroying.destroy_wave(tiny.wave)
    assert keyring.letter_secret(tiny.wave)


def test_no_request_goes_to_a_wrong_survey_while_a_card_key_is_away(tiny: TinySurvey, app: Flask) -> None:
    code = tiny.codes(60)[0]
    path = app.config["SETTINGS"].home / "keys" / "family.card"
    path.write_bytes(b"short")
    for one in (code, "123456789012345"):
        with pytest.raises(keyring.KeyMissing):
            deletion_requests.ask_to_delete(one)
    with db.collecting() as portal:
        assert portal.scalar(select(Letter.id)) is None


def test_a_key_file_of_a_strange_number_is_no_version(tiny: TinySurvey, app: Flask) -> None:
    tiny.codes(60)
    path = app.config["SETTINGS"].home / "keys" / "family.card"
    path.with_name("family.card.²").write_bytes(path.read_bytes())
    assert keyfile.versions(path) == [path]


def _fall(*_given: object) -> None:
    raise RuntimeError


def test_those_who_withdrew_are_not_what_two_releases_leave_over(tiny: TinySurvey) -> None:
    """Everybody who is left of the first round comes back; five took their answers back after its release."""
    codes = tiny.codes(120)
    live(tiny, codes[:65])
    for code in codes[60:65]:
        deletion_requests.ask_to_delete(code)
    tiny.open_wave()
    second = live(tiny, [*codes[:60], *codes[70:90]])
    panel = json.loads(releases.as_json(second))["panel"]
    assert (panel["earlier_wave"], panel["reason"]) == ("family-1", "panel_rest_too_small")


def answers_from_before_the_release(wave: str) -> None:
    """Put the answers alone back as they were between the end of a wave and its release."""
    with db.counting() as answers:
        answers.execute(update(EndedWave).where(EndedWave.wave_id == wave).values(release=None, released=None))


@pytest.mark.both_databases
def test_an_old_copy_of_the_answers_takes_no_release_back_where_only_the_opener_makes_them(
    tiny: TinySurvey, caplog: pytest.LogCaptureFixture
) -> None:
    """On SQLite what is public may be forged, and is taken back: operating.md says to put both databases back."""
    codes = tiny.codes(60)
    first = live(tiny, codes[:40])
    frozen = releases.as_json(first)
    answers_from_before_the_release(first)
    reported = ended.restore_changed()
    if db.rooms().settings.database_url:
        assert reported == []
        assert "took over those that are public" in caplog.text
        assert (waves.get_wave(first).state, releases.as_json(first)) == ("published", frozen)
    else:
        assert [sentence.split(" in the")[0] for sentence in reported] == [
            "Round family-1 had results",
            "Round family-1 was published",
        ]
        releases.ask_for_release(first)
        opener.answer_requests()
    tiny.open_wave()
    assert earlier_in(live(tiny, codes[:40])) == first


@pytest.mark.parametrize("letters", [24, 0], ids=["letters waited", "no letter waited"])
@pytest.mark.parametrize("is_a_release", [True, False], ids=["a release", "no release"])
def test_results_that_somebody_wrote_while_a_wave_was_open_are_not_taken_over(
    tiny: TinySurvey, letters: int, is_a_release: bool, caplog: pytest.LogCaptureFixture
) -> None:
    codes = tiny.codes(60)
    first = live(tiny, codes[:40])
    tiny.open_wave()
    forged = releases.as_json(first).replace(first, "family-2") if is_a_release else '{"forged": 1}'
    for code in codes[:letters]:
        send(code)
    with db.collecting() as portal:
        portal.execute(update(Wave).where(Wave.id == "family-2").values(state="published"))
        portal.execute(insert(Release).values(wave_id="family-2", body=forged))
    letterbox.open_letterbox()
    with db.counting() as answers:
        row = ended.find(answers, "family-2")
        assert row is not None
    if is_a_release and not letters:
        assert "took over those that are public" in caplog.text, "no program can know; a person is asked"
    else:
        assert row.release is None
        assert any("had results" in sentence for sentence in ended.restore_changed())


def test_a_letter_that_cannot_be_read_unmakes_no_release_that_is_taken_over(tiny: TinySurvey) -> None:
    codes = tiny.codes(60)
    first = live(tiny, codes[:40])
    frozen = releases.as_json(first)
    with db.counting() as answers, db.collecting() as portal:
        answers.execute(delete(EndedWave))
        portal.add(Letter(id=bytes(16), wave_id=first, box=bytes(8240)))
    letterbox.open_letterbox()
    assert letterbox.status()[first].set_aside == 1
    assert ended.restore_changed() == []
    assert (waves.get_wave(first).state, releases.as_json(first)) == ("published", frozen)


def test_a_name_that_somebody_wrote_makes_no_line_of_its_own_in_the_log(
    tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ended, "restore_changed", lambda: ["Round a\nb 127.0.0.1 - was open."])

    def refuse() -> None:
        raise Refused("Round c\r\nd waits.")

    monkeypatch.setattr(opener, "apply_schedule", refuse)
    reported = turn_opener(monkeypatch, 1)
    assert {"Round a b 127.0.0.1 - was open.", "The opener could not complete its work: Round c d waits."} <= set(
        reported
    )
