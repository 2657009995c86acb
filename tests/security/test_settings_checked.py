"""Every setting has a check, and its sentence names it: in the environment, in a file, at the start and on request."""

import dataclasses
import datetime as dt
import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.core.setting_checks import dialled
from app.core.settings import NAMES, SETTINGS
from app.storage import clock
from config import Contact, Settings, SettingsError, find_look_alikes, load_settings, prepare_development_home
from tests.security.test_settings import GOOD, settings_of

TOMORROW = (clock.today() + dt.timedelta(days=1)).isoformat()
KEPT = {"LOCALITIES": "boroughwide", "CHANNELS": "any"}


def named(kept: str, **more: object) -> str:
    """Return localities or channels as JSON, with the one that has to stay."""
    return json.dumps({kept: "Kept", **more})


WRONG = [
    ("CONTACT_OFFICE", "0161 496 0101   # rung on 3 March"),
    ("CONTACT_OFFICE", "tbc"),
    ("CONTACT_OFFICE", "0161 496 0101 or 0102"),
    ("CONTACT_OFFICE", "0161 496 0101 ext 5"),
    ("CONTACT_OFFICE", "99"),
    ("CONTACT_OFFICE", "0161"),
    ("CONTACT_OFFICE", "+44 1614"),
    ("CONTACT_OFFICE", "0" * 16),
    ("CONTACT_OFFICE", "٠١٦١ ٤٩٦ ٠١٠١"),
    ("CONTACT_OFFICE", "mailto:help@example.org"),
    ("CONTACT_EVENING", "# none yet"),
    ("CONTACT_EVENING", "n/a"),
    ("CONTACT_DANGER", "police"),
    ("CONTACT_CHILD", "0800\u200b1111"),
    ("CONTACTS_CHECKED", TOMORROW),
    ("CONTACTS_CHECKED", "2207-01-31"),
    ("CONTACTS_CHECKED", "0027-01-31"),
    ("CONTACTS_CHECKED", "1999-12-31"),
    ("CONTACTS_CHECKED", "2026-02-30"),
    ("CONTACTS_CHECKED", "31/01/2026"),
    ("CONTACTS_CHECKED", "20260131"),
    ("CONTACTS_CHECKED", "2026-W05-1"),
    ("BASE_URL", "https://feedback.example.org/portal"),
    ("BASE_URL", "https://feedback.example.org/?a=1"),
    ("BASE_URL", "https://feedback.example.org?"),
    ("BASE_URL", "https://feedback.example.org/#c"),
    ("BASE_URL", "https://anna:secret@feedback.example.org"),
    ("BASE_URL", "feedback.example.org"),
    ("BASE_URL", "https:feedback.example.org"),
    ("BASE_URL", "https://"),
    ("BASE_URL", "https://feedback example.org"),
    ("BASE_URL", "https://bücher.example.org"),
    ("BASE_URL", "https://feedback.example.org:port"),
    ("BASE_URL", "https://feedback.example.org:99999"),
    ("BASE_URL", "https://[broken"),
    ("BASE_URL", "ftp://feedback.example.org"),
    ("BASE_URL", "https://localhost"),
    ("BASE_URL", "https://127.0.0.1:8443"),
    ("PORT", "0"),
    ("PORT", "65536"),
    ("PORT", "8000.0"),
    ("PORT", "٨٠٠٠"),
    ("PORT", "1_000"),
    ("TRUSTED_PROXIES", "-1"),
    ("TRUSTED_PROXIES", "yes"),
    ("TRUSTED_PROXIES", "11"),
    ("WEB_WORKERS", "0"),
    ("WEB_WORKERS", "1000"),
    ("WEB_WORKERS", "two"),
    ("TRUSTED_HOSTS", "https://feedback.example.org"),
    ("TRUSTED_HOSTS", "a b"),
    ("TRUSTED_HOSTS", "feedback.example.org; other.example.org"),
    ("COUNCIL", "x" * 201),
    ("COUNCIL", "Stockport\x00Family"),
    ("COUNCIL", "Stockport\u202eFamily"),
    ("COUNCIL", "Stockport Family # ours"),
    ("COUNCIL", '"Stockport Family"'),
    ("DATABASE_URL", "postgresql:feedback"),
    ("DATABASE_URL", "postgresql://front:a#b@localhost/feedback"),
    ("DATABASE_URL", "postgresql://front:secret@localhost"),
    ("ANSWERS_DATABASE_URL", "postgres://counting@localhost/feedback"),
    ("OWNER_DATABASE_URL", "postgresql://owner@localhost:port/feedback"),
    ("REDIS_URL", "http://localhost:6379"),
    ("LEAVE_URL", "www.bbc.co.uk"),
    ("LEAVE_URL", "https://"),
    ("LEAVE_URL", "data:text/html,x"),
    ("SECURITY_CONTACT", "security@example.org"),
    ("SECURITY_CONTACT", "mailto:"),
    ("SECURITY_CONTACT", "https://"),
    *[
        (name, text)
        for name, kept in KEPT.items()
        for text in (
            "[]",
            "7",
            "null",
            f'["{kept}"]',
            "{",
            "[" * 5000,
            named(kept, north=""),
            named(kept, north="  "),
            named(kept, north=7),
            named(kept, north=None),
            named(kept, north={"name": "North"}),
            named(kept, north="N" * 61),
            named(kept, north="North\x07East"),
            named(kept, north="North\u200e"),
            named(kept, north="\ud800"),
            named(kept, **{"a/b": "North"}),
            named(kept, **{"a b": "North"}),
            named(kept, **{"": "North"}),
            named(kept, **{"n" * 41: "North"}),
            named(kept, north="Same", south="same"),
            named(kept, north="\uff33ame", south="same"),
            named(kept, north="two\nlines"),
            named(kept, north="North", North="Northern"),
            f'{{"{kept}": "Kept", "north": "North", "north": "Northern"}}',
            f'{{"{kept}": "Kept"}} # two areas',
            json.dumps({kept: "Kept", **{f"a{n}": f"Area {n}" for n in range(50)}}),
        )
    ],
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_is_one_sentence_that_names_the_setting(tmp_path: Path, name: str, value: str) -> None:
    (tmp_path / "portal.env").touch()
    with pytest.raises(SettingsError) as refused:
        settings_of(tmp_path, **{name: value})
    (fault,) = refused.value.faults
    assert fault.startswith(f"{name} ")
    assert fault.endswith((".", "?"))
    assert len(fault) < 250
    assert "\n" not in fault
    assert "secret" not in fault, "no value is repeated"


@pytest.mark.parametrize(
    ("name", "value", "field", "read"),
    [
        ("CONTACT_OFFICE", "+44 (0)161 496-0101", "contacts", Contact("office", "+44 (0)161 496-0101")),
        ("CONTACT_OFFICE", "101", "contacts", Contact("office", "101")),
        ("CONTACT_DANGER", "", "contacts", Contact("danger", "999")),
        ("BASE_URL", "https://feedback.example.org/", "base_url", "https://feedback.example.org"),
        ("BASE_URL", "https://feedback.example.org:8443", "base_url", "https://feedback.example.org:8443"),
        ("TRUSTED_PROXIES", "2", "trusted_proxies", 2),
        ("TRUSTED_HOSTS", "a.example.org, b.example.org", "trusted_hosts", "b.example.org"),
        ("COUNCIL", "Rothwell & Oakham #1", "council", None),
        ("COUNCIL", "Rothwell#1", "council", "Rothwell#1"),
        ("DATABASE_URL", "postgresql://front:a%23b@localhost/feedback", "database_url", None),
        ("DATABASE_URL", "postgresql:///feedback?host=/run/postgresql", "database_url", None),
        ("REDIS_URL", "unix:///run/redis.sock", "redis_url", "unix:///run/redis.sock"),
        ("SECURITY_CONTACT", "mailto:security@example.org", "security_contact", "mailto:security@example.org"),
        ("LOCALITIES", named("boroughwide", north="  Cafe\u0301   Quarter #1 "), "localities", "Café Quarter #1"),
    ],
)
def test_a_right_value_is_taken(tmp_path: Path, name: str, value: str, field: str, read: object) -> None:
    if name == "COUNCIL" and read is None:
        with pytest.raises(SettingsError, match="COUNCIL has a comment"):
            settings_of(tmp_path, COUNCIL=value)
        return
    found = getattr(settings_of(tmp_path, **{name: value}), field)
    read = value if read is None else read
    assert found == read or read in (found.values() if isinstance(found, dict) else found)


@pytest.mark.parametrize("words", [' violin "staple" # harbour ', "'moss'", "a\u00a0b"])
def test_a_passphrase_is_taken_as_it_is(tmp_path: Path, words: str) -> None:
    assert settings_of(tmp_path, BACKUP_PASSPHRASE=words).backup_passphrase == words


def test_all_faults_are_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "portal.env").write_text("CONTACT_OFICE=0161 496 0101\nBASE_URL=https://a.example/x\nPORT=x\n")
    with pytest.raises(SettingsError) as refused:
        load_settings({"PORTAL_HOME": str(tmp_path), "SECRET_KEY": GOOD["SECRET_KEY"]})
    assert [fault.split(" ")[0] for fault in refused.value.faults] == [
        *("CONTACT_OFICE", "BASE_URL", "PORT", "CONTACT_OFFICE"),
    ]
    assert refused.value.at_start().count("The portal does not start: ") == 4


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("CONTACT_OFICE=0161 496 0101", r"CONTACT_OFICE in \S+ is not a setting: did you mean CONTACT_OFFICE\?"),
        ("base_url=https://a.example", r"base_url in \S+ is not a setting: did you mean BASE_URL\?"),
        ("export COUNCIL=Ours", r"export COUNCIL in \S+ is not a setting: did you mean COUNCIL\?"),
        ("TRUSTED_PROXY=1", r"TRUSTED_PROXY in \S+ is not a setting: did you mean TRUSTED_PROXIES\?"),
        ("ZEBRA=1", r"ZEBRA in \S+ is not a setting\."),
        ("COUNCIL=One\nCOUNCIL=Two", r"COUNCIL appears twice in \S+: keep one\."),
        ("COUNCIL: Ours", r"Line 1 of \S+ is not NAME=VALUE"),
        ("# fine\n\nCOUNCIL", r"Line 3 of \S+ is not NAME=VALUE"),
        ("PORTAL_HOME=/srv", r"PORTAL_HOME must not be in \S+: set it in the environment\."),
        ("COUNCIL=A\x0bPORT=1", r"COUNCIL has a control character"),
    ],
)
def test_what_does_not_belong_in_the_file_is_named(tmp_path: Path, content: str, sentence: str) -> None:
    (tmp_path / "portal.env").write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        settings_of(tmp_path)
    assert len(refused.value.faults) == 1
    assert re.match(sentence, refused.value.faults[0])


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_byte_order_mark_and_other_line_ends_are_no_part_of_a_setting(tmp_path: Path, ending: str) -> None:
    lines = ["COUNCIL=Rothwell", "# a comment", "", "FLASK_RUN_PORT=1", "WEB_WORKERS=2"]
    (tmp_path / "portal.env").write_bytes(("\ufeff" + ending.join(lines)).encode())
    found = settings_of(tmp_path)
    assert (found.council, found.web_workers) == ("Rothwell", 2)


