"""The values of a release: ``disclosure.protect`` makes them and ``from_json`` reads them back.

Tables, charts, exports and the API accept nothing else. Why: docs/adr/0007.
"""

import enum
from collections.abc import Callable, Mapping
from dataclasses import InitVar, asdict, dataclass, field, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Final, get_args, get_origin, get_type_hints

from app.core.results.certificate import Certificate

STEP = 5
PERCENTAGES_FROM = 30
"""If fewer people answered, a share is published as a number of people."""
FORMAT = 2
ADDED = frozenset({"facts", "moves", "certificate"})
"""Parts that format 1 does not have; it is still read."""
SEAL: Final = object()
"""For ``disclosure`` only; a test ensures that no other module imports it."""


class Level(enum.StrEnum):
    """How much of a wave is published: nothing; everyone in bands; everyone in full; everyone in full and groups."""

    NOTHING = "nothing"
    BANDS = "bands"
    OPTIONS = "options"
    GROUPS = "groups"


class Reason(enum.StrEnum):
    """Why something is not published."""

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
    """The words published instead of a rounded 100% or 0%."""

    NEARLY_ALL = "nearly_all"
    ALMOST_NONE = "almost_none"


class Share(enum.StrEnum):
    """How a share is published: in words, as a rounded number of people, or as a percentage."""

    NEARLY_ALL = "nearly_all"
    ALMOST_NONE = "almost_none"
    PEOPLE = "people"
    PERCENTAGE = "percentage"


class Detail(enum.StrEnum):
    """The categories of a result: the question's options, or the three bands."""

    OPTIONS = "options"
    BANDS = "bands"


@dataclass(frozen=True)
class _Sealed:
    """A value that only ``disclosure`` can make: the constructor checks the seal and does not store it."""

    seal: InitVar[object] = field(kw_only=True)

    def __post_init__(self, seal: object) -> None:
        if seal is not SEAL:
            raise TypeError("only app.core.results.disclosure makes published values")
        for name in ("n", "count", "base", "not_answered", "up", "same", "down"):
            if (getattr(self, name, None) or 0) % STEP:
                raise ValueError(f"{name} is not rounded to {STEP}")


@dataclass(frozen=True)
class Cell(_Sealed):
    """An option or band: rounded count, and whole percent of the base with a 95% Wilson interval (0 to 100)."""

    code: str
    count: int
    percent: int
    low: int
    high: int
    word: Word | None


def share_of(cell: Cell, base: int | None) -> Share:
    """Return how a cell's share of those who answered (``base``) is published on every page, chart and file."""
    if (base or 0) < PERCENTAGES_FROM:
        return Share.PEOPLE if cell.count else Share.ALMOST_NONE
    return Share(cell.word.value) if cell.word else Share.PERCENTAGE


def interval_of(cell: Cell, base: int | None) -> tuple[int, int] | None:
    """Return the 95% interval, in percent, that is published with a share; None where there are no percentages."""
    return (cell.low, cell.high) if (base or 0) >= PERCENTAGES_FROM else None


@dataclass(frozen=True)
class QuestionResult(_Sealed):
    """The result of one question for some people. With a ``reason`` there are no cells and both numbers are None.

    ``base`` is the number who answered, the base of the percentages. Cells need not add up to it, because each is
    rounded separately.
    """

    variable: str
    kind: str
    detail: Detail
    cells: tuple[Cell, ...]
    base: int | None
    not_answered: int | None
    reason: Reason | None

    def cell(self, code: str) -> Cell | None:
        """Return the cell with a code, or None."""
        return next((cell for cell in self.cells if cell.code == code), None)


@dataclass(frozen=True)
class GroupResult(_Sealed):
    """The results of people with one of ``values`` (MISSING: no answer) in a dimension; every question in bands."""

    values: tuple[str, ...]
    n: int
    questions: tuple[QuestionResult, ...]

    def question(self, variable: str) -> QuestionResult | None:
        """Return the result of a question, or None."""
        return next((question for question in self.questions if question.variable == variable), None)


