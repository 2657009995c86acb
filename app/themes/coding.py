"""Coding: one reader gives each comment its themes, and for a drawn sample a second one who does not see the first."""

from collections import defaultdict
from collections.abc import Collection
from random import SystemRandom

from sqlalchemy import delete, select
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
Codings = dict[bytes, dict[int, frozenset[int]]]
"""The themes that each coder gave each comment."""
_chance = SystemRandom()


def list_waves(person: StaffUser) -> list[Wave]:
    """Return the waves that are over and have comments, the newest first."""
    with db.reading() as session:
        ids = set(session.scalars(select(InboxComment.wave_id).distinct()))
    found = [one for one in waves.list_all_waves() if one.id in ids and State(one.state) in COUNTED]
    return sorted((one for one in found if person.sees(survey=one.survey_slug)), key=lambda one: one.id, reverse=True)


def progress(person: StaffUser, wave_id: str) -> tuple[int, int]:
    """Return how many comments of a wave somebody has coded or need not code any more, and how many they may code."""
    ids = coding_texts.list_ids(person, wave_id)
    return len(ids) - len(_left(person, wave_id, ids)), len(ids)


def draw(person: StaffUser, wave_id: str) -> CodingText | None:
    """Return a comment that somebody can code now, at random; None if there is none."""
    left = _left(person, wave_id, coding_texts.list_ids(person, wave_id))
    return coding_texts.get(person, _chance.choice(left)) if left else None


def save(person: StaffUser, comment_id: bytes, themes: Collection[int]) -> None:
    """Store the themes that somebody gives a comment; they replace those that the same person gave it.

    Raises:
        Refused: the round is not over, or a theme is not in use. NotFound: the comment is not there for this person.
    """
    with db.writing() as session:
        comment = coding_texts.get(person, comment_id)
        wave = session.get_one(Wave, comment.wave_id)
        if State(wave.state) not in COUNTED:
            raise Refused("Comments are coded after their round is over.")
        _store(session, comment_id, person.id, themes=_known(wave.survey_slug, themes))


def settle(comment_id: bytes, themes: Collection[int], survey: str) -> None:
    """Store the themes on which two coders who differed have agreed."""
    with db.writing() as session:
        _store(session, comment_id, SETTLED, themes=_known(survey, themes))


def draw_sample(wave_id: str, size: int) -> int:
    """Draw comments to be coded by two people, beside those drawn before, and return how many were drawn."""
    with db.writing() as session:
        drawn = set(session.scalars(select(DoubleCoding.comment_id)))
        left = [one for one in coding_texts.all_ids(wave_id) if one not in drawn]
        some = _chance.sample(left, min(size, len(left)))
        session.add_all(DoubleCoding(comment_id=one) for one in some)
        audit.record("drew comments to be coded twice", wave_id, n=len(some))
        return len(some)


def list_codings(wave_id: str) -> Codings:
    """Return who gave which themes to each comment of a wave."""
    in_wave = select(InboxComment.id).where(InboxComment.wave_id == wave_id)
    found: dict[bytes, dict[int, set[int]]] = defaultdict(dict)
    with db.reading() as session:
        for one in session.scalars(select(CodedComment).where(CodedComment.comment_id.in_(in_wave))):
            found[one.comment_id][one.coder] = set()
        for row in session.scalars(select(Coding).where(Coding.comment_id.in_(in_wave))):
            found[row.comment_id].setdefault(row.coder, set()).add(row.theme_id)
    return {one: {coder: frozenset(of) for coder, of in coders.items()} for one, coders in found.items()}


def differs(coders: dict[int, frozenset[int]]) -> bool:
    """Return whether coders of a comment gave it different themes and nobody has settled that."""
    return SETTLED not in coders and len(set(coders.values())) > 1


def sample_of(wave_id: str) -> set[bytes]:
    """Return the comments of a wave that were drawn to be coded twice."""
    in_wave = select(InboxComment.id).where(InboxComment.wave_id == wave_id)
    with db.reading() as session:
        return set(session.scalars(select(DoubleCoding.comment_id).where(DoubleCoding.comment_id.in_(in_wave))))


def missing(wave_id: str) -> tuple[int, int]:
    """Return how many codings of a wave are missing, and how many disagreements have to be settled."""
    found, sample = list_codings(wave_id), sample_of(wave_id)
    ids = coding_texts.all_ids(wave_id)
    short = sum(max(0, (2 if one in sample else 1) - _coders(found.get(one, {}))) for one in ids)
    return short, sum(differs(found.get(one, {})) for one in ids)


def _left(person: StaffUser, wave_id: str, ids: list[bytes]) -> list[bytes]:
    found, sample = list_codings(wave_id), sample_of(wave_id)
    return [
        one
        for one in ids
        if person.id not in found.get(one, {}) and _coders(found.get(one, {})) < (2 if one in sample else 1)
    ]


def _coders(coders: dict[int, frozenset[int]]) -> int:
    return len(coders.keys() - {SETTLED})


def _known(survey: str, themes: Collection[int]) -> set[int]:
    known = {one.id for one in codebook.list_themes(survey)}
    if not known.issuperset(themes):
        raise Refused("One of these themes is not in use any more. Choose again.", field="themes")
    return set(themes)


def _store(session: Session, comment_id: bytes, coder: int, *, themes: set[int]) -> None:
    key = {"comment_id": comment_id, "coder": coder}
    session.execute(db.insert_into(session, CodedComment).values(**key).on_conflict_do_nothing())
    session.execute(delete(Coding).where(Coding.comment_id == comment_id, Coding.coder == coder))
    session.add_all(Coding(theme_id=one, **key) for one in themes)
