"""The data available to an attacker, and the ground truth for scoring; the same for our design and its twin."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Person:
    """A synthetic respondent: the code of a card, an address, a user agent, and a unique text."""

    number: int
    code: str
    address: str
    agent: str
    words: str


@dataclass(frozen=True)
class Sending:
    """One submission: its person, wave and night, its rank within the wave, and its time."""

    person: int
    wave: str
    night: int
    rank: int
    at: float


@dataclass(frozen=True)
class Truth:
    """The ground truth: who sent what and when. Attacks are scored by it and use only the times of sending from it."""

    people: Sequence[Person]
    sendings: Sequence[Sending]

    @property
    def waves(self) -> list[str]:
        """The waves, in order."""
        return list(dict.fromkeys(sending.wave for sending in self.sendings))

    def of_wave(self, wave: str) -> list[Sending]:
        """Return the submissions of a wave in order."""
        return [sending for sending in self.sendings if sending.wave == wave]


@dataclass(frozen=True)
class Row:
    """A stored row as an attacker reads it, and its true owner.

    Attributes:
        owner: the number of the person it came from; -1 as long as that is not known.
        wave: None for rows that are compared with those of every wave, such as cards and waiting letters.
        orders: every possible sort key: primary key, position in the file, transaction number.
        times: every value that can be read as a time, in seconds since 1970.
    """

    owner: int
    wave: str | None
    orders: Mapping[str, Any]
    times: Sequence[float]
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Night:
    """Snapshots before and after one night's opening of letters.

    Attributes:
        rows: the keys of a wave's answers after it, by table.
        before, letters: the waiting letters of the wave before and after it, by key, with their lengths.
    """

    wave: str
    night: int
    is_open: bool
    rows: Mapping[str, frozenset[Any]]
    before: Mapping[Any, int] = field(default_factory=dict)
    letters: Mapping[Any, int] = field(default_factory=dict)


@dataclass
class History:
    """A recorded run: the ground truth, a snapshot for each night, and the sizes of thank-you pages.

    Attributes:
        wave: the open wave after those of the ground truth, with letters and drafts of some people.
        drafts: the owner of each draft, by row id.
    """

    truth: Truth
    nights: list[Night]
    thanks: list[int]
    wave: str = ""
    drafts: dict[bytes, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Evidence:
    """All data that an attacker can find of one design.

    Attributes:
        tables: the anonymous tables, by name; ``answers`` names those with people's answers.
        nights: snapshots of the answer tables, in order.
        files: every file: databases, their logs, server logs, keys; texts may be in the folders ``words_belong``.
        inbox: the files in which people read texts, and the texts that may be there, once for each time they are named.
        schema: for each anonymous table, its columns as (name, declared type).
        sizes: the lengths of stored letters, and of thank-you pages.
        stored: every value of every table of both rooms, as bytes.
    """

    truth: Truth
    tables: dict[str, list[Row]]
    answers: tuple[str, ...]
    nights: list[Night]
    files: list[Path]
    schema: dict[str, list[tuple[str, str]]]
    sizes: dict[str, list[int]] = field(default_factory=dict)
    web_keys: Path = Path()
    words_belong: tuple[Path, ...] = ()
    inbox: Mapping[Path, Sequence[str]] = field(default_factory=dict)
    stored: Set[bytes] = frozenset()

    @property
    def rows(self) -> list[Row]:
        """All rows of all tables."""
        return [row for rows in self.tables.values() for row in rows]
