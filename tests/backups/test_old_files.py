"""What older code wrote is restored and opened: backups, letters, keys, log and frozen releases (``old_files/``)."""

import datetime as dt
import gzip
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyotp
import pytest
from sqlalchemy import func, select

from app import create_app
from app.backups import restoring
from app.cards import service as cards
from app.cards.approvals import IssueCards
from app.core import keys, letters
from app.core.codes import make_code
from app.counting import linking, opener
from app.keys import destroying
from app.keys.approvals import DestroyKeys
from app.models.answers import Comment, DetachedAnswer, Response, SetAside
from app.models.letters import Letter
from app.models.office import AuditEntry
from app.respond import journeys
from app.results import service as releases
from app.staff import accounts, approvals, second_factor
from app.storage import audit, clock, db, destroyed_keys
from app.surveys import waves
from config import Settings
from tests.support.homes import ROOT

HERE = Path(__file__).parent / "old_files"
MADE_ON = dt.date(2026, 11, 30)
Expected = dict[str, Any]


def read(path: str) -> Any:
    """Return a JSON file of the old installation."""
    return json.loads((HERE / path).read_text(encoding="utf-8"))


def released(name: str) -> str:
    """Return a release as the old code printed it."""
    return gzip.decompress((HERE / "releases" / name).read_bytes()).decode()


@pytest.fixture
def expected(settings: Settings) -> Expected:
    """What the old installation held, on this database."""
    found: Expected = read(f"{dialect_of(settings)}/expected.json")
    return found


@pytest.fixture
def restored(settings: Settings, expected: Expected) -> Iterator[restoring.Outcome]:
    """Both backups restored into an empty installation; the outcome of the keys."""
    folder = HERE / dialect_of(settings)
    settings.home.mkdir(exist_ok=True)
    with create_app(replace(settings, backup_passphrase=expected["passphrase"])).app_context():
        try:
            restoring.restore(folder / "databases.age")
            yield restoring.restore(folder / "keys.age")
        finally:
            db.rooms().dispose()


def dialect_of(settings: Settings) -> str:
    """Return ``sqlite`` or ``postgresql``."""
    return "postgresql" if settings.portal_url.startswith("postgresql") else "sqlite"


def count(model: Any, room: str = "counting") -> dict[str, int]:
    """Return how many rows each wave has."""
    with getattr(db, room)() as session:
        rows = session.execute(select(model.wave_id, func.count()).group_by(model.wave_id))
        return dict(sorted((wave, n) for wave, n in rows))


def people_by_waves() -> dict[str, int]:
    """Return how many people of the family survey answered which waves."""
    found: dict[bytes, set[str]] = {}
    with db.counting() as session:
        person_of = linking.pseudonym_resolver(session, "family")
        for wave, pseudonym in session.execute(select(Response.wave_id, Response.person)).all():
            if wave.startswith("family-"):
                found.setdefault(person_of(wave, pseudonym), set()).add(wave[-1])
    return dict(sorted(Counter("+".join(sorted(waves)) for waves in found.values()).items()))


def test_an_old_backup_is_restored_whole(restored: restoring.Outcome, expected: Expected) -> None:
    assert restored.keys is not None
    assert restored.keys.destroyed == ["counting/family-1.secret", "front/family-1.wave"]
    assert (restored.keys.present, restored.keys.missing) == ([], [])
    assert [*audit.verify(), *audit.verify_anchors()] == []
    with db.reading() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    log = [[e.id, e.at, e.actor, e.action, e.subject, e.detail] for e in entries]
    n = len(expected["audit_log"])
    assert log[:n] == expected["audit_log"]
    assert [entry[3] for entry in log[n:]] == ["put a backup back"]
    rows = {"response": count(Response), "comment": count(Comment), "detached": count(DetachedAnswer)}
    assert rows | {"letter": count(Letter, "collecting")} == expected["counts_in_the_backup"]
    assert {wave.id: wave.state for wave in waves.list_all_waves()} == {
        name: wave["state"] for name, wave in expected["waves"].items()
    }
    assert people_by_waves() == expected["people_by_waves_in_the_backup"]