@dataclass(frozen=True)
class Dimension(_Sealed):
    """One-way results by a variable, or the reason why there are none."""

    name: str
    groups: tuple[GroupResult, ...]
    reason: Reason | None


@dataclass(frozen=True)
class Moves(_Sealed):
    """About how many of the people who answered a question in both waves moved between its three bands, and how."""

    up: int
    same: int
    down: int


@dataclass(frozen=True)
class PanelQuestion(_Sealed):
    """One question in both waves, answered by the same people, in bands; ``moves`` is None where too few answered."""

    variable: str
    earlier: QuestionResult
    current: QuestionResult
    moves: Moves | None = None


@dataclass(frozen=True)
class Panel(_Sealed):
    """The results of people who answered both waves, for each question that both asked; or why they are suppressed."""

    earlier_wave: str
    n: int | None
    questions: tuple[PanelQuestion, ...]
    reason: Reason | None


@dataclass(frozen=True)
class Repeat(_Sealed):
    """Repeat participation: about ``count`` of the ``earlier_n`` people of the earlier wave answered this one.

    With the reason TOO_FEW_ANSWERS the count is None: fewer than 10 did, or one of the waves is not published.
    """

    earlier_wave: str
    earlier_n: int | None
    count: int | None
    reason: Reason | None


@dataclass(frozen=True)
class Facts:
    """What a wave was, frozen with its results: dates (ISO 8601) and the people who could take part.

    ``population`` is the headcount of the target population, or None if nobody entered it; ``is_late``: it was entered
    after the close.
    """

    number: int
    opens_on: str
    closes_on: str
    population: int | None = None
    definition: str | None = None
    counted_on: str | None = None
    is_late: bool = False


@dataclass(frozen=True)
class Published(_Sealed):
    """All published results of a wave.

    ``questions`` has everyone's results in the finest detail of the level, ``bands`` the same in bands. ``panel`` and
    ``repeat`` are None in a first wave. ``unaudited``: made without an independent audit; pages must say so.
    Releases that were not audited have no ``certificate``.
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
    facts: Facts | None = None
    certificate: Certificate | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the value as JSON types; :func:`from_json` is the inverse. Format 1 stays as it was."""
        return {"format": FORMAT if self.facts else 1, **asdict(self, dict_factory=_without_missing)}


def _without_missing(parts: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name: value for name, value in parts if value is not None or name not in ADDED}


def from_json(raw: Mapping[str, Any]) -> Published:
    """Return a frozen release from its JSON form.

    Raises:
        ValueError: it is not a release, has another format, or has numbers that are not rounded.
    """
    if raw.get("format") not in range(1, FORMAT + 1):
        raise ValueError(f"a release of format {raw.get('format')} is not supported, only 1 to {FORMAT}")
    try:
        published: Published = _reader(Published)({name: part for name, part in raw.items() if name != "format"})
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"a part of the release is missing or has the wrong shape: {error}") from error
    return published


@cache
def _reader(kind: Any) -> Callable[[Any], Any]:
    """Return the function that reads a value of an annotated type from its JSON form."""
    if get_origin(kind) is tuple:
        read_part = _reader(get_args(kind)[0])
        return lambda raw: tuple(map(read_part, raw))
    if get_origin(kind) is UnionType:  # something or None
        read_some = _reader(get_args(kind)[0])
        return lambda raw: None if raw is None else read_some(raw)
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        readers = {part.name: _reader(hints[part.name]) for part in fields(kind)}
        seal = {"seal": SEAL} if issubclass(kind, _Sealed) else {}
        return lambda raw: kind(**{name: readers[name](part) for name, part in raw.items()}, **seal)
    return kind if issubclass(kind, enum.Enum) else lambda raw: raw
