"""Import from the command line: every file that is none of ours gets one sentence, and leaves nothing behind."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from app.models.surveys import StoredQuestionnaire, Survey
from app.storage import db, keyring
from app.surveys import service as surveys
from tests.core.test_foreign_files import FILES
from tests.support.builders import tiny_document

CONTENT = json.dumps(tiny_document())
FAULTY = {
    "no pages": json.dumps(tiny_document(pages=[])),
    "a negative number": CONTENT.replace('"max_length": 200', '"max_length": -5'),
    "no number": CONTENT.replace('"minutes": 2', '"minutes": 1e400'),
    "half a character": CONTENT.replace("Tell us", "\\ud83d"),
    "half a character in a key": CONTENT.replace('"format"', '"\\udc00": 1, "format"'),
    "a key twice": CONTENT.replace('"minutes": 2', '"minutes": 2, "minutes": 3'),
    "an unknown key": CONTENT.replace('"minutes": 2', '"minutes": 2, "minuets": 3'),
    "a box larger than a letter": CONTENT.replace('"max_length": 200', '"max_length": 200000'),
    "deep brackets": "[" * 100_000,
    "a name that is no key file's": json.dumps(tiny_document(survey="../up")),
    "nothing": "",
}


def run(app: Flask, path: Path, *more: str) -> Result:
    """Import a file."""
    return app.test_cli_runner().invoke(args=["survey", "import", str(path), *more])


def written(tmp_path: Path, content: str | bytes, name: str = "set.json") -> Path:
    """Write a file and return its path."""
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def assert_nothing(app: Flask) -> None:
    """Fail if a survey, a version or a key is there."""
    with db.reading() as session:
        assert [*session.scalars(select(Survey.slug)), *session.scalars(select(StoredQuestionnaire.id))] == []
    folder = app.config["SETTINGS"].front_keys
    assert [path.name for path in folder.glob("*") if ".card" in path.name] == []


@pytest.mark.parametrize("fault", FAULTY)
def test_a_faulty_document_gets_one_sentence_and_leaves_nothing(app: Flask, tmp_path: Path, fault: str) -> None:
    done = run(app, written(tmp_path, FAULTY[fault]))

    assert done.exit_code == 1, done.output
    assert done.stderr.startswith("set.json: ")
    assert "fault of the program" not in done.stderr
    assert_nothing(app)


@pytest.mark.parametrize("kind", FILES)
def test_a_file_of_another_program_is_named(app: Flask, tmp_path: Path, kind: str) -> None:
    done = run(app, written(tmp_path, FILES[kind], "theirs"))

    assert (done.exit_code, done.stderr.splitlines()) == (
        1,
        [f"theirs is {kind}. Only questionnaire documents of this portal (JSON) can be imported."],
    )
    assert_nothing(app)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_document_may_have_a_byte_order_mark(app: Flask, tmp_path: Path, encoding: str) -> None:
    content = json.dumps(tiny_document(), ensure_ascii=False)
    assert run(app, written(tmp_path, content.encode(encoding))).stdout == "family\n"


def test_what_is_no_text_or_too_large_is_refused(app: Flask, tmp_path: Path) -> None:
    assert "is not UTF-8 text" in run(app, written(tmp_path, b'{"a": "caf\xe9"}')).stderr
    assert "is larger than 4,000,000 bytes" in run(app, written(tmp_path, b" " * 4_000_001)).stderr


@pytest.mark.both_databases
def test_an_import_that_fails_leaves_no_key(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = db.rooms().engine("front")
    event.listen(engine, "commit", fail)
    with pytest.raises(OperationalError):
        surveys.import_questionnaire(CONTENT, "tiny.json")
    event.remove(engine, "commit", fail)
    assert_nothing(app)
    with monkeypatch.context() as patched:
        patched.setattr(surveys, "_add_version", fail)
        with pytest.raises(OperationalError):
            surveys.import_questionnaire(CONTENT, "tiny.json")
    assert_nothing(app)

    assert surveys.import_questionnaire(CONTENT, "tiny.json") == "family"
    assert len(keyring.card_keys("family")) == 1


def fail(*_given: object, **_more: object) -> None:
    """Fail as a full disk does."""
    raise OperationalError("COMMIT", {}, Exception("disk full"))


def test_a_version_that_is_refused_keeps_the_key_of_its_survey(app: Flask) -> None:
    surveys.import_questionnaire(CONTENT, "tiny.json")
    key = keyring.card_key("family")
    with pytest.raises(surveys.Refused, match="other content"):
        surveys.import_questionnaire(CONTENT.replace('"minutes": 2', '"minutes": 3'), "tiny.json")
    assert keyring.card_key("family") == key