def test_another_programs_names_may_stand_in_the_other_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("COMPOSE_PROJECT_NAME='x' # ours\nCOUNCIL=Rothwell\n")
    assert settings_of(tmp_path).council == "Rothwell"
    (tmp_path / ".env").write_text("CONTACT_OFICE=0161 496 0101\n")
    with pytest.raises(SettingsError, match=r"CONTACT_OFICE in \.env is not a setting: did you mean CONTACT_OFFICE"):
        settings_of(tmp_path)


def test_another_programs_variable_of_the_environment_is_named_and_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {"PATH": "/bin", "LANG": "C", "PORTS": "1", "PGPORT": "5432", "DATABASE": "feedback", "DATABASE_URI": "x"}
    monkeypatch.setattr("os.environ", names)
    assert settings_of(tmp_path, **names)
    assert find_look_alikes() == ["DATABASE_URI in the environment is not read: did you mean DATABASE_URL?"]


def test_every_field_is_a_setting_and_every_setting_is_documented() -> None:
    own = {"home", "env", "contacts"}
    assert {field.name.upper() for field in dataclasses.fields(Settings) if field.name not in own} <= {*NAMES}
    documented = (Path(__file__).parents[2] / "docs" / "operating.md").read_text(encoding="utf-8")
    assert [name for name in NAMES if f"`{name}`" not in documented] == []


