"""What a release is made of: sealed values that ``disclosure.protect`` makes and ``from_json`` reads back.

Tables, charts, exports and the API accept nothing else. Why: docs/adr/0007.
"""

import enum
from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field, fields, is_dataclass
from typing import Any, Final

STEP = 5
PERCENTAGES_FROM = 30
"""Where fewer people answered, a share is published as a number of people."""
FORMAT = 1
SEAL: Final = object()
"""For ``disclosure`` alone; a test holds that no other module imports it."""


class Level(enum.StrEnum):
    """How much of a wave is told: nothing; everyone in bands; everyone in full; everyone in full and groups."""

    NOTHING = "nothing"
    BANDS = "bands"
    OPTIONS = "options"
    GROUPS = "groups"


class Reason(enum.StrEnum):
    """Why something is not told."""

    TOO_FEW_ANSWERS = "too_few_answers"
    TOO_FEW_FOR_GROUPS = "too_few_for_groups"
    ONE_GROUP_LEFT = "one_group_left"
    NO_BANDS = "no_bands"
    BASE_ZERO = "base_zero"
    TOO_CLOSE = "too_close"
    PANEL_TOO_SMALL = "panel_too_small"
    PANEL_REST_TOO_SMALL = "panel_rest_too_small"
    PANEL_TOO_CLOSE = "panel_too_close"
    WAVES_TOO_SMALL = "waves_too_small"
    NOT_AUDITED = "not_audited"


class Word(enum.StrEnum):
    """What stands in words for 100% and 0%, which rounding makes of "nearly"."""

    NEARLY_ALL = "nearly_all"
    ALMOST_NONE = "almost_none"


class Share(enum.StrEnum):
    """How a share is published: in words, as a rounded number of people, or as a percentage."""

    NEARLY_ALL = "nearly_all"
    ALMOST_NONE = "almost_none"
    PEOPLE = "people"
    PERCENTAGE = "percentage"


class Detail(enum.StrEnum):
    """What the codes of cells are: the question's options, or the three bands."""

    OPTIONS = "options"
    BANDS = "bands"


@dataclass(frozen=True)
class _Sealed:
    """Made by ``disclosure`` only: the seal is asked for at the making and not kept."""

    seal: InitVar[object] = field(kw_only=True)

    def __post_init__(self, seal: object) -> None:
        if seal is not SEAL:
            raise TypeError("only app.core.results.disclosure makes published values")
        for name in ("n", "count", "base", "not_answered"):
            if (getattr(self, name, None) or 0) % STEP:
                raise ValueError(f"{name} is not rounded to {STEP}")


@dataclass(frozen=True)
class Cell(_Sealed):
    """An option or band: rounded people, and whole percent of the base with a 95% Wilson interval, all 0 to 100."""

    code: str
    count: int
    percent: int
    low: int
    high: int
    word: Word | None


def share_of(cell: Cell, base: int | None) -> Share:
    """Return how a cell's share of those who answered (``base``) is published; every page, chart and file asks here."""
    if (base or 0) < PERCENTAGES_FROM:
        return Share.PEOPLE if cell.count else Share.ALMOST_NONE
    return Share(cell.word.value) if cell.word else Share.PERCENTAGE


def interval_of(cell: Cell, base: int | None) -> tuple[int, int] | None:
    """Return the 95% interval, in percent, that is published beside a share; None where there are no percentages."""
    return (cell.low, cell.high) if (base or 0) >= PERCENTAGES_FROM else None


@dataclass(frozen=True)
class QuestionResult(_Sealed):
    """One question, asked of some people. With a ``reason`` there are no cells and both numbers are None.

    ``base`` is how many answered; percentages are of it. Cells need not add up to it: each is rounded by itself.
    """

    variable: str
    kind: str
    detail: Detail
    cells: tuple[Cell, ...]
    base: int | None
    not_answered: int | None
    reason: Reason | None

    def cell(self, code: str) -> Cell | None:
        """Return the cell with a code, None when there is none."""
        return next((cell for cell in self.cells if cell.code == code), None)


@dataclass(frozen=True)
class GroupResult(_Sealed):
    """The people with one of ``values`` (MISSING: no answer) in a dimension; every question in bands."""

    values: tuple[str, ...]
    n: int
    questions: tuple[QuestionResult, ...]


@dataclass(frozen=True)
class Dimension(_Sealed):
    """One-way results by a variable, or why there are none."""

    name: str
    groups: tuple[GroupResult, ...]
    reason: Reason | None


