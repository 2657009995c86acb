"""A survey with two questions for own words that people read, and where its comments lie."""

import json
import secrets
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import select, update

from app.counting import opener
from app.models.answers import Comment, MovedComment
from app.models.comments import HarmReport, InboxComment, MaskedComment, Quote, ReadComment
from app.models.surveys import Wave
from app.models.themes import CodedComment, Coding, DoubleCoding
from app.respond import journeys
from app.storage import db
from app.surveys import service as surveys
from app.surveys import waves
from tests.conftest import TinySurvey, begin_wave
from tests.support.builders import tiny_document

QUESTIONS = ("words", "more")


class Heard(TinySurvey):
    """A survey whose rounds are read: ``words`` and ``more`` are questions for own words."""

    def __init__(self) -> None:
        document = tiny_document()
        document["questions"]["more"] = {"kind": "text", "max_length": 200}
        document["pages"][1]["questions"] = list(QUESTIONS)
        for texts in document["texts"].values():
            texts |= {"more": texts["words"], "more.hint": texts["words.hint"], "page.words": texts["page.views"]}
        self.slug = surveys.import_questionnaire(json.dumps(document), "two.json")
        self.wave = self.open_wave()

    def open_wave(self) -> str:
        """Make and open the next wave, and let people read what is written in it."""
        wave = begin_wave(self.slug)
        let_read(wave)
        return wave

    def answer(self, codes: list[str], questions: tuple[str, ...] = QUESTIONS) -> list[dict[str, str]]:
        """Answer with some codes, and return what each of them wrote in each question."""
        written = [{question: f"canary{secrets.token_hex(8)}words" for question in questions} for _code in codes]
        for code, words in zip(codes, written, strict=True):
            journey = journeys.find_journey(journeys.begin(code))
            assert journey is not None
            kept = journeys.save_page(journey, {"heard": "4", **words})
            assert journeys.submit(kept, journeys.new_submission_id()) is journeys.Outcome.SENT
        return written


def let_read(wave: str, words: str | None = "read") -> None:
    """Say that people read the comments of a wave, or that they do not."""
    with db.writing() as session:
        session.execute(update(Wave).where(Wave.id == wave).values(words=words))


def close(wave: str) -> None:
    """Close a wave, and let the opener work."""
    waves.close_wave(wave)
    opener.answer_requests()


def in_inbox() -> set[str]:
    """Return the words in the inbox; fail if some are there twice."""
    with db.collecting() as portal:
        return once(portal.scalars(select(InboxComment.body)).all())


def in_answers() -> set[str]:
    """Return the words in the answers database; fail if some are there twice."""
    with db.counting() as answers:
        return once(answers.scalars(select(Comment.body).where(Comment.body != "")).all())


def once(bodies: Any) -> set[str]:
    """Return texts as a set; fail if some are there twice."""
    assert [body for body, n in Counter(bodies).items() if n > 1] == []
    return set(bodies)


def per_question() -> dict[str, int]:
    """Return how many comments on each question lie in the inbox."""
    with db.collecting() as portal:
        return dict(Counter(portal.scalars(select(InboxComment.question))))


def notes() -> dict[bytes, bytes]:
    """Return where comments were moved to, by their ids in the answers database."""
    with db.counting() as answers:
        return {note.id: note.inbox_id for note in answers.scalars(select(MovedComment))}


def unfinished() -> int:
    """Return how many moves were begun and not finished."""
    with db.counting() as answers:
        return len(answers.scalars(select(MovedComment.id).filter_by(is_done=False)).all())


def note_as_reader() -> None:
    """Note about every comment in the inbox that it was read, translated, may tell of harm, and is quoted."""
    with db.writing() as session:
        for comment in session.scalars(select(InboxComment)).all():
            session.add(ReadComment(comment_id=comment.id, is_read=True, translation=f"translated {comment.body}"))
            session.add(HarmReport(comment_id=comment.id, told="lead"))
            session.add(CodedComment(comment_id=comment.id, coder=1))
            session.add(Coding(comment_id=comment.id, coder=1, theme_id=1))
            session.add(DoubleCoding(comment_id=comment.id))
            text = f"masked {comment.body}"
            session.add(MaskedComment(comment_id=comment.id, text=text, is_paraphrase=False, marks=[[0, 1, "name"]]))
            row = {"id": secrets.token_bytes(16), "wave_id": comment.wave_id, "question": comment.question}
            session.add(Quote(comment_id=comment.id, text=text, proposed_by=1, agreed_by=2, **row))


def at_rest(room: str) -> bytes:
    """Return the bytes in which a room's comments lie: SQLite's files, or the files of PostgreSQL's tables."""
    settings = db.rooms().settings
    if not settings.owner_database_url:
        stem = settings.home / ("portal.db" if room == db.PORTAL else "counting/answers.db")
        return b"".join(path.read_bytes() for path in stem.parent.glob(f"{stem.name}*"))
    tables = (
        ("inbox", "read_comment", "harm_report", "masked_comment", "quote")
        if room == db.PORTAL
        else ("comment", "moved_comment")
    )
    with psycopg.connect(settings.owner_database_url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        (data,) = connection.execute("SHOW data_directory").fetchone() or ("",)
        query = (
            "SELECT pg_relation_filepath(oid) FROM pg_class WHERE oid = %s::regclass OR oid ="
            " (SELECT reltoastrelid FROM pg_class WHERE oid = %s::regclass)"
        )
        paths = [row[0] for t in tables for row in connection.execute(query, [f"{room}.{t}"] * 2).fetchall()]
    return b"".join((Path(data) / path).read_bytes() for path in paths)
