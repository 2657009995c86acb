"""Releases of 50 to 500 answers are audited in a child process, and groups are published in production, too."""

import json
import os
import subprocess
import sys

import pytest
from flask import Flask

from app.core.results.audit.verdicts import Verdict
from app.counting import auditing, opener, releasing
from app.models.answers import Response
from app.results import service as releases
from app.storage import db, requests
from app.surveys import waves
from tests.conftest import TinySurvey
from tests.results.test_releases import answer, publish
from tests.support.staff import Person, signed_in

KILLED = "import os; os.kill(os.getpid(), 9)"


def groups(release: dict) -> list[str]:
    """Return the dimensions that have groups."""
    return [dimension["name"] for dimension in release["dimensions"] if dimension["groups"]]


@pytest.mark.both_databases
def test_production_publishes_audited_groups_from_fifty_answers(
    tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(db.rooms().settings), "is_production", True)
    answer(tiny.codes(50))

    release = publish(tiny)

    assert groups(release) == ["role"]
    assert release["unaudited"] is False
    certificate = release["certificate"]
    assert (certificate["audited"], certificate["rules"], certificate["passes"]) == (True, 1, 1)


def test_forty_nine_answers_need_no_audit(tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditing, "START", KILLED)
    answer(tiny.codes(60)[:49])

    release = publish(tiny)

    assert (groups(release), release.get("certificate")) == ([], None)
    assert {dimension["reason"] for dimension in release["dimensions"]} == {"too_few_for_groups"}


def test_if_every_audit_is_killed_the_release_has_no_groups(tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditing, "START", KILLED)
    answer(tiny.codes(60))

    release = publish(tiny)

    assert (groups(release), release["certificate"]["audited"]) == ([], False)
    assert {dimension["reason"] for dimension in release["dimensions"]} == {"not_audited"}
    assert [step["reason"] for step in release["certificate"]["pooled"]] == ["over_time", "over_time"]


def test_an_audit_that_is_killed_once_is_tried_again(tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch) -> None:
    real, seen = subprocess.run, list[int]()

    def first_is_killed(command: list[str], **options: object) -> object:
        seen.append(1)
        return real(command if len(seen) > 1 else [sys.executable, "-c", KILLED], **options)

    monkeypatch.setattr(auditing.subprocess, "run", first_is_killed)
    answer(tiny.codes(60))

    assert (groups(publish(tiny)), len(seen)) == (["role"], 2)


def test_the_child_alone_loads_the_solver_and_gets_no_settings(
    tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, environments = subprocess.run, list[dict[str, str]]()

    def noted(command: list[str], **options: dict[str, str]) -> object:
        environments.append(options["env"])
        return real(command, **options)

    monkeypatch.setattr(auditing.subprocess, "run", noted)
    answer(tiny.codes(60))
    publish(tiny)

    assert [set(some) for some in environments] == [{"OPENBLAS_NUM_THREADS"}]
    check = "import sys, app, app.counting.opener"
    check += "; assert not {'numpy', 'highspy'} & set(sys.modules)"
    real([sys.executable, "-c", check], check=True, cwd=os.getcwd())


def test_answers_that_are_deleted_meanwhile_are_in_no_release(
    tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = list[int]()

    def deletes_some(wave, earlier, report):  # type: ignore[no-untyped-def]
        sizes.append(len(wave.records))
        if len(sizes) == 1:
            with db.counting() as session:
                for row in session.query(Response).limit(5):
                    session.delete(row)
        return real(wave, earlier, report)

    real = auditing.publish_audited
    monkeypatch.setattr(releasing.auditing, "publish_audited", deletes_some)
    answer(tiny.codes(60))

    assert publish(tiny)["n"] == 55
    assert sizes == [60, 55]


def test_who_asked_sees_how_far_the_audit_has_got(
    tiny: TinySurvey, app: Flask, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages, staff = list[str](), signed_in(app, person)

    def looks(wave, earlier, coarser) -> Verdict:  # type: ignore[no-untyped-def]
        pages.append(staff.request("GET", "/staff/rounds/family-1").words)
        with db.counting():  # nobody holds the room meanwhile
            return Verdict(is_over=len(pages) == 1)

    monkeypatch.setattr(auditing, "_in_child", looks)
    answer(tiny.codes(60))
    publish(tiny)

    assert [f"small group can be identified. Pass {n}, since " in page for n, page in enumerate(pages, 1)] == [
        True,
        True,
    ]
    assert "are being prepared" not in staff.request("GET", "/staff/rounds/family-1").words


def test_after_a_restart_the_audit_begins_again(tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(tiny.codes(60))
    tiny.close_wave()
    number = releases.ask_for_release("family-1")

    def stopped(*_task: object) -> Verdict:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(auditing, "_in_child", stopped)
        with pytest.raises(KeyboardInterrupt):
            opener.answer_requests()
    assert requests.get_request(number).state == "taken"
    opener.answer_requests()

    assert (requests.get_request(number).state, requests.get_request(number).refusal) == ("done", None)
    assert waves.get_wave("family-1").state == "published"
    assert groups(json.loads(releases.as_json("family-1"))) == ["role"]


def test_a_round_in_which_nobody_answered_a_question(tiny: TinySurvey) -> None:
    answer(tiny.codes(60), heard="-9")

    release = publish(tiny)

    assert release["certificate"]["audited"] is True
    assert release["questions"][0]["reason"] == "base_zero"


def test_the_command_prints_the_certificate(tiny: TinySurvey, app: Flask) -> None:
    answer(tiny.codes(60))
    publish(tiny)

    done = app.test_cli_runner().invoke(args=["release", "certificate", "family-1", "--json"])

    found = json.loads(done.output)
    assert {n: found[n] for n in ("wave", "audited", "determined_sets", "pooled", "rules")} == {
        **{"wave": "family-1", "audited": True, "determined_sets": 0, "pooled": [], "rules": 1}
    }
    assert found["seconds"] >= 0
    words = app.test_cli_runner().invoke(args=["release", "certificate", "family-1"]).output
    assert words.startswith("family-1 was audited in ")


def test_a_release_that_needed_no_audit_has_a_certificate_that_says_so(tiny: TinySurvey, app: Flask) -> None:
    answer(tiny.codes(40)[:30])
    publish(tiny)

    found = json.loads(app.test_cli_runner().invoke(args=["release", "certificate", "family-1", "--json"]).output)

    assert (found["audited"], found["determined_sets"]) == (False, None)
