"""What an attacker gets hold of, and the truth that only the judge knows; the same for our design and its twin."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Person:
    """A made-up respondent: a card's code, where they came from, and words that nobody else writes."""

    number: int
    code: str
    address: str
    agent: str
    words: str


@dataclass(frozen=True)
class Sending:
    """One person's press of Send: in which wave and night, as the how-manieth of the wave, and when."""

    person: int
    wave: str
    night: int
    rank: int
    at: float


@dataclass(frozen=True)
class Truth:
    """Who sent what when. Attacks are judged by it and never use it to guess, save the times of sending."""

    survey: str
    people: Sequence[Person]
    sendings: Sequence[Sending]

    @property
    def waves(self) -> list[str]:
        """The waves, in order."""
        return list(dict.fromkeys(sending.wave for sending in self.sendings))

    def of_wave(self, wave: str) -> list[Sending]:
        """Return a wave's sendings in their order."""
        return [sending for sending in self.sendings if sending.wave == wave]


@dataclass(frozen=True)
class Row:
    """A stored row as a thief finds it, and whose it is in truth.

    Attributes:
        owner: the number of the person it came from.
        wave: None for rows that are compared with those of every wave, such as cards and waiting letters.
        orders: everything that could sort rows: key, place in the file, transaction number.
        times: every value that can be read as a moment, in seconds since 1970.
        values: the columns.
    """

    owner: int
    wave: str | None
    orders: Mapping[str, Any]
    times: Sequence[float]
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Night:
    """Copies taken before and after one night's opening.

    Attributes:
        rows: which rows of a wave's answers were there after it, by key.
        before, letters: the letters of the wave that waited before it and after it, by key, with their lengths.
    """

    wave: str
    night: int
    is_open: bool
    rows: Mapping[str, frozenset[Any]]
    before: Mapping[Any, int] = field(default_factory=dict)
    letters: Mapping[Any, int] = field(default_factory=dict)


@dataclass
class Evidence:
    """All that lies about of one design.

    Attributes:
        tables: the anonymous tables, by name; ``answers`` names those that hold what people said.
        nights: copies of the answer tables, in order.
        files: every file: databases, their logs, server logs, keys.
        stored: every value of every table of both rooms, as bytes.
        schema: for each anonymous table, its columns as (name, declared type).
        sizes: the lengths of stored letters, and of thank-you pages.
    """

    name: str
    truth: Truth
    tables: dict[str, list[Row]]
    answers: tuple[str, ...]
    nights: list[Night]
    files: list[Path]
    schema: dict[str, list[tuple[str, str]]]
    sizes: dict[str, list[int]] = field(default_factory=dict)
    key_folders: dict[str, Path] = field(default_factory=dict)
    words_belong: tuple[Path, ...] = ()
    stored: Set[bytes] = frozenset()
