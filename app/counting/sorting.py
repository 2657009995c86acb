"""Two stages of opening letters: ``decrypt`` reads and checks them, ``sort`` separates their parts.

A part of an answer that is cut off (own words, detached answers, the mode) shares no column with the response.
"""

import secrets
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cards import service as cards
from app.core import keys, letters
from app.core.answers import Answer, chosen, kind_of
from app.core.codes import read_code
from app.core.questionnaires import Questionnaire
from app.counting.linking import Links
from app.models.cards import Batch
from app.models.surveys import Wave
from app.storage import keyring
from app.surveys import service as surveys

COMMENT_CELL = 100
SMALL_BATCHES = "small"
MODE_QUESTION = "mode"
MODES = ("self", "kiosk", "helped", "paper")
Row = dict[str, Any]


@dataclass(frozen=True)
class Places:
    """What the opener knows about a survey's cards.

    ``cell_of``: the cell of each batch. ``counted``: batches that are large enough for a turnout of their own.
    ``with_comments``: cells that are large enough to be stored with a comment.
    """

    cell_of: dict[str, str]
    counted: frozenset[str]
    with_comments: frozenset[str]


@dataclass(frozen=True)
class Selection:
    """The letters of a wave that are opened now.

    ``boxes``: the sealed letters by id. ``places``: the survey's cards. ``links``: the keys that name persons and parts
    of answers; None where letters stay sealed, because their wave has ended. ``is_last``: the wave is closed, and no
    letter that was looked at for deletion requests stays behind.
    """

    boxes: dict[bytes, bytes]
    places: Places
    links: Links | None
    is_last: bool


@dataclass(frozen=True)
class DecryptedLetters:
    """What was sent, its answers checked and in the questionnaire's order; and the boxes, by id, that are set aside."""

    read: list[letters.Submission] = field(default_factory=list)
    unread: dict[bytes, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class SortedLetters:
    """The rows that letters turned into, one list for each table, and the batch to count each new person in."""

    responses: list[Row] = field(default_factory=list)
    comments: list[Row] = field(default_factory=list)
    detached: list[Row] = field(default_factory=list)
    set_aside: list[Row] = field(default_factory=list)
    batch_of: dict[bytes, str] = field(default_factory=dict)


def places(portal: Session, survey: str) -> Places:
    """Return what the opener needs to know about a survey's cards."""
    batches = portal.scalars(select(Batch).filter_by(survey_slug=survey)).all()
    counted = frozenset(batch.id for batch in batches if batch.n_cards >= cards.MIN_CELL)
    large_cells = frozenset(cell for cell, n in cards.cards_by_cell(portal, survey).items() if n >= COMMENT_CELL)
    return Places({batch.id: batch.cell_id for batch in batches}, counted, large_cells)


def decrypt(wave: Wave, selection: Selection) -> DecryptedLetters:
    """Read letters with the wave's secret and check them against its questionnaire.

    Unread stay those that the secret does not open, those that none of our forms can have written, and all letters of a
    wave that has ended. Raises KeyMissing if the wave's secret is lost or damaged.
    """
    if selection.links is None:
        return DecryptedLetters(unread=selection.boxes)
    secret, document, found = keyring.letter_secret(wave.id), surveys.document_of(wave), DecryptedLetters()
    for letter_id, box in selection.boxes.items():
        try:
            submission = letters.unseal(box, secret, wave.id)
            found.read.append(replace(submission, answers=_checked(document, submission, selection.places)))
        except (KeyError, ValueError):
            found.unread[letter_id] = box
    return found


def sort(wave: Wave, selection: Selection, decrypted: DecryptedLetters) -> SortedLetters:
    """Separate the parts of letters: what stays together as a response, and what is cut off from it.

    The rows are not shuffled yet. Unread letters are set aside as they came, and not counted.
    """
    rows = SortedLetters()
    rows.set_aside.extend({"id": letter, "wave_id": wave.id, "box": box} for letter, box in decrypted.unread.items())
    if selection.links is not None:
        document = surveys.document_of(wave)
        for submission in decrypted.read:
            _sort_letter(rows, wave, submission, document=document, known=selection.places, links=selection.links)
    return rows


def parts_of(document: Questionnaire) -> tuple[list[str], list[str]]:
    """Return every name under which a part of an answer may be cut off: of own words, and of detached answers."""
    in_words = [question.variable for question in document.questions if question.kind == "text"]
    detached = [question for question in document.questions if question.detached and question.kind != "text"]
    in_codes = [f"{question.variable}|{code}" for question in detached for code in question.codes]
    return in_words, [MODE_QUESTION, *in_codes]


def _checked(document: Questionnaire, submission: letters.Submission, known: Places) -> dict[str, Answer]:
    """Return the checked answers in the questionnaire's order; KeyError or ValueError if no form of ours wrote them."""
    if read_code(submission.code) != submission.code or submission.mode not in MODES:
        raise ValueError("no code or mode of ours")
    variables = {question.variable for question in document.questions}
    if known.cell_of[submission.batch] != submission.cell or not submission.answers.keys() <= variables:
        raise ValueError("no batch or question of ours")
    asked = [question for question in document.questions if question.variable in submission.answers]
    return {q.variable: kind_of(q).validate(q, submission.answers[q.variable]) for q in asked}


def _sort_letter(
    rows: SortedLetters, wave: Wave, sent: letters.Submission, *, document: Questionnaire, known: Places, links: Links
) -> None:
    person = links.wave_pseudonym(wave.id, links.person(wave.survey_slug, sent.code))
    kept = {name: answer for name, answer in sent.answers.items() if not document.question(name).detached}
    response: Row = {"id": secrets.token_bytes(keys.ID_BYTES), "wave_id": wave.id, "person": person}
    response |= {"cell_id": sent.cell, "rkey": secrets.randbelow(256), "answers": kept}
    rows.responses.append(response)
    rows.batch_of[person] = sent.batch if sent.batch in known.counted else SMALL_BATCHES
    comment_cell = sent.cell if sent.cell in known.with_comments else None

    def new_row(part: str) -> Row:
        return {"id": links.part_ids(wave.id, sent.code, [part])[0], "wave_id": wave.id}

    rows.detached.append(new_row(MODE_QUESTION) | {"question": MODE_QUESTION, "code": sent.mode})
    for name, answer in sent.answers.items():
        question = document.question(name)
        if question.kind == "text" and answer:
            rows.comments.append(new_row(name) | {"question": name, "cell_id": comment_cell, "body": answer})
        elif question.detached and question.kind != "text":
            rows.detached.extend(
                new_row(f"{name}|{code}") | {"question": name, "code": code} for code in chosen(answer)
            )
