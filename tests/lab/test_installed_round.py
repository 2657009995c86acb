"""A round held by two unprivileged users on the installation that the shipped script makes: nothing is to be found."""

import json
import stat
import time
from collections.abc import Iterator

import pytest

from tests.conftest import MONTH, TODAY
from tests.security.installed import SECONDS, Installed, installed_on, set_up
from tests.support.builders import tiny_document
from tests.support.http_journey import Client, Page, first_answers, walk
from tests.support.readers import LEADS

PEOPLE = 6
WORDS = "zebra-canary"


@pytest.fixture
def site(database: str) -> Iterator[Installed]:
    """An installation that is set up."""
    with installed_on(database) as made:
        yield made


def with_words(page: Page) -> list[tuple[str, str]]:
    """Answer a page; into a text box go words that can be searched for."""
    return [(name, WORDS if value.startswith("canary") else value) for name, value in first_answers(page)]


def wait_for(site: Installed, state: str) -> None:
    """Wait until the opener has brought the wave into a state."""
    until = time.monotonic() + SECONDS
    while json.loads(site.flask("wave", "list", "family", "--json"))[0]["state"] != state:
        assert time.monotonic() < until, f"the wave is not {state}"


def side_files(site: Installed) -> set[int]:
    """Return whose the side files of SQLite's portal database are; both users may write them, nobody else may."""
    files = list(site.home.glob("portal.db-*"))
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o660 for path in files)
    assert len({path.stat().st_gid for path in files} | {site.home.stat().st_gid}) == 1
    return {path.stat().st_uid for path in files}


def finds_nothing(site: Installed) -> bool:
    """Tell whether a shell of the web process's user finds its own keys and nothing of the counting room."""
    found = site.look("web")
    assert site.web.user
    assert (found["user"], found["keys"] > 0) == (site.web.user.pw_uid, True)
    return [found[name] for name in ("sign_ins", "opened", "responses", "words")] == [0, 0, 0, 0]


@pytest.mark.both_databases
def test_two_unprivileged_users_hold_a_round_and_the_web_processs_user_finds_nothing(site: Installed) -> None:
    document = site.top / "tiny.json"
    document.write_text(json.dumps(tiny_document()), encoding="utf-8")
    owners = set()
    with site.both_running("web"):
        site.flask("survey", "import", str(document))
        site.flask("wave", "create", "family", "--opens", str(TODAY), "--closes", str(TODAY + MONTH))
        for reader in LEADS:
            site.flask("user", "create", reader, "--role", "safeguarding lead")
        site.flask("wave", "open", "family-1", "--reading-day", str(TODAY + MONTH))
        wait_for(site, "open")
        batch = ("--batch", "one", "--locality", "north", "--channel", "visit", "--count", "30")
        codes = site.flask("cards", "issue", "family", *batch).split("\n")
        for code in codes[:PEOPLE]:
            assert walk(Client(site.base), code, with_words).data_page == "done"
        owners |= side_files(site)
        assert finds_nothing(site)
        assert site.look("opener")["opened"] == PEOPLE, "the same search by the opener opens all letters"
    set_up(site)  # as after an upgrade
    with site.both_running("opener"):
        owners |= side_files(site)
        assert walk(Client(site.base), codes[PEOPLE], with_words).data_page == "done"
        site.flask("wave", "close", "family-1")
        wait_for(site, "closed")
        site.flask("release", "make", "family-1")
        assert json.loads(site.flask("release", "show", "family-1", "--format", "json"))["wave"] == "family-1"
        assert finds_nothing(site)
        assert site.look("web")["inbox"] == PEOPLE + 1, "after the close it reads what readers read, as documented"
        found = site.look("opener")
        assert (found["letters"], found["responses"] > PEOPLE) == (0, True)
    both = {who.user.pw_uid for who in (site.web, site.opener) if who.user}
    assert owners == (set() if site.superuser else both), "each has made side files that the other has used"
