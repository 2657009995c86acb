"""Numbers of themes: how far coders agree, and frozen counts that can be published."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.comments import coding_texts
from app.core.agreement import Agreement, alpha, kappa
from app.core.results.disclosure import round_to_step
from app.core.waves import COUNTED, State
from app.models.surveys import Wave
from app.models.themes import ThemeRelease
from app.storage import audit, db
from app.storage.refusals import Refused
from app.surveys import waves
from app.themes import coding
from app.themes.codebook import list_themes
from app.themes.coding import SETTLED

LEAST = 10
"""A round with fewer comments gets no numbers, and a smaller count is not shown."""


@dataclass(frozen=True)
class ThemeAgreement:
    """How far coders agree on one theme, or on all of them together (no name); ``is_kappa``: two coders."""

    name: str
    found: Agreement
    is_kappa: bool


def agreement(wave_id: str, survey: str) -> list[ThemeAgreement]:
    """Return how far those who coded the same comments of a wave agree: over all, and theme by theme.

    Settled codes do not count: they came after the two had seen each other's.
    """
    own = [
        {coder: themes for coder, themes in of.items() if coder != SETTLED}
        for of in coding.list_codings(wave_id, only_twice=True).values()
    ]
    twice = [of for of in own if len(of) > 1]
    if not twice:
        return []
    coders = sorted({coder for of in twice for coder in of})
    rows: list[tuple[str, list[dict[int, Any]]]] = [("", [dict(of) for of in twice])]
    rows += [
        (one.name, [{coder: one.id in themes for coder, themes in of.items()} for of in twice])
        for one in list_themes(survey)
    ]
    is_kappa = len(coders) == 2
    return [
        ThemeAgreement(
            name,
            kappa([(unit[coders[0]], unit[coders[1]]) for unit in units]) if is_kappa else alpha(units),  # type: ignore[arg-type]
            is_kappa,
        )
        for name, units in rows
    ]


def publish(wave_id: str) -> None:
    """Freeze the numbers of a wave's themes.

    Raises:
        Refused: it is not over, was published, has too few comments, or a comment is not coded or settled.
    """
    with db.writing() as session:
        wave = waves.get_wave(wave_id)
        if State(wave.state) not in COUNTED:
            raise Refused("The round is not over.")
        if session.get(ThemeRelease, wave_id) is not None:
            raise Refused("The numbers of this round were published already.")
        if waiting := coding_texts.count_undecided(wave_id):
            raise Refused(
                f"{waiting} comments may tell of harm. A safeguarding lead has to record their outcome first."
            )
        short, open_ones = coding.missing(wave_id)
        if short or open_ones:
            raise Refused(f"{short} codings are missing, and {open_ones} disagreements have to be settled.")
        body = _count(wave)
        session.add(ThemeRelease(wave_id=wave_id, body=json.dumps(body, ensure_ascii=False)))
        audit.record("published numbers of themes", wave_id)


def find_release(wave_id: str) -> dict[str, Any] | None:
    """Return the published numbers of a wave, or None."""
    return list_releases([wave_id]).get(wave_id)


def list_releases(wave_ids: list[str]) -> dict[str, dict[str, Any]]:
    """Return the published numbers of some waves."""
    with db.reading() as session:
        rows = session.scalars(select(ThemeRelease).where(ThemeRelease.wave_id.in_(wave_ids)))
        return {row.wave_id: json.loads(row.body) for row in rows}


def _count(wave: Wave) -> dict[str, Any]:
    found = [_final(of) for of in coding.list_codings(wave.id).values()]
    if len(found) < LEAST:
        raise Refused(f"Fewer than {LEAST} comments were coded. That is too few for numbers.")
    themes = [
        {
            "theme": one.id,
            "version": one.number,
            "name": one.name,
            "meaning": one.meaning,
            **_shown(sum(one.id in codes for codes in found), len(found)),
        }
        for one in list_themes(wave.survey_slug, with_old=True)
        if one.is_in_use or any(one.id in codes for codes in found)
    ]
    return {"wave": wave.id, "comments": round_to_step(len(found)), "themes": themes}


def _final(coders: dict[int, frozenset[int]]) -> frozenset[int]:
    """Return the themes that count: the settled ones, or those that everybody gave."""
    return coders[SETTLED] if SETTLED in coders else next(iter(coders.values()))


def _shown(count: int, n: int) -> dict[str, Any]:
    """Return a rounded count; or a word where fewer than 10 comments are about a theme, or fewer than 10 are not."""
    if count < LEAST:
        return {"count": None, "word": "fewer than 10"}
    return {"count": None, "word": "nearly all"} if n - count < LEAST else {"count": round_to_step(count), "word": ""}
