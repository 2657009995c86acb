"""A fault in one survey (a strange row, a lost or damaged key) stops no other, is reported, and publishes nothing."""

import datetime as dt
import json
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, insert, select, text, update

from app.core import letters
from app.counting import deletion, drawing, letterbox, opener, public_keys
from app.keys import destroying, rotation
from app.models.answers import Response, SetAside
from app.models.fieldwork import ShownRates
from app.models.letters import Letter
from app.models.surveys import StoredQuestionnaire, Survey, Wave
from app.respond import deletion_requests, journeys
from app.results import service as releases
from app.storage import clock, db, keyring, requests
from app.storage.refusals import Refused
from app.surveys import waves
from tests.conftest import MONTH, TODAY, TinySurvey
from tests.counting.test_letterbox import send
from tests.support.opener_turns import turn_opener

PEOPLE = 25
WAITS = "Letters and results are on hold until requests to delete can be processed in "


def counted(model: type, wave: str) -> int:
    """Count a wave's rows."""
    with (db.collecting if model in (Letter, ShownRates) else db.counting)() as session:
        return session.scalar(select(func.count()).select_from(model).filter_by(wave_id=wave)) or 0


def young() -> tuple[TinySurvey, list[str]]:
    """Make a second survey with letters of its own."""
    codes = (made := TinySurvey("young")).codes(30)
    for code in codes[:PEOPLE]:
        send(code)
    return made, codes


def lose(name: str) -> tuple[Path, bytes]:
    """Take a key out of the counting room and return what puts it back."""
    path = db.rooms().settings.counting_keys / name
    content = path.read_bytes()
    path.unlink()
    return path, content


def put_back(path: Path, content: bytes) -> None:
    """Put a lost key back."""
    path.write_bytes(content)
    path.chmod(0o600)


def answer(number: int) -> str | None:
    """Let the opener answer and return what it said to a request; None is done."""
    opener.answer_requests()
    found = requests.get_request(number)
    assert found.state in ("done", "refused")
    return found.refusal


def night_turns(monkeypatch: pytest.MonkeyPatch, count: int) -> list[str]:
    """Let the opener's loop run so often, in the night, and return what it reported."""
    monkeypatch.setattr(opener, "NIGHT_HOUR", 0)
    return turn_opener(monkeypatch, count)


@pytest.mark.parametrize("slug", ["X", "a\nb.secret"])
def test_a_survey_of_an_impossible_name_stops_no_other(
    tiny: TinySurvey, app: Flask, monkeypatch: pytest.MonkeyPatch, slug: str
) -> None:
    for code in tiny.codes(30)[:PEOPLE]:
        send(code)
    with db.writing() as session:
        session.add_all([Survey(slug=strange, position=-1, synthetic=False) for strange in (slug, "Y")])

    reported = night_turns(monkeypatch, 3)

    line = f"{WAITS}a survey of an impossible name (KeyMissing). See docs/operating.md. All other letters were opened."
    assert reported == [f"The opener could not complete its work: {line}"], "once a night, and without the name"
    assert counted(Response, tiny.wave) == PEOPLE - drawing.KEEP_BACK
    assert answer(waves.close_wave(tiny.wave)) is None
    assert counted(Response, tiny.wave) == PEOPLE
    assert answer(releases.ask_for_release(tiny.wave)) is None
    done = app.test_cli_runner().invoke(args=["keys", "status", "--json"])
    assert done.exit_code == 0, done.output
    strange = next(row for row in json.loads(done.stdout) if row["name"] == slug)
    assert (strange["front"], strange["counting"]) == ("not a valid name for a key",) * 2