def test_old_cards_accounts_and_approvals_are_recognised(restored: restoring.Outcome, expected: Expected) -> None:
    for known in expected["codes"].values():
        card = cards.find_card(known["code"])
        assert (vars(card) if card else None) == known["card"]
    assert cards.find_card(make_code()) is None
    for email, account in expected["accounts"].items():
        user = accounts.find_by_password(email, account["password"])
        assert user is not None
        assert user.role == account["role"]
    factor = expected["second_factor"]
    admin = next(user for user in accounts.list_users() if user.email == factor["account"])
    assert second_factor.check(admin, pyotp.TOTP(factor["seed_base32"]).now())
    assert [second_factor.check(admin, factor["recovery_codes"][0]) for _twice in range(2)] == [True, False]
    asked = approvals.get(IssueCards, expected["waiting"]["cards"]).command
    assert (asked.batch, asked.areas, asked.wave_id) == ("asked for", {"south": 40}, "family-3")
    destroy = approvals.get(DestroyKeys, expected["waiting"]["burn"]).command
    assert (destroy.kind, destroy.subject) == ("wave", "family-2")
    assert destroyed_keys.list_begun(destroyed_keys.SURVEY) == {"young": True}


def test_old_releases_read_back_byte_for_byte(restored: restoring.Outcome, expected: Expected) -> None:
    for wave in expected["releases"]:
        assert releases.as_json(wave) + "\n" == released(f"release-{wave}.json.gz")


def test_old_letters_are_opened_counted_and_released(
    restored: restoring.Outcome, expected: Expected, settings: Settings
) -> None:
    before = count(Response)
    with clock.on_day(MADE_ON):
        again = journeys.find_journey(journeys.begin(expected["code_that_answered_waves_2_and_3"]))
        assert again is not None
        assert journeys.submit(again, journeys.new_submission_id()) is journeys.Outcome.ALREADY_USED
        for code in expected["codes_that_never_answered"]:
            journey = journeys.find_journey(journeys.begin(code))
            assert journey is not None
            assert journeys.submit(journey, journeys.new_submission_id()) is journeys.Outcome.SENT
    waves.close_wave("family-3")
    releases.ask_for_release("family-3")

    assert opener.answer_requests() == 2

    assert (count(SetAside), count(Letter, "collecting")) == ({}, {})
    after = count(Response)
    assert after == expected["responses_after_closing_family_3"]
    assert {wave: before[wave] - after[wave] for wave in ("family-1", "family-2")} == {"family-1": 1, "family-2": 1}
    assert people_by_waves() == expected["people_by_waves_after_closing_family_3"]
    name = f"release-family-3-after-restore-{dialect_of(settings)}.json.gz"
    old, new = json.loads(released(name)), json.loads(releases.as_json("family-3"))
    assert new.pop("facts")["number"] == 3
    for question in (new["panel"] or {}).get("questions", []):
        question.pop("moves", None)
    assert {**new, "format": 1, "unaudited": old["unaudited"]} == old
    assert not new["unaudited"], "a round of 15 has no groups to audit"
    assert destroying.ask("wave", "family-3")
    assert opener.answer_requests() == 1
    assert destroying.left_over() == [("wave", "family-3")]
    destroying.finish()
    assert destroying.left_over() == []
    assert [*audit.verify(), *audit.verify_anchors()] == []


def test_every_derivation_of_a_key_is_unchanged() -> None:
    given = read("vectors.json")
    root, other = bytes.fromhex(given["root"]), bytes.fromhex(given["other"])
    code, wave, survey = given["code"], given["wave"], given["survey"]
    person, place = keys.person(root, survey, code), keys.saved_place(root, wave, code)
    found = [
        keys.card_tag(root, survey, code),
        keys.nullifier(root, wave, code),
        keys.receipt(root, wave, "00" * 16),
        person,
        keys.wave_pseudonym(root, wave, person),
        keys.comment_id(root, wave=wave, code=code, question="words"),
        keys.ratchet(other, person),
        keys.seal_entry(root, bytes(32), "content"),
        keys.make_seed(root, other),
        keys.seal_seed(root, nonce=bytes(12), account=7, seed=b"seed"),
        keys.draft_id(root),
        keys.seal_draft(root, bytes(12), b"content"),
        place,
        keys.saved_draft_key(code, "2468", place),
        keys.mark(root, "press"),
        letters.public_half(root),
    ]
    assert [value.hex() for value in found] == list(given["values"].values())


def test_names_that_are_stored_are_unchanged() -> None:
    names = read("names.json")
    source = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "app").rglob("*.py")))
    verbs = [f'"{verb}"' for verb in (*names["audit_actions_with_detail_keys"], *names["request_verbs"])]
    labels = [label.split("{")[0] for label in names["key_derivation_labels"]]
    assert [name for name in (*verbs, *labels) if name not in source] == []
