"""The installation that the shipped script makes: made again, mended, and refused where it cannot be safe."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.security.installed import SECONDS, Installed, installation, installed_on, set_up, unit
from tests.support.homes import ROOT
from tests.support.servers import first_line_of_hba


@pytest.fixture
def site(database: str) -> Iterator[Installed]:
    """An installation that is set up."""
    with installed_on(database) as made:
        yield made


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


@pytest.mark.both_databases
def test_set_up_again_changes_nothing(site: Installed) -> None:
    before = picture(site)
    set_up(site)
    assert picture(site) == before
    assert before["home"][2] == (0o755 if site.superuser else 0o3770)
    assert {"home/keys", "home/counting/keys"} < set(before)


@pytest.mark.both_databases
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


@pytest.mark.postgresql
def test_where_the_server_trusts_the_web_process_does_not_start(site: Installed) -> None:
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