@pytest.mark.parametrize("fault", ["lost", "short"])
def test_a_survey_without_its_key_for_requests_waits_and_the_others_go_on(tiny: TinySurvey, fault: str) -> None:
    other, codes = young()
    family = tiny.codes(30)
    for code in family[:PEOPLE]:
        send(code)
    for code in (family[0], codes[0]):
        deletion_requests.ask_to_delete(code)
    path, content = lose("young.delete")
    if fault == "short":
        path.write_bytes(b"short")
    kind = "KeyMissing" if fault == "lost" else "KeyDamaged"

    with pytest.raises(Refused, match=rf"in young \({kind}\)\. See"):
        letterbox.open_letterbox()
    assert (counted(Response, tiny.wave), counted(Response, other.wave)) == (14, 0)
    assert (counted(Letter, tiny.wave), counted(Letter, other.wave)) == (10, PEOPLE + 1)

    sentence = f"{WAITS}young ({kind}). See docs/operating.md."
    assert answer(waves.close_wave(tiny.wave)) is None
    assert answer(waves.close_wave(other.wave)) == f"{sentence} All other letters were opened."
    assert answer(releases.ask_for_release(tiny.wave)) is None
    assert answer(releases.ask_for_release(other.wave)) == sentence
    assert answer(destroying.ask("wave", other.wave)) == sentence
    assert answer(destroying.ask("survey", "young")) == sentence
    assert (counted(Response, other.wave), counted(Letter, other.wave)) == (0, PEOPLE + 1)
    assert (counted(ShownRates, tiny.wave), counted(ShownRates, other.wave)) == (1, 0)

    put_back(path, content)
    letterbox.open_letterbox()
    assert answer(releases.ask_for_release(other.wave)) is None
    assert (counted(Response, other.wave), counted(Letter, other.wave)) == (PEOPLE - 1, 0)
    published = releases.find_published(other.wave)
    assert published is not None
    assert published.n == PEOPLE, "24, rounded"


def test_without_a_backup_of_its_key_a_survey_goes_on_with_a_new_pair(tiny: TinySurvey) -> None:
    """As docs/operating.md says: what was asked under the lost key ends among the letters set aside."""
    codes = tiny.codes(30)
    for code in codes[:PEOPLE]:
        send(code)
    deletion_requests.ask_to_delete(codes[0])
    lose("family.delete")
    with db.collecting() as session:
        session.execute(text("DELETE FROM delete_key WHERE survey_slug = 'family'"))

    tiny.close_wave()
    assert (counted(Response, tiny.wave), counted(SetAside, tiny.wave)) == (PEOPLE, 1)
    deletion_requests.ask_to_delete(codes[0])
    letterbox.open_letterbox()
    assert (counted(Response, tiny.wave), counted(Letter, tiny.wave)) == (PEOPLE - 1, 0)


@pytest.mark.both_databases
def test_waves_that_close_on_one_day_do_not_wait_for_each_other(tiny: TinySurvey) -> None:
    other, _codes = young()
    for code in tiny.codes(30)[:PEOPLE]:
        send(code)
    lose("family.delete")

    with clock.on_day(TODAY + MONTH + dt.timedelta(1)), pytest.raises(Refused, match=r"in family \(KeyMissing\)"):
        opener.apply_schedule()

    assert [waves.get_wave(wave).state for wave in (tiny.wave, other.wave)] == ["closed", "closed"]
    assert (counted(Response, tiny.wave), counted(Response, other.wave)) == (0, PEOPLE)


def test_a_fault_at_one_close_stops_no_other(tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch) -> None:
    other, _codes = young()
    real = letterbox.open_letterbox

    def falls(wave: str) -> dict[str, int]:
        if wave == tiny.wave:
            raise RuntimeError
        return real(wave)

    monkeypatch.setattr(letterbox, "open_letterbox", falls)
    with clock.on_day(TODAY + MONTH + dt.timedelta(1)), pytest.raises(Refused, match=r"family-1 .* \(RuntimeError\)"):
        opener.apply_schedule()
    assert counted(Response, other.wave) == PEOPLE


def test_letters_whose_key_is_lost_for_now_are_taken_back_once_it_is_here(tiny: TinySurvey) -> None:
    codes = tiny.codes(30)
    for code in codes[:PEOPLE]:
        send(code)
    tiny.close_wave()
    second = tiny.open_wave()
    for code in codes[:12]:
        send(code)
    strange = letter_of_nobody(second, codes[0])
    path, content = lose(f"{second}.secret")
    deletion_requests.ask_to_delete(codes[0])

    looked = deletion.apply_deletions()

    assert (looked.failed, looked.letters) == ({}, set()), "none of these may be drawn"
    assert counted(Response, tiny.wave) == PEOPLE - 1, "what can be found goes at once"
    assert counted(Letter, second) == 12 + len(strange) + 1, "and the request stays for the rest"
    put_back(path, content)
    letterbox.open_letterbox()
    assert counted(Letter, second) == 11
    tiny.close_wave()
    assert (counted(Response, second), counted(SetAside, second)) == (11, 0)


def letter_of_nobody(wave: str, code: str) -> list[bytes]:
    """Put a letter of a code into the box that no form of ours wrote; it would be set aside."""
    found = waves.get_wave(wave)
    box = letters.seal(letters.Submission(code, "no batch", "no cell", "self", {}), found.letter_pub or b"", wave)
    with db.writing() as session:
        session.add(Letter(id=b"x" * 16, wave_id=wave, box=box))
    return [b"x" * 16]


