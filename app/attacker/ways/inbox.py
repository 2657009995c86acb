"""T18: people's own words, moved to the inbox where readers see them; an attacker has a copy of it from every night."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.attacker.evidence import Evidence, Night
from app.attacker.finding import Attack, Measured

ALLOWED = 0.1
"""One comment in ten: at least ten of a question move at once while a round is open."""
LETTERS = "response"
Steps = list[tuple[Night, frozenset[Any], int]]
"""Each night, the comments that are new in the inbox, and how many letters were opened."""


def copies_of_the_inbox(evidence: Evidence) -> Measured:
    """Find the night in which the comment sent at a known time most probably appeared, and choose one of that night's.

    Copies show when each letter was opened, and how many comments waited and moved each night. The value is the
    expected share of correct guesses, so it has no sampling error.
    """
    table = _table(evidence)
    owners = {row.values["id"]: row.owner for row in evidence.tables[table]}
    won, tries = 0.0, 0
    for wave in evidence.truth.waves:
        steps = list(_steps(evidence, wave, table))
        moves = [len(new) / waiting if waiting else 0.0 for new, waiting in _waiting(steps)]
        for sending in evidence.truth.of_wave(wave):
            tries += 1
            weights = _weights(sending.night, steps, moves)
            best = max(weights.values(), default=0.0)
            rows = [row for row in weights if weights[row] == best]
            won += sum(owners.get(row) == sending.person for row in rows) / len(rows) if rows else 0.0
    return Measured(won / tries, ALLOWED)


def smallest_step(evidence: Evidence) -> Measured:
    """Return 1 divided by the fewest comments of a question that appeared at once in an open wave."""
    table = _table(evidence)
    questions = {row.values["id"]: row.values.get("question") for row in evidence.tables[table]}
    sizes: list[int] = []
    for wave in evidence.truth.waves:
        for night, new, _opened in _steps(evidence, wave, table):
            counts: dict[Any, int] = defaultdict(int)
            for row in new if night.is_open else ():
                counts[questions.get(row)] += 1
            sizes += counts.values()
    return Measured(1 / min(sizes) if sizes else 0.0, ALLOWED)


def pairs_found(lots: Sequence[Mapping[str, Sequence[Any]]], owners: Mapping[Any, int]) -> tuple[int, int]:
    """Pair the comments on two questions that appeared in the same night, by their places in some order.

    Args:
        lots: for each night, the new comments of each question, in the order that is tried.
        owners: whose each comment is.

    Returns:
        How many pairs are of one person, and how many were tried.
    """
    right = tried = 0
    for lot in lots:
        one, *others = [lot[question] for question in sorted(lot)] or [()]
        for other in others:
            for first, second in zip(one, other, strict=False):
                tried += 1
                right += owners[first] == owners[second]
    return right, tried


def _table(evidence: Evidence) -> str:
    """Return the table in which words appear: in the twin, that of the answers, letter by letter."""
    return "inbox" if "inbox" in evidence.tables else LETTERS


def _steps(evidence: Evidence, wave: str, table: str) -> Iterator[tuple[Night, frozenset[Any], int]]:
    seen: frozenset[Any] = frozenset()
    opened: frozenset[Any] = frozenset()
    for night in (one for one in evidence.nights if one.wave == wave):
        yield night, night.rows[table] - seen, len(night.rows[LETTERS] - opened)
        seen, opened = night.rows[table], night.rows[LETTERS]


def _waiting(steps: Steps) -> Iterator[tuple[frozenset[Any], int]]:
    """Yield the comments that moved in each night, and how many waited then: everybody wrote one."""
    waiting = 0
    for _night, new, opened in steps:
        waiting += opened
        yield new, waiting
        waiting -= len(new)


def _weights(night: int, steps: Steps, moves: Sequence[float]) -> dict[Any, float]:
    """Return the probability of each comment to be that of a letter that arrived in a night."""
    at = next(place for place, (copy, _new, _opened) in enumerate(steps) if copy.night == night)
    arrived = steps[at][0].before.keys() - (steps[at - 1][0].letters.keys() if at else set())
    weights: dict[Any, float] = defaultdict(float)
    for place in range(at, len(steps)):
        copy = steps[place][0]
        opened = len(arrived & (copy.before.keys() - copy.letters.keys())) / len(arrived) if arrived else place == at
        stays = float(opened)
        for later in range(place, len(steps)):
            for row in steps[later][1]:
                weights[row] += stays * moves[later] / len(steps[later][1])
            stays *= 1 - moves[later]
    return weights


ATTACKS = (
    Attack("T18 copies of the inbox", "expected share of comments found", copies_of_the_inbox),
    Attack("T18 smallest step", "1 / fewest comments of a question that appeared at once", smallest_step),
)
