"""T1 and T2: does any order of stored rows correlate with the order of submission?"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from random import Random

from app.attacker.evidence import Evidence, Row
from app.attacker.finding import Attack, Measured
from app.attacker.thief import IN_PAGE
from app.core.odds import kendall_tau, pairs_bound, tau_bound

SMALLEST, PROMISED = 10, 0.6


def order_of_sending(evidence: Evidence) -> Measured:
    """T1: sort the answers of a wave by every possible key and correlate with the order of submission."""
    orders = list(_orders(evidence))
    values = [abs(kendall_tau(order)) for order in orders]
    return Measured(max(values), tau_bound(min(map(len, orders)), len(orders)))


def order_in_a_page(evidence: Evidence) -> Measured:
    """T1: does the position of two answers in one page of the file predict which of them came first?"""
    pages: dict[tuple[int, object], list[tuple[object, int]]] = defaultdict(list)
    for number, (group, ranks) in enumerate(_groups(evidence)):
        for row in group:
            if IN_PAGE in row.orders:
                page, place = row.orders[IN_PAGE]
                pages[number, page].append((place, ranks[row.owner]))
    right = tries = 0
    for placed in pages.values():
        pairs = list(combinations(sorted(placed), 2))
        tries += len(pairs)
        right += sum(first < second for (_one, first), (_other, second) in pairs)
    share = max(right, tries - right) / tries if tries else 0.5
    return Measured(share, max(PROMISED, pairs_bound([len(placed) for placed in pages.values()])))


def order_across_tables(evidence: Evidence) -> Measured:
    """T2: sort two tables by every possible key, and correlate the positions of each person's rows.

    The bound depends on the number of people that two tables have in common; the pair with the largest value relative
    to its bound is reported.
    """
    found: list[tuple[float, int]] = []
    for one, other in _pairs(evidence):
        places = {row.owner: place for place, row in enumerate(other)}
        common = [places[row.owner] for row in one if row.owner in places]
        if len(common) >= SMALLEST:
            found.append((abs(kendall_tau(common)), len(common)))
    measured = [Measured(tau, tau_bound(n, len(found))) for tau, n in found]
    return max(measured, key=lambda one: one.value / one.bound)


def _groups(evidence: Evidence) -> Iterator[tuple[list[Row], dict[int, int]]]:
    """Yield comparable rows (of one table, wave and question) with the rank of submission of each owner."""
    for wave in evidence.truth.waves:
        ranks = {sending.person: sending.rank for sending in evidence.truth.of_wave(wave)}
        for table in evidence.answers:
            for group in _by_question(row for row in evidence.tables[table] if row.wave == wave):
                if len(group) >= SMALLEST:
                    yield group, ranks


def _orders(evidence: Evidence) -> Iterator[list[int]]:
    for group, ranks in _groups(evidence):
        for placed in _sorted_by_each(group):
            yield [ranks[row.owner] for row in placed]
        for name in group[0].values:
            if len({str(row.values[name]) for row in group}) > 1:
                shuffled = Random(len(group)).sample(group, len(group))  # noqa: S311 (breaks ties, no secret)
                yield [ranks[row.owner] for row in sorted(shuffled, key=lambda row: _sortable(row.values[name]))]


def _sortable(value: object) -> tuple[float, str]:
    return (float(value), "") if isinstance(value, int | float) else (0.0, str(value))


def _pairs(evidence: Evidence) -> Iterator[tuple[list[Row], list[Row]]]:
    """Yield pairs of sorted groups from different tables, for the same wave if both have one."""
    for wave in evidence.truth.waves:
        sorted_groups = [
            (table, placed)
            for table, rows in evidence.tables.items()
            for group in _by_question(row for row in rows if row.wave in (None, wave))
            for placed in _sorted_by_each(group)
        ]
        for (table, one), (other_table, other) in combinations(sorted_groups, 2):
            if table != other_table and {table, other_table} & set(evidence.answers):
                yield one, other


def _by_question(rows: Iterable[Row]) -> list[list[Row]]:
    """Split rows by question, with at most one row of a person in each group."""
    found: dict[object, dict[int, Row]] = defaultdict(dict)
    for row in rows:
        found[row.values.get("question")].setdefault(row.owner, row)
    return [list(group.values()) for group in found.values()]


def _sorted_by_each(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Yield rows sorted by each of their sort keys, with ties in random order.

    Rows without a sort key are left out there, for example those that span two pages of a file.
    """
    shuffled = Random(len(rows)).sample(list(rows), len(rows))  # noqa: S311 (breaks ties, no secret)
    for name in dict.fromkeys(name for row in rows for name in row.orders):
        placed = [row for row in shuffled if name in row.orders]
        if len(placed) >= SMALLEST:
            yield sorted(placed, key=lambda row: row.orders[name])


ATTACKS = (
    Attack("T1 order of sending", "largest |Kendall's tau| of any order with the order of sending", order_of_sending),
    Attack("T1 order inside a page", "pairs of rows in one page whose order is guessed right", order_in_a_page),
    Attack("T2 tables side by side", "largest |Kendall's tau| between two tables", order_across_tables),
)