def test_a_link_dials_the_digits_of_a_number() -> None:
    numbers = {"0161 496 0101": "01614960101", "+44 (0)161 496-0101": "+441614960101", "(0161) 496-0101": "01614960101"}
    numbers |= {"(+44) 161 496 0101": "+441614960101", "+44 0161 496 0101": "+441614960101", "0800 1111": "08001111"}
    assert {number: dialled(number) for number in numbers} == numbers


def test_comments_in_a_development_home_stay(tmp_path: Path) -> None:
    home = prepare_development_home({"PORTAL_HOME": str(tmp_path / "home")})
    path = home / "portal.env"
    path.write_text("# rung on 3 March\n" + path.read_text())
    prepare_development_home({"PORTAL_HOME": str(home)})
    assert path.read_text().startswith("# rung on 3 March\n")


@pytest.mark.parametrize("name", NAMES)
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(value=st.text() | st.text("0123456789.:/#@ \"'{}[],-+ab\n") | st.from_regex(r"https?://[^ ]*"))
def test_any_text_is_taken_or_refused_by_name(tmp_path: Path, name: str, value: str) -> None:
    if name == "PORTAL_HOME":
        return
    (tmp_path / "portal.env").touch()
    environ = {**GOOD, "PORTAL_HOME": str(tmp_path), name: value}
    faults: tuple[str, ...] = ()
    try:
        load_settings(environ)
    except SettingsError as error:
        faults = error.faults
    assert {fault.split(" ")[0] for fault in faults} <= {name}


def test_every_default_passes_its_own_check() -> None:
    assert all(one.check(one.default) is not None for one in SETTINGS if one.default)
