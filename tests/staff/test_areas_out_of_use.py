"""Areas and channels that the settings no longer have: what is stored stays, visible, and is never widened."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from app.cards import service as cards
from app.counting import opener
from app.fieldwork import checklist, frames
from app.staff import accounts
from app.storage import clock, installation
from app.storage.refusals import Refused
from app.surveys import waves
from config import Settings
from tests.conftest import TinySurvey
from tests.security.test_accounts import lead, send
from tests.security.test_role_matrix import client_of
from tests.support.client import Seen
from tests.support.staff import Person, signed_in

GONE = "central (no longer in use)"


@pytest.fixture
def app(app: Flask) -> Iterator[Flask]:
    """An application that has a round, cards, a frame and an account in the area central, and has lost that area."""
    tiny = TinySurvey()
    cards.issue_cards("family", batch="central", locality="central", channel="centre", count=30)
    counts = {("All", "north"): 80, ("All", "central"): 70}
    frames.set_frame(tiny.wave, definition="All families", counted_on=clock.today(), counts=counts)
    accounts.create_user("local@example.org", "viewer", password="maple orbit candle", locality="central")
    settings: Settings = app.config["SETTINGS"]
    places = {slug: name for slug, name in settings.localities.items() if slug != "central"}
    channels = {slug: name for slug, name in settings.channels.items() if slug != "centre"}
    app.config["SETTINGS"] = now = replace(settings, localities=places, channels=channels)
    app.extensions["rooms"].settings = now
    return app


def local() -> accounts.StaffUser:
    """Return the account that is limited to the area."""
    return next(user for user in accounts.list_users() if user.email == "local@example.org")


def value_names(page: Seen) -> set[str | None]:
    """Return the values of all options of a page."""
    return {e.get("value") for e in page.tree.iter("option")}


@pytest.fixture
def tiny_wave(app: Flask) -> str:
    """The next round of the survey, which has no frame of its own yet."""
    waves.close_wave("family-1")
    opener.answer_requests()
    later = clock.today() + dt.timedelta(days=40)
    wave, _request = waves.create_wave("family", later, later + dt.timedelta(days=20))
    return wave


def chosen(page: Seen, name: str) -> list[str]:
    """Return the values of the chosen options of a list."""
    (box,) = [e for e in page.tree.iter("select") if e.get("name") == name]
    return [e.get("value") for e in box.iter("option") if e.get("selected") is not None]


def test_an_account_is_shown_with_its_area_and_keeps_it_when_saved(app: Flask) -> None:
    user, client = local(), client_of(app, "administrator")
    page = client.request("GET", f"/staff/people/{user.id}")
    assert chosen(page, "locality") == ["central"]
    assert GONE in page.words
    path = f"/staff/people/{user.id}"
    assert send(client, page, path, role="evaluator", locality="central", survey="").status == 303
    assert (local().role, local().locality) == ("evaluator", "central")
    assert GONE in client.request("GET", "/staff/people").words


def test_only_a_choice_of_their_own_widens_an_account(app: Flask) -> None:
    user, client = local(), client_of(app, "administrator")
    path = f"/staff/people/{user.id}"
    page = client.request("GET", path)
    assert send(client, page, path, role="viewer").status == 422, "a form without the lists"
    assert send(client, page, path, role="viewer", locality="zebra", survey="").status == 422
    assert send(client, page, path, role="administrator", locality="central", survey="").status == 422
    assert local().locality == "central"
    assert send(client, page, path, role="viewer", locality="", survey="").status == 303
    assert local().locality is None


def test_a_survey_that_is_gone_is_kept_too(app: Flask) -> None:
    user, client = local(), client_of(app, "administrator")
    accounts.change_user(user.id, "viewer", locality="central", survey="zebra")
    page = client.request("GET", f"/staff/people/{user.id}")
    assert (chosen(page, "locality"), chosen(page, "survey")) == (["central"], ["zebra"])
    assert (
        send(client, page, f"/staff/people/{user.id}", role="viewer", locality="central", survey="zebra").status == 303
    )
    assert (local().locality, local().survey_slug) == ("central", "zebra")


def test_nothing_new_is_made_in_it(app: Flask) -> None:
    assert "central" not in value_names(client_of(app, "administrator").request("GET", "/staff/people/new"))
    assert "central" not in value_names(client_of(app, "evaluator").request("GET", "/staff/cards/new"))
    with pytest.raises(Refused, match="no locality central"):
        cards.issue_cards("family", batch="b", locality="central", channel="any", count=30)
    with pytest.raises(Refused, match="no channel centre"):
        cards.issue_cards("family", batch="b", locality="north", channel="centre", count=30)
    with pytest.raises(Refused, match="no locality central"):
        accounts.create_user("new@example.org", "viewer", locality="central")


def test_the_account_still_sees_its_own_area_and_no_other(app: Flask) -> None:
    client = signed_in(app, Person("local@example.org", "maple orbit candle"))
    listed = client.request("GET", "/staff/cards").words
    assert f"{GONE}centre (no longer in use)" in listed
    assert "North" not in listed
    assert GONE in client.request("GET", "/staff/account").words
    accounts.change_user(local().id, "evaluator", locality="central", survey=None)
    client = signed_in(app, Person("local@example.org", "maple orbit candle"))
    assert (
        "Your account is limited to an area that is no longer in use" in client.request("GET", "/staff/cards/new").words
    )


def test_a_frame_keeps_its_people_when_a_word_is_mended(app: Flask) -> None:
    client, _person = lead(app)
    path = "/staff/rounds/family-1/frame"
    page = client.request("GET", path)
    boxes = {e.get("name"): e.get("value") or "" for e in page.tree.iter("input")}
    fields = {name: value for name, value in boxes.items() if name and name.startswith(("group-", "n-", "counted"))}
    assert fields["n-0-central"] == "70"
    assert GONE in page.words
    assert send(client, page, path, definition="All families of ours", **fields).status == 303
    found = frames.find_frame("family-1")
    assert found is not None
    assert (found.definition, dict(found.counts)) == (
        *("All families of ours", {("All", "north"): 80, ("All", "central"): 70}),
    )
    wrong = send(client, page, path, definition="", **{**fields, "n-0-central": "many"})
    assert (wrong.status, GONE in wrong.words) == (422, True)


def test_the_next_round_shows_them_until_somebody_moves_them(app: Flask, tiny_wave: str) -> None:
    client, _person = lead(app)
    page = client.request("GET", f"/staff/rounds/{tiny_wave}/frame")
    assert GONE in page.words
    assert "Copied from the round before" in page.words


def test_other_pages_name_it(app: Flask) -> None:
    client, _person = lead(app)
    assert GONE in client.request("GET", "/staff/rounds/family-1").words
    assert any(GONE in point.text for point in checklist.checklist(waves.get_wave("family-1")))


def test_the_check_of_settings_says_what_still_uses_it(app: Flask) -> None:
    settings = app.config["SETTINGS"]
    places, channels = installation.find_out_of_use(settings)[::-1]
    assert places == (
        'LOCALITIES no longer has "central", which is still used: 1 account, 1 batch of cards, 1 target population.'
        f' Pages show it as "{GONE}".'
    )
    assert channels.startswith('CHANNELS no longer has "centre", which is still used: 1 batch of cards. Pages')
