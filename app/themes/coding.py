"""Coding: one reader gives each comment its themes, and for a drawn sample a second one who does not see the first."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, func, select
from sqlalchemy.orm import Session

from app.comments import coding_texts
from app.comments.coding_texts import CodingText
from app.core.waves import COUNTED, State
from app.models.comments import InboxComment
from app.models.staff import StaffUser
from app.models.surveys import Wave
from app.models.themes import CodedComment, Coding, DoubleCoding
from app.storage import audit, db
from app.storage.refusals import Refused
from app.surveys import waves
from app.themes import codebook

SETTLED = 0
"""The number that stands in place of a coder where a disagreement was settled."""
MOST_SAMPLE = 500
CODED = "You have coded this comment already, or others have."
Codings = dict[bytes, dict[int, frozenset[int]]]
"""The themes that each coder gave each comment."""


def list_waves(person: StaffUser) -> list[Wave]:
    """Return the waves that are over and have comments, the newest first."""
    with db.reading() as session:
        ids = set(session.scalars(select(InboxComment.wave_id).distinct()))
    found = [one for one in waves.list_all_waves() if one.id in ids and State(one.state) in COUNTED]
    return sorted((one for one in found if person.sees(survey=one.survey_slug)), key=lambda one: one.id, reverse=True)


def progress(person: StaffUser, wave_id: str) -> tuple[int, int]:
    """Return how many comments of a wave somebody has coded or need not code any more, and how many they may code."""
    query = coding_texts.codable(person, wave_id, func.count())
    with db.reading() as session:
        total = session.scalar(query) or 0
        return total - (session.scalar(query.where(*_left(person))) or 0), total


def draw(person: StaffUser, wave_id: str) -> CodingText | None:
    """Return a comment that somebody can code now, at random; None if there is none."""
    query = coding_texts.codable(person, wave_id, InboxComment.id).where(*_left(person))
    with db.reading() as session:
        found = session.scalar(query.order_by(func.random()).limit(1))
    return coding_texts.get(person, found) if found else None


def save(person: StaffUser, comment_id: bytes, themes: Collection[int]) -> None:
    """Store the themes that somebody gives a comment. Nobody changes them later: they would know the other's.

    Raises:
        Refused: the round is not over, a theme is not in use, or the comment is coded. NotFound: it is not there for
            this person.
    """
    with db.writing() as session:
        comment = coding_texts.get(person, comment_id)
        wave = session.get_one(Wave, comment.wave_id)
        if State(wave.state) not in COUNTED:
            raise Refused("Comments are coded after their round is over.")
        query = coding_texts.codable(person, wave.id, InboxComment.id).where(InboxComment.id == comment_id)
        if session.scalar(query.where(*_left(person))) is None:
            raise Refused(CODED)
        known = {one.id for one in codebook.list_themes(wave.survey_slug)}
        _store(session, comment_id, person.id, themes=_known(known, themes))


def settle(comment_id: bytes, themes: Collection[int], survey: str) -> None:
    """Store the themes that count where two coders differ; also one that was taken out of use meanwhile.

    Raises Refused if the comment has no disagreement.
    """
    with db.writing() as session:
        wave_id = session.scalar(select(InboxComment.wave_id).filter_by(id=comment_id)) or ""
        if not differs(list_codings(wave_id, only_twice=True).get(comment_id, {})):
            raise Refused("This disagreement has been settled already.")
        known = {one.id for one in codebook.list_themes(survey, with_old=True)}
        _store(session, comment_id, SETTLED, themes=_known(known, themes))


def draw_sample(wave_id: str, size: int) -> int:
    """Draw comments to be coded by two people, beside those drawn before, and return how many were drawn."""
    with db.writing() as session:
        left = _of_wave(wave_id, InboxComment.id).where(InboxComment.body != "", ~_is_drawn())
        some = session.scalars(left.order_by(func.random()).limit(size)).all()
        session.add_all(DoubleCoding(comment_id=one) for one in some)
        audit.record("drew comments to be coded twice", wave_id, n=len(some))
        return len(some)


def count_sample(wave_id: str) -> int:
    """Return how many comments of a wave were drawn to be coded twice."""
    with db.reading() as session:
        return session.scalar(_of_wave(wave_id, func.count()).where(_is_drawn())) or 0


def list_codings(wave_id: str, *, only_twice: bool = False) -> Codings:
    """Return who gave which themes to each comment of a wave; ``only_twice``: where more than one person did."""
    coders = select(CodedComment.comment_id).where(CodedComment.comment_id.in_(_of_wave(wave_id, InboxComment.id)))
    if only_twice:
        coders = coders.group_by(CodedComment.comment_id).having(func.count() > 1)
    found: dict[bytes, dict[int, set[int]]] = defaultdict(dict)
    with db.reading() as session:
        for one in session.scalars(select(CodedComment).where(CodedComment.comment_id.in_(coders))):
            found[one.comment_id][one.coder] = set()
        for row in session.scalars(select(Coding).where(Coding.comment_id.in_(coders))):
            found[row.comment_id].setdefault(row.coder, set()).add(row.theme_id)
    return {one: {coder: frozenset(themes) for coder, themes in of.items()} for one, of in found.items()}


def differs(coders: dict[int, frozenset[int]]) -> bool:
    """Return whether coders of a comment gave it different themes and nobody has settled that."""
    return SETTLED not in coders and len(set(coders.values())) > 1


def missing(wave_id: str) -> tuple[int, int]:
    """Return how many codings of a wave are missing, and how many disagreements have to be settled."""
    with db.reading() as session:
        short = session.scalar(_of_wave(wave_id, func.sum(_needed() - _coders())).where(_coders() < _needed())) or 0
    return int(short), sum(differs(of) for of in list_codings(wave_id, only_twice=True).values())


def _of_wave(wave_id: str, *columns: Any) -> Select[Any]:
    return select(*columns).select_from(InboxComment).where(InboxComment.wave_id == wave_id)


def _left(person: StaffUser) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions for a comment that somebody has still to code."""
    own = exists().where(CodedComment.comment_id == InboxComment.id, CodedComment.coder == person.id)
    return ~own, _coders() < _needed()


def _coders() -> ColumnElement[int]:
    is_coder = (CodedComment.comment_id == InboxComment.id) & (CodedComment.coder != SETTLED)
    return select(func.count()).select_from(CodedComment).where(is_coder).correlate(InboxComment).scalar_subquery()


def _needed() -> ColumnElement[int]:
    return case((_is_drawn(), 2), else_=1)


def _is_drawn() -> ColumnElement[bool]:
    return exists().where(DoubleCoding.comment_id == InboxComment.id)


def _known(known: set[int], themes: Collection[int]) -> set[int]:
    if not known.issuperset(themes):
        raise Refused("One of these themes is not in use any more. Choose again.", field="themes")
    return set(themes)


def _store(session: Session, comment_id: bytes, coder: int, *, themes: set[int]) -> None:
    key = {"comment_id": comment_id, "coder": coder}
    session.add(CodedComment(**key))
    session.add_all(Coding(theme_id=one, **key) for one in themes)
