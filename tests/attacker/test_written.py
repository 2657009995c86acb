"""The search in logs, on made-up logs in which each secret stands there or not."""

import base64
from pathlib import Path

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from app.attacker.evidence import Person
from app.attacker.ways.written import carried, traces_in
from app.core.keys import draft_id

PERSON = Person(1, "372915048266517", "127.9.8.7", "Phone/1", "own words")
KEY = bytes(range(200, 232))
PIN = b"482913"


def count(tmp_path: Path, line: bytes, *others: bytes) -> float:
    """Return what is found in a log of one line."""
    log = tmp_path / "web.log"
    log.write_bytes(b"[2026-11-25 12:00:00] ERROR in errors: " + line + b" at app/web/errors.py:1\n")
    return traces_in([log, tmp_path / "gone.log"], [PERSON], others).value


@pytest.mark.parametrize(
    "form",
    [
        KEY,
        KEY.hex().encode(),
        KEY.hex().upper().encode(),
        repr(KEY).encode(),
        b"\\x" + KEY.hex().encode(),
        base64.b64encode(KEY),
        base64.urlsafe_b64encode(b"ab" + KEY),
    ],
)
def test_a_key_is_found_in_every_form(tmp_path: Path, form: bytes) -> None:
    assert count(tmp_path, form, KEY) == 1
    assert count(tmp_path, form[: len(form) // 2], KEY) == 0


@pytest.mark.parametrize(("line", "found"), [(b"pin=482913", 1), (b"0x482913ab", 0), (b"1482913", 0), (b"'482913'", 1)])
def test_a_short_secret_is_found_by_itself_only(tmp_path: Path, line: bytes, found: int) -> None:
    assert count(tmp_path, line, PIN) == found


def test_what_people_bring_is_found_as_before(tmp_path: Path) -> None:
    assert count(tmp_path, b"372 915 048 266 517 from 127.9.8.7 by Phone/1 said own words") == 4


def test_a_session_is_found_whole_in_parts_and_by_what_is_inside(tmp_path: Path) -> None:
    app = Flask(__name__, static_folder=None)
    app.secret_key = "k" * 32
    sealer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert sealer is not None
    token = "0123456789abcdef9b71d224bd62f3785d96d46a"
    for padding in ("", "long " * 400):
        content = {"draft": base64.urlsafe_b64encode(KEY).decode(), "csrf_token": token, "pad": padding}
        cookie = str(sealer.dumps(content if padding else {"draft": content["draft"], "csrf_token": token}))
        assert cookie.startswith(".") is bool(padding), "only the long one is compressed"
        secrets = [*carried([cookie])]
        payload = cookie.removeprefix(".").split(".")[0]
        for line in (
            cookie.encode(),
            payload.encode(),
            KEY.hex().encode(),
            draft_id(KEY).hex().encode(),
            token.encode(),
        ):
            assert count(tmp_path, line, *secrets) >= 1
    assert [*carried(["", "short"])] == []
