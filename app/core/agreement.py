"""How far two or more people who coded the same comments agree beyond chance.

Cohen's kappa for two coders (Cohen 1960, "A coefficient of agreement for nominal scales", Educational and Psychological
Measurement 20), with its large-sample standard error (Fleiss, Cohen and Everitt 1969, "Large sample standard errors of
kappa and weighted kappa", Psychological Bulletin 72). Krippendorff's alpha for any number of coders, also where some
did not code a comment (Krippendorff 2011, "Computing Krippendorff's alpha-reliability"), with a bootstrap interval over
comments.
"""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Z95 = 1.959964
DRAWS, SEED = 1000, 20160401
"""How often the bootstrap draws, and its seed: the same codings always give the same interval."""


@dataclass(frozen=True)
class Agreement:
    """A coefficient, 1 for full agreement and 0 for what chance gives, and its 95% interval; ``n`` comments.

    ``value`` is None where it is not defined: everybody gave every comment the same code, or nothing was coded twice.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    agreed: int


def kappa(pairs: Sequence[tuple[Hashable, Hashable]]) -> Agreement:
    """Return Cohen's kappa of two coders: for each comment, the code that each of them gave."""
    n, agreed = len(pairs), sum(one == other for one, other in pairs)
    if not n:
        return Agreement(None, None, None, 0, 0)
    joint = Counter(pairs)
    rows, columns = Counter(one for one, _other in pairs), Counter(other for _one, other in pairs)
    observed = agreed / n
    expected = sum(rows[code] * columns[code] for code in rows) / n**2
    if expected == 1:
        return Agreement(None, None, None, n, agreed)
    value = (observed - expected) / (1 - expected)
    margin = Z95 * _standard_error(joint, rows, columns, value=value)
    return Agreement(value, max(-1.0, value - margin), min(1.0, value + margin), n, agreed)


def alpha(units: Sequence[Mapping[Hashable, Hashable]]) -> Agreement:
    """Return Krippendorff's alpha for nominal codes: for each comment, the code that each coder gave.

    Comments that fewer than two people coded are left out.
    """
    counts = [Counter(unit.values()) for unit in units if len(unit) > 1]
    agreed = sum(len(unit) == 1 for unit in counts)
    value = _alpha(counts)
    if value is None:
        return Agreement(None, None, None, len(counts), agreed)
    import numpy as np  # large, and few requests need it

    codes = sorted({code for unit in counts for code in unit}, key=str)
    table = np.array([[unit[code] for code in codes] for unit in counts], dtype=float)
    drawn = np.random.default_rng(SEED).multinomial(len(counts), [1 / len(counts)] * len(counts), size=DRAWS)
    values = sorted(_alphas(table, drawn))
    return Agreement(value, values[int(0.025 * DRAWS)], values[int(0.975 * DRAWS) - 1], len(counts), agreed)


def _alphas(table: "NDArray[np.float64]", drawn: "NDArray[np.int64]") -> list[float]:
    """Return alpha of each draw: ``drawn`` says how often each comment is in it; 1 where all codes are the same."""
    import numpy as np

    coders = table.sum(axis=1)
    disagreed = (table * (coders[:, None] - table)).sum(axis=1) / (coders - 1)
    totals = drawn @ table
    every = totals.sum(axis=1)
    by_chance = (totals * (every[:, None] - totals)).sum(axis=1)
    safe = np.where(by_chance > 0, by_chance, 1.0)
    return [float(one) for one in np.where(by_chance > 0, 1 - (every - 1) * (drawn @ disagreed) / safe, 1.0)]


def _standard_error(
    joint: Mapping[tuple[Hashable, Hashable], int],
    rows: Mapping[Hashable, int],
    columns: Mapping[Hashable, int],
    *,
    value: float,
) -> float:
    """Return the standard error of kappa (Fleiss, Cohen and Everitt 1969, formula 13)."""
    n = sum(joint.values())
    codes = {*rows, *columns}
    p_row = {code: rows.get(code, 0) / n for code in codes}
    p_column = {code: columns.get(code, 0) / n for code in codes}
    expected = sum(p_row[code] * p_column[code] for code in codes)
    same = sum(
        joint.get((code, code), 0) / n * (1 - (p_row[code] + p_column[code]) * (1 - value)) ** 2 for code in codes
    )
    other = (1 - value) ** 2 * sum(
        count / n * (p_column[one] + p_row[two]) ** 2 for (one, two), count in joint.items() if one != two
    )
    rest = (value - expected * (1 - value)) ** 2
    return sqrt(max(0.0, (same + other - rest) / n)) / (1 - expected)


def _alpha(counts: Sequence[Counter[Hashable]]) -> float | None:
    """Return alpha of the codes that each comment got; None if all codes are the same or there are none."""
    totals: Counter[Hashable] = Counter()
    disagreed = 0.0
    for unit in counts:
        coders = sum(unit.values())
        totals.update(unit)
        disagreed += sum(n * (coders - n) for n in unit.values()) / (coders - 1)
    all_codes = sum(totals.values())
    by_chance = sum(n * (all_codes - n) for n in totals.values())
    if not by_chance:
        return None
    return 1 - (all_codes - 1) * disagreed / by_chance
