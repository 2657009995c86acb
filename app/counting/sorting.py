"""Reads drawn letters and lays their parts on piles: what stays together as a response, and what is cut off from it."""

import secrets
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cards import service as cards
from app.core import keys, letters
from app.core.answers import Answer, chosen, kind_of
from app.core.codes import read_code
from app.core.questionnaires import Question, Questionnaire
from app.counting.linking import Links
from app.models.cards import Batch
from app.models.surveys import Wave
from app.storage import keyring
from app.surveys import service as surveys

COMMENT_CELL = 100
SMALL_BATCHES = "small"
MODE_QUESTION = "mode"
MODES = ("self", "kiosk", "helped", "paper")


@dataclass(frozen=True)
class Places:
    """What the opener knows of a survey's cards: each batch's cell, which batches are counted by themselves, and the
    cells that are large enough to stay with a comment."""

    cell_of: dict[str, str]
    counted: frozenset[str]
    with_comments: frozenset[str]


@dataclass
class Opened:
    """The rows that a handful of letters turned into, before they are shuffled."""

    responses: list[dict[str, Any]] = field(default_factory=list)
    comments: list[dict[str, Any]] = field(default_factory=list)
    detached: list[dict[str, Any]] = field(default_factory=list)
    set_aside: list[dict[str, Any]] = field(default_factory=list)
    batch_of: dict[bytes, str] = field(default_factory=dict)


def places(portal: Session, survey: str) -> Places:
    """Return what the opener has to know of a survey's cards."""
    batches = list(portal.scalars(select(Batch).filter_by(survey_slug=survey)))
    large_cells = (cell for cell, n in cards.cards_by_cell(portal, survey).items() if n >= COMMENT_CELL)
    return Places(
        {batch.id: batch.cell_id for batch in batches},
        frozenset(batch.id for batch in batches if batch.n_cards >= cards.MIN_CELL),
        frozenset(large_cells),
    )


def read_letters(wave: Wave, boxes: dict[bytes, bytes], known: Places, links: Links) -> Opened:
    """Return what a wave's letters hold; those that cannot be read, or that no form of ours wrote, are set aside."""
    secret = keyring.letter_secret(wave.id)
    document = surveys.document_of(wave)
    opened = Opened()
    for letter_id, box in boxes.items():
        try:
            submission = letters.unseal(box, secret, wave.id)
            answers = _checked(document, submission, known)
        except (KeyError, ValueError):
            opened.set_aside.append({"id": letter_id, "wave_id": wave.id, "box": box})
            continue
        _sort_out(opened, wave, links, submission, answers, document, known)
    return opened


def set_aside(wave: Wave, boxes: dict[bytes, bytes]) -> Opened:
    """Return a wave's letters as they came, to be kept and not counted."""
    return Opened(set_aside=[{"id": letter, "wave_id": wave.id, "box": box} for letter, box in boxes.items()])


def _checked(document: Questionnaire, submission: letters.Submission, known: Places) -> dict[str, Answer]:
    """Return a letter's answers in the questionnaire's order, each checked by its kind.

    Raises:
        KeyError, ValueError: the letter says what no form gives; whoever wrote it was not our web process.
    """
    if read_code(submission.code) != submission.code or submission.mode not in MODES:
        raise ValueError("no code or mode of ours")
    if known.cell_of[submission.batch] != submission.cell or not set(submission.answers) <= _variables(document):
        raise ValueError("no batch or question of ours")
    asked = [question for question in document.questions if question.variable in submission.answers]
    return {q.variable: kind_of(q).validate(q, submission.answers[q.variable]) for q in asked}


def _variables(document: Questionnaire) -> set[str]:
    return {question.variable for question in document.questions}


def _sort_out(
    opened: Opened,
    wave: Wave,
    links: Links,
    submission: letters.Submission,
    answers: dict[str, Answer],
    document: Questionnaire,
    known: Places,
) -> None:
    """Lay one letter's parts on their piles: what stays together as a response, and what is cut off."""
    person = links.veil(wave.id, links.person(wave.survey_slug, submission.code))
    kept = {name: answer for name, answer in answers.items() if not document.question(name).detached}
    response: dict[str, Any] = {"id": secrets.token_bytes(keys.ID_BYTES), "wave_id": wave.id, "person": person}
    response |= {"cell_id": submission.cell, "rkey": secrets.randbelow(256), "answers": kept}
    opened.responses.append(response)
    opened.batch_of[person] = submission.batch if submission.batch in known.counted else SMALL_BATCHES
    comment_cell = submission.cell if submission.cell in known.with_comments else None

    def mark(part: str) -> dict[str, Any]:
        return {"id": links.part_id(wave.id, submission.code, part), "wave_id": wave.id}

    opened.detached.append(mark(MODE_QUESTION) | {"question": MODE_QUESTION, "code": submission.mode})
    for question in (document.question(name) for name in answers):
        answer = answers[question.variable]
        if question.kind == "text" and answer:
            row = mark(question.variable) | {"question": question.variable}
            opened.comments.append(row | {"cell_id": comment_cell, "body": answer})
        elif question.detached:
            opened.detached.extend(_detached_rows(question, answer, mark))


def parts_of(document: Questionnaire) -> tuple[list[str], list[str]]:
    """Return every name under which a part of an answer may be cut off: of own words, and of detached answers."""
    in_words = [question.variable for question in document.questions if question.kind == "text"]
    detached = [question for question in document.questions if question.detached and question.kind != "text"]
    in_codes = [f"{question.variable}|{code}" for question in detached for code in question.codes]
    return in_words, [MODE_QUESTION, *in_codes]


def _detached_rows(question: Question, answer: Answer, mark: Any) -> list[dict[str, Any]]:
    codes = chosen(answer) if question.kind != "text" else ()
    return [mark(f"{question.variable}|{code}") | {"question": question.variable, "code": code} for code in codes]
