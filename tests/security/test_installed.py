"""The installation that the shipped script makes: two unprivileged users at work at once, and nothing to be found."""

import json
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.attacker.scene import postgres
from tests.security.installed import SECONDS, Installed, installation, unit
from tests.support.builders import tiny_document
from tests.support.homes import ROOT
from tests.support.http_journey import Client, Page, first_answers, walk
from tests.support.servers import first_line_of_hba, or_skip

PEOPLE = 6
WORDS = "zebra-canary"


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest) -> Iterator[Installed]:
    """An installation that is set up; its PostgreSQL server is its own, for the script sets the server's roles."""
    if request.param == "sqlite":
        with installation("") as made:
            set_up(made)
            yield made
        return
    with or_skip(own_server) as url, installation(url) as made:
        set_up(made)
        yield made


@contextmanager
def own_server() -> Iterator[str]:
    """Yield the superuser's URL of a server."""
    with postgres.serving() as server:
        yield server.url


def set_up(site: Installed) -> None:
    """Run the script, which must succeed."""
    done = site.set_up()
    assert done.returncode == 0, done.stderr


def picture(site: Installed) -> dict[str, tuple[int, int, int, str]]:
    """Return owner, group, mode and (of settings) content of everything that the script made."""
    return {
        str(path.relative_to(site.top)): (
            (there := path.lstat()).st_uid,
            there.st_gid,
            stat.S_IMODE(there.st_mode),
            path.read_text(encoding="utf-8") if path.suffix == ".env" else "",
        )
        for path in site.top.rglob("*")
    }


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


def test_two_unprivileged_users_hold_a_round_and_the_web_processs_user_finds_nothing(site: Installed) -> None:
    document = site.top / "tiny.json"
    document.write_text(json.dumps(tiny_document()), encoding="utf-8")
    owners = set()
    with site.both_running("web"):
        site.flask("survey", "import", str(document))
        site.flask("wave", "create", "family", "--opens", "2020-01-01", "--closes", "2099-12-31")
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
        found = site.look("opener")
        assert (found["letters"], found["responses"] > PEOPLE) == (0, True)
    both = {who.user.pw_uid for who in (site.web, site.opener) if who.user}
    assert owners == (set() if site.superuser else both), "each has made side files that the other has used"


def test_set_up_again_changes_nothing(site: Installed) -> None:
    before = picture(site)
    set_up(site)
    assert picture(site) == before
    assert before["home"][2] == (0o755 if site.superuser else 0o3770)
    assert {"home/keys", "home/counting/keys"} < set(before)


def test_what_was_changed_by_hand_is_put_right(site: Installed) -> None:
    before = picture(site)
    (site.home / "counting").chmod(0o755)
    (site.home / "portal.env").chmod(0o644)
    site.home.chmod(0o777)
    set_up(site)
    assert picture(site) == before


def test_the_script_follows_no_link(site: Installed, tmp_path: Path) -> None:
    (site.home / "logs").rmdir()
    (site.home / "logs").symlink_to(tmp_path)
    done = site.set_up()
    assert (done.returncode, "is a link" in done.stderr) == (1, True)
    assert tmp_path.stat().st_uid == 0


def test_where_the_server_trusts_the_web_process_does_not_start(site: Installed) -> None:
    if not site.superuser:
        return
    with first_line_of_hba(site.superuser, "host all counting 127.0.0.1/32 trust"):
        _out, said = site.start("web").communicate(timeout=SECONDS)
    refusal = "The web process does not start, because it must not have access to the counting room: "
    assert said == f"{refusal}PostgreSQL lets it sign in as counting without a password.\n"
    with site.both_running("web"):
        pass


def test_the_script_says_what_is_missing(tmp_path: Path) -> None:
    with installation("") as made:
        (made.home / "portal.env").unlink()
        assert "portal.env first" in made.set_up().stderr
        assert "is not known" in made.set_up("--migrate").stderr


def test_the_unit_files_and_the_script_speak_of_the_same(tmp_path: Path) -> None:
    script = (ROOT / "docs" / "install" / "separate-rooms.sh").read_text(encoding="utf-8")
    web, opener = unit("web"), unit("opener")
    assert web["Group"] == opener["Group"] == web["User"]
    assert f"${{WEB_USER:-{web['User']}}}" in script
    assert f"${{OPENER_USER:-{opener['User']}}}" in script
    home = web["Environment"].removeprefix("PORTAL_HOME=")
    assert f"${{PORTAL_HOME:-{home}}}" in script
    assert opener["EnvironmentFile"] == "-/etc/feedback/opener.env"
    assert (web["InaccessiblePaths"], opener["InaccessiblePaths"]) == (f"{home}/counting", f"{home}/keys")