@dataclass(frozen=True)
class PanelQuestion(_Sealed):
    """One question, asked twice of the same people, in bands."""

    variable: str
    earlier: QuestionResult
    current: QuestionResult


@dataclass(frozen=True)
class Panel(_Sealed):
    """The people who answered both waves: each question that both asked; or why this is not told."""

    earlier_wave: str
    n: int | None
    questions: tuple[PanelQuestion, ...]
    reason: Reason | None


@dataclass(frozen=True)
class Repeat(_Sealed):
    """Of about ``earlier_n`` people who answered the earlier wave, about ``count`` answered this one.

    With the reason TOO_FEW_ANSWERS the count is None: fewer than 10 did, or one of the waves is not told.
    """

    earlier_wave: str
    earlier_n: int | None
    count: int | None
    reason: Reason | None


@dataclass(frozen=True)
class Published(_Sealed):
    """All that is told about a wave.

    ``questions`` is everyone at the finest detail of the level, ``bands`` everyone in bands. ``panel`` and ``repeat``
    are None in a first wave. ``unaudited``: made without an independent audit, pages have to say so.
    """

    wave: str
    survey: str
    n: int | None
    level: Level
    questions: tuple[QuestionResult, ...]
    bands: tuple[QuestionResult, ...]
    dimensions: tuple[Dimension, ...]
    panel: Panel | None
    repeat: Repeat | None
    unaudited: bool
    reason: Reason | None

    def to_json(self) -> dict[str, Any]:
        """Return the value as JSON types; :func:`from_json` gives an equal value back."""
        plain: dict[str, Any] = _plain(self)
        return {"format": FORMAT, **plain}


def _plain(value: object) -> Any:
    if is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value.value if isinstance(value, enum.Enum) else value


def from_json(raw: Mapping[str, Any]) -> Published:
    """Read a frozen release back.

    Raises:
        ValueError: it is none, is of another format, or holds numbers that are not rounded.
    """
    if raw.get("format") != FORMAT:
        raise ValueError(f"a release of format {raw.get('format')} is not known here, only {FORMAT}")
    try:
        return _published(raw)
    except (KeyError, TypeError) as error:
        raise ValueError(f"a part of the release is missing or has the wrong shape: {error}") from error


def _published(raw: Mapping[str, Any]) -> Published:
    return Published(
        wave=raw["wave"],
        survey=raw["survey"],
        n=raw["n"],
        level=Level(raw["level"]),
        questions=tuple(_question(q) for q in raw["questions"]),
        bands=tuple(_question(q) for q in raw["bands"]),
        dimensions=tuple(_dimension(d) for d in raw["dimensions"]),
        panel=_panel(raw["panel"]) if raw["panel"] else None,
        repeat=_repeat(raw["repeat"]) if raw["repeat"] else None,
        unaudited=raw["unaudited"],
        reason=_reason(raw),
        seal=SEAL,
    )


def _reason(raw: Mapping[str, Any]) -> Reason | None:
    return None if raw["reason"] is None else Reason(raw["reason"])


def _question(raw: Mapping[str, Any]) -> QuestionResult:
    cells = tuple(_cell(c) for c in raw["cells"])
    changed = {"detail": Detail(raw["detail"]), "cells": cells, "reason": _reason(raw)}
    return QuestionResult(**{**raw, **changed}, seal=SEAL)


def _cell(raw: Mapping[str, Any]) -> Cell:
    return Cell(**{**raw, "word": None if raw["word"] is None else Word(raw["word"])}, seal=SEAL)


def _dimension(raw: Mapping[str, Any]) -> Dimension:
    return Dimension(raw["name"], tuple(_group(g) for g in raw["groups"]), _reason(raw), seal=SEAL)


def _group(raw: Mapping[str, Any]) -> GroupResult:
    return GroupResult(tuple(raw["values"]), raw["n"], tuple(_question(q) for q in raw["questions"]), seal=SEAL)


def _panel(raw: Mapping[str, Any]) -> Panel:
    questions = tuple(
        PanelQuestion(q["variable"], _question(q["earlier"]), _question(q["current"]), seal=SEAL)
        for q in raw["questions"]
    )
    return Panel(raw["earlier_wave"], raw["n"], questions, _reason(raw), seal=SEAL)


def _repeat(raw: Mapping[str, Any]) -> Repeat:
    return Repeat(**{**raw, "reason": _reason(raw)}, seal=SEAL)