@pytest.mark.parametrize("day", ["'x'", "5"])
def test_a_wave_whose_row_cannot_be_read_stops_no_other(tiny: TinySurvey, day: str) -> None:
    """On SQLite a day can be any word or number, and whoever writes it can leave checks out."""
    other = TinySurvey("school")
    codes = other.codes(30)
    for code in codes[:24]:
        send(code)
    with db.collecting() as portal:
        portal.execute(text("PRAGMA ignore_check_constraints=ON"))
        portal.execute(text(f"UPDATE wave SET closes_on = {day} WHERE id = 'family-1'"))
        portal.execute(text("PRAGMA ignore_check_constraints=OFF"))
        portal.execute(update(Wave).where(Wave.survey_slug == "school").values(letter_pub=bytes(32)))
    assert [line.split(" was")[0] for line in public_keys.restore_changed()] == ["The public key of round school-1"]
    with db.collecting() as portal:
        portal.execute(update(Wave).where(Wave.survey_slug == "school").values(closes_on=TODAY - MONTH))
    deletion_requests.ask_to_delete(codes[0])
    with pytest.raises(Refused, match="The dates or state of round family-1 cannot be read"):
        opener.apply_schedule()
    assert waves.get_wave("school-1").state == "closed"
    assert letterbox.status()["school-1"] == letterbox.BoxStatus(0, 23, 0)
    with pytest.raises(Refused, match=r"family-1 \((Value|Type)Error\)|in family \((Value|Type)Error\)"):
        letterbox.open_letterbox()


def damage(path: Path, how: str) -> None:
    """Make a key file useless."""
    if how == "short":
        path.write_bytes(b"short")
    elif how == "folder":
        path.unlink()
        path.mkdir(mode=0o700)
    else:
        path.rename(path.with_name("elsewhere"))
        path.symlink_to("elsewhere")


@pytest.mark.parametrize("how", ["short", "folder", "link"])
def test_a_damaged_card_key_is_reported_once_and_the_other_cards_go_on(
    tiny: TinySurvey, app: Flask, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    first = tiny.codes(30)
    rotation.rotate_cards("family")
    second = tiny.codes(30, "later")
    path = db.rooms().settings.front_keys / "family.card"
    content = path.read_bytes()
    damage(path, how)

    for _twice in range(2):
        with pytest.raises(journeys.CodeRefused):
            journeys.begin(first[0])
    assert journeys.begin(second[0])

    (line,) = [record.getMessage() for record in caplog.records if record.name.startswith("app.")]
    assert line.startswith("The key family.card is ")
    assert line.endswith("Its cards do not work until the key is restored. See docs/operating.md.")
    assert content.hex() not in line
    rows = json.loads(app.test_cli_runner().invoke(args=["keys", "status", "--json"]).stdout)
    row = next(row for row in rows if row["kind"] == "survey")
    assert row["front"] == ["family.card (damaged)", "family.card.1"]


def test_a_card_key_that_ended_is_reported_nowhere(tiny: TinySurvey, caplog: pytest.LogCaptureFixture) -> None:
    code = tiny.codes(30)[0]
    keyring.destroy_card_keys("family")
    with pytest.raises(journeys.CodeRefused):
        journeys.begin(code)
    assert [record for record in caplog.records if record.name.startswith("app.")] == []


def test_new_cards_never_get_an_older_key_instead_of_a_damaged_one(tiny: TinySurvey) -> None:
    rotation.rotate_cards("family")
    (db.rooms().settings.front_keys / "family.card.1").write_bytes(b"short")
    with pytest.raises(keyring.KeyDamaged):
        tiny.codes(30)


def test_a_wave_that_never_opened_with_a_strange_questionnaire_stops_no_request(tiny: TinySurvey, app: Flask) -> None:
    codes = tiny.codes(30)
    _ = [send(code) for code in codes[:12]]
    with db.writing() as portal:
        row = {"id": 999, "survey_slug": tiny.slug, "version": "x", "document": "{}"}
        portal.execute(insert(StoredQuestionnaire).values(row))
        row = {"id": "family-7", "survey_slug": tiny.slug, "number": 7, "questionnaire_id": 999}
        portal.execute(insert(Wave).values(**row, opens_on=TODAY, closes_on=TODAY))
    deletion_requests.ask_to_delete(codes[0])
    waves.close_wave(tiny.wave)
    opener.answer_requests()
    assert letterbox.status()[tiny.wave].responses == 11
