"""Cards: the rule of thirty, codes that are nowhere stored, guesses that are counted."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from flask import Flask
from sqlalchemy import select

from app.cards import service as cards
from app.core.codes import read_code
from app.models.cards import Batch, Card, VoidCard
from app.storage import db, keyring
from app.storage.refusals import Refused
from app.web.rate_limits import ADDRESS_GUESSES, SITE_GUESSES, GuessCaps
from tests.conftest import TinySurvey
from tests.support.homes import environment, sqlite_settings, write_portal_env


def test_a_small_cell_goes_to_the_whole_borough_until_it_has_thirty_cards(tiny: TinySurvey) -> None:
    small = cards.issue_cards("family", batch="a", locality="north", channel="post", count=29)
    large = cards.issue_cards("family", batch="b", locality="south", channel="post", count=30)
    added = cards.issue_cards("family", batch="c", locality="south", channel="post", count=3)

    assert (small.cell, bool(small.merged_because)) == ("family/boroughwide/any", True)
    assert (large.cell, bool(large.merged_because)) == ("family/south/post", False)
    assert (added.cell, bool(added.merged_because)) == ("family/south/post", False)


def test_trial_cards_are_left_out_of_the_rule_and_of_the_counts(tiny: TinySurvey) -> None:
    cards.issue_cards("family", batch="trial", locality="north", channel="visit", count=1, kind="trial")

    with db.reading() as session:
        assert cards.cards_by_cell(session, "family") == {}


def test_codes_are_all_different_and_only_their_tags_are_stored(tiny: TinySurvey) -> None:
    codes = cards.issue_cards("family", batch="a", locality="north", channel="post", count=300).codes

    assert len(set(codes)) == 300
    assert all(read_code(code) == code for code in codes)
    with db.reading() as session:
        tags = list(session.scalars(select(Card.tag)))
    assert len(tags) == 300
    assert tags != [code.encode() for code in codes]


def test_the_stored_order_of_tags_is_not_the_order_of_codes(tiny: TinySurvey) -> None:
    issued = cards.issue_cards("family", batch="a", locality="north", channel="post", count=50)
    with db.reading() as session:
        stored = list(session.scalars(select(Card.tag)))
    key = keyring.card_key("family")
    made = [cards.card_tag(key, "family", code) for code in issued.codes]

    assert sorted(made) == sorted(stored)
    assert made != stored


@pytest.mark.both_databases
def test_a_void_card_is_no_card(tiny: TinySurvey) -> None:
    code = tiny.codes(30)[0]
    assert cards.find_card(code) is not None
    with db.writing() as session:
        session.add(VoidCard(tag=cards.card_tag(keyring.card_key("family"), "family", code)))

    assert cards.find_card(code) is None


@pytest.mark.parametrize(
    ("locality", "channel", "count", "sentence"),
    [("moon", "post", 30, "no locality"), ("north", "pigeon", 30, "no channel"), ("north", "post", 0, "1 to")],
)
def test_an_impossible_batch_is_refused(
    tiny: TinySurvey, locality: str, channel: str, count: int, sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        cards.issue_cards("family", batch="a", locality=locality, channel=channel, count=count)


@pytest.mark.both_databases
def test_a_batch_name_is_used_once(tiny: TinySurvey) -> None:
    cards.issue_cards("family", batch="a", locality="north", channel="post", count=30)
    with pytest.raises(Refused, match="another name"):
        cards.issue_cards("family", batch="a", locality="north", channel="post", count=30)


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "two\nlines"])
def test_a_batch_has_a_name(tiny: TinySurvey, name: str) -> None:
    with pytest.raises(Refused, match="must have 1 to 80 characters"):
        cards.issue_cards("family", batch=name, locality="north", channel="post", count=30)


def test_no_card_is_issued_when_its_code_cannot_be_written_out(tiny: TinySurvey, app: Flask) -> None:
    words = ["cards", "issue", "family", "--batch", "a", "--locality", "north", "--channel", "post", "--count", "40"]
    write_portal_env(app.config["SETTINGS"])
    environ = environment(app.config["SETTINGS"])
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "flask", *words], env=environ, stdout=full, stderr=subprocess.PIPE, text=True
        )

    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1), done.stderr
    with db.reading() as session:
        assert session.scalars(select(Card.tag)).all() == []


def test_a_batch_remembers_its_month_and_no_more(tiny: TinySurvey) -> None:
    cards.issue_cards("family", batch="a", locality="north", channel="post", count=30)
    with db.reading() as session:
        month = session.scalars(select(Batch.printed_month)).one()
    assert re.fullmatch(r"\d{4}-\d{2}", month)


def guess_caps(redis_url: str, app: Flask) -> GuessCaps:
    """Return fresh caps, in memory or in Redis."""
    return GuessCaps(replace(sqlite_settings(app.config["SETTINGS"].home), redis_url=redis_url))


@pytest.mark.parametrize("where", ["memory", "redis"])
def test_an_address_has_twenty_guesses_and_the_site_a_hundred_and_twenty(
    app: Flask, where: str, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("redis_server") if where == "redis" else ""
    caps = guess_caps(url, app)
    assert [caps.take_all(caps.counters("10.0.0.1"), 1) for _guess in range(ADDRESS_GUESSES)] == [0] * ADDRESS_GUESSES
    assert 0 < caps.take_all(caps.counters("10.0.0.1"), 1) <= 600
    for number in range(SITE_GUESSES - ADDRESS_GUESSES):
        assert caps.take_all(caps.counters(f"10.0.1.{number}"), 1) == 0
    assert 0 < caps.take_all(caps.counters("10.0.0.2"), 1) <= 60


def test_an_address_is_disguised_and_the_disguise_changes_with_the_hour(app: Flask) -> None:
    caps = guess_caps("", app)
    one, again, later = caps._pseudonym("10.0.0.1", 1), caps._pseudonym("10.0.0.1", 1), caps._pseudonym("10.0.0.1", 2)

    assert one == again
    assert one != later
    assert "10.0.0.1" not in one


def test_a_key_in_redis_that_ends_while_it_is_asked_for_is_made_anew(
    app: Flask, redis_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    caps = guess_caps(redis_server, app)
    before, redis = caps._key_of(7), cast(Any, caps._storage).storage
    real, ends = redis.set, iter([True, False])

    def and_it_ends(name: str, *given: Any, **named: Any) -> Any:
        found = real(name, *given, **named)
        if next(ends):
            redis.delete(name)
        return found

    monkeypatch.setattr(redis, "set", and_it_ends)
    after = caps._key_of(7)

    assert len(after) == len(before) == 32
    assert after != before
    assert guess_caps(redis_server, app)._key_of(7) == after, "the other workers count with it too"
