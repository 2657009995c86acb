"""After a leak: a ratchet of the link key and a new card key; repeat participation goes on."""

from typing import Any

import pytest

from app.cards import service as cards
from app.core import keys
from app.counting import destroying as opener_destroying
from app.keys.rotation import rotate_cards
from app.models.answers import LinkChain
from app.models.cards import VoidCard
from app.respond import journeys
from app.results import service as releases
from app.storage import db, keyring
from tests.conftest import TinySurvey
from tests.counting.test_letterbox import count, send
from tests.keys.destroyed import PEOPLE, answers_of_people, destroy, linked, matches, owner_rows, settle


@pytest.mark.both_databases
def test_ratcheted_answers_link_and_old_copies_match_nothing(answered: list[str], tiny: TinySurvey) -> None:
    before = answers_of_people()
    dump = owner_rows(db.ANSWERS, "SELECT person FROM response") | owner_rows(db.ANSWERS, "SELECT id FROM response")
    parts = owner_rows(db.ANSWERS, "SELECT id FROM comment UNION SELECT id FROM detached")
    stolen = keyring.link_key("family")

    assert [opener_destroying.ratchet("family"), opener_destroying.ratchet("family")] == [1, 2]

    now = owner_rows(db.ANSWERS, "SELECT person FROM response") | owner_rows(db.ANSWERS, "SELECT id FROM response")
    assert not now & dump
    assert not parts & owner_rows(db.ANSWERS, "SELECT id FROM comment UNION SELECT id FROM detached")
    people = [keys.person(stolen, "family", code) for code in answered]
    assert not now & {keys.wave_pseudonym(stolen, wave, one) for one in people for wave in ("family-1", "family-2")}
    assert answers_of_people() == before
    tiny.open_wave()
    for code in answered[:PEOPLE]:
        send(code)
        assert send(code) is journeys.Outcome.ALREADY_USED
    tiny.close_wave()
    assert linked() == [frozenset({"family-1", "family-2", "family-3"})] * PEOPLE


def test_a_ratchet_that_died_halfway_is_turned_again(answered: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    before = answers_of_people()
    whole = opener_destroying.rewriting.replace_ids

    def dying(*given: Any) -> None:
        whole(*given)
        raise SystemExit

    monkeypatch.setattr(opener_destroying.rewriting, "replace_ids", dying)
    with pytest.raises(SystemExit):
        opener_destroying.ratchet("family")
    monkeypatch.setattr(opener_destroying.rewriting, "replace_ids", whole)
    assert matches(answered)["persons"] == 2 * PEOPLE, "the rows are the old ones"
    with db.counting() as answers:
        assert answers.get_one(LinkChain, "family").ratchets == 0

    assert opener_destroying.ratchet("family") == 1

    assert answers_of_people() == before
    assert matches(answered)["persons"] == 0


def test_keys_of_a_ratcheted_survey_are_destroyed_too(answered: list[str]) -> None:
    opener_destroying.ratchet("family")
    assert len(keyring.counting_files("survey", "family")) == 3
    destroy("survey", "family")
    assert keyring.counting_files("survey", "family") == []
    assert count(LinkChain) == 0


def test_another_surveys_answers_are_left_alone(answered: list[str]) -> None:
    young = TinySurvey("young")
    code = young.codes(30)[0]
    send(code)
    young.close_wave()
    link = keyring.link_key("young")
    mark = keys.wave_pseudonym(link, "young-1", keys.person(link, "young", code))
    opener_destroying.ratchet("family")
    destroy("survey", "family")
    assert mark in owner_rows(db.ANSWERS, "SELECT person FROM response")


def test_old_cards_work_beside_those_of_a_new_key(tiny: TinySurvey) -> None:
    old = tiny.codes(30, "old")
    send(old[0])
    rotate_cards("family")
    new = tiny.codes(30, "new")
    rotate_cards("family")

    assert len(keyring.card_keys("family")) == 3
    assert len(set(keyring.card_keys("family"))) == 3
    assert all(cards.find_card(code) for code in (*old, *new))
    first = {keys.card_tag(keyring.card_keys("family")[0], "family", code) for code in new}
    assert not first & owner_rows(db.PORTAL, "SELECT tag FROM card"), "a leaked first key knows no new card"
    assert send(old[0]) is journeys.Outcome.ALREADY_USED
    assert send(new[0]) is journeys.Outcome.SENT
    for code in (old[1], new[1]):
        cards.void_code(code)
        assert cards.find_card(code) is None
    assert count(VoidCard, "reading") == 2
    tiny.close_wave()
    assert destroy("wave", "family-1") is None
    settle(releases.ask_for_release("family-1"))
    assert destroy("survey", "family") is None
    assert keyring.front_files("survey", "family") == []


@pytest.mark.both_databases
def test_a_key_file_is_overwritten_before_it_goes(tiny: TinySurvey) -> None:
    path = keyring._front("family-1.wave")
    content = path.read_bytes()
    other = path.with_name("held")
    other.hardlink_to(path)

    keyring.destroy_wave_key("family-1")
    keyring.destroy_wave_key("family-1")

    assert not path.exists()
    assert len(other.read_bytes()) == len(content)
    assert other.read_bytes() != content
