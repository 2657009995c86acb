"""T3 and T4: an attacker who knows the time of each submission, to the second, searches for the person's row."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from math import prod
from random import Random
from typing import Any

from app.attacker.evidence import Evidence, Night
from app.attacker.finding import Attack, Measured
from app.core.odds import most_by_luck

KEPT_BACK, MOST_ERRORS = 10, 3.5
ALLOWED = 0.1
"""One row in ten, because the letterbox always leaves ten letters unopened."""
Opening = tuple[Night, frozenset[Any]]
"""The snapshots of a night, with the keys of the rows that are new after it."""


def nearest_moment(evidence: Evidence) -> Measured:
    """T3: choose the row whose time is nearest to the known time; without times, choose a random row of the wave."""
    chance = Random(len(evidence.truth.sendings))  # noqa: S311 (an attacker's guess)
    hits = tries = 0
    for wave in evidence.truth.waves:
        for table in evidence.answers:
            rows = [row for row in evidence.tables[table] if row.wave == wave]
            for sending in evidence.truth.of_wave(wave) if rows else ():
                tries += 1
                timed = [(abs(time - sending.at), place) for place, row in enumerate(rows) for time in row.times]
                guess = rows[min(timed)[1]] if timed else chance.choice(rows)
                hits += guess.owner == sending.person
    return Measured(hits / tries, most_by_luck(tries, ALLOWED) / tries)


def copies_of_two_nights(evidence: Evidence) -> Measured:
    """T4: find the opening that most probably contained the letter sent at a known time, and choose one of its rows.

    Snapshots before and after each opening show which letters arrived together and when each of them was opened. The
    value is the expected share of correct guesses, so it has no sampling error.
    """
    owners, won, tries = _owners(evidence), 0.0, 0
    for wave, openings in _openings(evidence):
        for sending in evidence.truth.of_wave(wave):
            weights = _weights(sending.night, openings)
            tries += 1
            best = max(weights.values(), default=0.0)
            won += _share([row for row in weights if weights[row] == best], owners, sending.person)
    return Measured(won / tries, ALLOWED)


def copies_over_rounds(evidence: Evidence) -> Measured:
    """T4: the same over all waves, for people whose times are known in every wave, by linking rows across waves.

    Rows of different waves are linked if they share a value that is unique within each wave. For each person the linked
    rows with the highest likelihood are chosen; the value is the expected share of correct guesses.
    """
    owners, joined, won = _owners(evidence), _joined(evidence), 0.0
    chances: dict[int, dict[Any, float]] = defaultdict(dict)
    for wave, openings in _openings(evidence, "response"):
        for sending in evidence.truth.of_wave(wave):
            chances[sending.person] |= _weights(sending.night, openings)
    for person, weights in chances.items():
        fits = [prod(weights.get(row, 0.0) for row in group) for group in joined]
        best = max(fits)
        rows = [row for fit, group in zip(fits, joined, strict=True) if fit == best for row in group]
        won += _share(rows, owners, person)
    return Measured(won / len(chances), ALLOWED)


def smallest_group(evidence: Evidence) -> Measured:
    """T4: 1 divided by the smallest number of rows that appear together while a wave is open."""
    sizes = [len(rows) for _night, rows in _in_open_waves(evidence)]
    return Measured(1 / min(sizes) if sizes else 0.0, ALLOWED)


def letters_left_behind(evidence: Evidence) -> Measured:
    """T4: how many of the ten letters that must stay unopened were missing after an opening in an open wave."""
    left = [len(night.letters) for night, _rows in _in_open_waves(evidence, "response")]
    return Measured(max([0, *(KEPT_BACK - waiting for waiting in left)]))


def first_come(evidence: Evidence) -> Measured:
    """T4: test whether early letters are opened first or last; the deviation from a random draw in standard errors."""
    owners = _owners(evidence)
    hits = mean = variance = 0.0
    for wave, openings in _openings(evidence, "response"):
        gone: set[int] = set()
        for night, rows in openings:
            sent = [sending.person for sending in evidence.truth.of_wave(wave) if sending.night <= night.night]
            waiting = [person for person in sent if person not in gone]
            drawn = {owners[row] for row in rows if row in owners}
            gone |= drawn
            if night.is_open and 0 < len(drawn) < len(waiting):
                share = len(drawn) / len(waiting)
                hits += len(drawn & set(waiting[: len(drawn)]))
                mean += len(drawn) * share
                variance += len(drawn) * share * (1 - share) * (len(waiting) - len(drawn)) / (len(waiting) - 1)
    return Measured(abs(hits - mean) / variance**0.5 if variance else 0.0, MOST_ERRORS)


def _openings(evidence: Evidence, *tables: str) -> Iterator[tuple[str, list[Opening]]]:
    """Yield, for each wave and table (by default all), each night with the rows that the night before did not have."""
    for wave in evidence.truth.waves:
        nights = [night for night in evidence.nights if night.wave == wave]
        for table in tables or nights[0].rows:
            before = [frozenset(), *(night.rows[table] for night in nights)]
            new = [night.rows[table] - rows for night, rows in zip(nights, before, strict=False)]
            yield wave, list(zip(nights, new, strict=True))


def _in_open_waves(evidence: Evidence, *tables: str) -> list[Opening]:
    """Return the nights with new rows while their wave was open."""
    nights = [night for _wave, openings in _openings(evidence, *tables) for night in openings]
    return [(night, rows) for night, rows in nights if rows and night.is_open]


def _weights(night: int, openings: Sequence[Opening]) -> dict[Any, float]:
    """Return the probability of each row to be that of a letter that arrived in a night; impossible rows are left out.

    Without snapshots of letters, the new rows of the first later snapshot that has any are equally probable.
    """
    later = [(copy, rows) for copy, rows in openings if copy.night >= night and rows]
    at = next(place for place, (copy, _rows) in enumerate(openings) if copy.night == night)
    came = openings[at][0].before.keys() - (openings[at - 1][0].letters.keys() if at else set())
    if not came:
        return {row: 1 / len(rows) for _copy, rows in later[:1] for row in rows}
    return {
        row: len(came & (copy.before.keys() - copy.letters.keys())) / len(came) / len(rows)
        for copy, rows in later
        for row in rows
    }


def _joined(evidence: Evidence) -> list[frozenset[Any]]:
    """Return the rows of all waves, grouped by the column that links most rows across waves."""
    rows = evidence.tables["response"]
    best: dict[Any, set[Any]] = {row.values["id"]: {row.values["id"]} for row in rows}
    for name in rows[0].values.keys() - {"id"}:
        found: dict[Any, set[Any]] = defaultdict(set)
        for row in rows:
            found[str(row.values[name])].add(row.values["id"])
        is_once_a_round = len({(row.wave, str(row.values[name])) for row in rows}) == len(rows)
        if is_once_a_round and len(found) < len(best):
            best = found
    return [frozenset(group) for group in best.values()]


def _share(rows: Sequence[Any], owners: dict[Any, int], person: int) -> float:
    return sum(owners.get(row) == person for row in rows) / len(rows) if rows else 0.0


def _owners(evidence: Evidence) -> dict[Any, int]:
    return {row.values["id"]: row.owner for table in evidence.answers for row in evidence.tables[table]}


ATTACKS = (
    Attack("T3 nearest moment", "rows found by the moment of sending", nearest_moment),
    Attack("T4 copies of two nights", "expected share of rows found", copies_of_two_nights),
    Attack("T4 copies over rounds", "expected share of people found, rounds taken together", copies_over_rounds),
    Attack("T4 smallest group", "1 / fewest rows that appeared at once in an open wave", smallest_group),
)
OURS_ONLY = (
    Attack("T4 letters left behind", "of ten, missing after an opening in an open wave", letters_left_behind),
    Attack("T4 first come, first opened", "standard errors away from a fair draw", first_come),
)
"""The twin has no letterbox."""
