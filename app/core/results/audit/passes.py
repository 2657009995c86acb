"""One pass of the audit over everything that a release would publish. Why: docs/adr/0045."""

import time
from collections.abc import Iterable
from contextlib import suppress

from app.core.results.audit.search import Search
from app.core.results.audit.sides import sides_of
from app.core.results.audit.solver import OverTime
from app.core.results.audit.verdicts import Found, Verdict, candidate, one_step, parts_of
from app.core.results.coarsening import Coarsening
from app.core.results.disclosure import protect
from app.core.results.panels import EarlierWave
from app.core.results.published import Published
from app.core.results.tally import ClosedWave


def audit_once(wave: ClosedWave, earlier: EarlierWave | None, coarser: Coarsening, *, seconds: float) -> Verdict:
    """Return what a release would determine, together with the earlier wave's release.

    ``seconds`` of this process's time, so that the outcome does not depend on what else the machine does.
    """
    deadline = time.process_time() + seconds
    published, found = candidate(wave, earlier, coarser), list[Found]()
    try:
        for one in _determined(wave, earlier, published, deadline=deadline):
            found.append(one)
    except OverTime:
        return Verdict(tuple(found), is_over=True)
    remaining, always = dict[str, int](), list[str]()
    with suppress(OverTime):  # the best step is then chosen from those that were tried
        names = {variable for _wave, variable, _size in found}
        alone = protect(wave, earlier, breakdowns_allowed=False, coarser=coarser)
        for _wave, name, _size in _determined(wave, earlier, alone, names=names, deadline=deadline):
            always.append(name)
        for part in parts_of(published) if names else ():
            other = candidate(wave, earlier, one_step(coarser, part))
            remaining[part] = len(list(_determined(wave, earlier, other, names=names, deadline=deadline)))
    return Verdict(tuple(found), remaining, tuple(always))


def _determined(
    wave: ClosedWave,
    earlier: EarlierWave | None,
    published: Published,
    *,
    names: Iterable[str] | None = None,
    deadline: float,
) -> Iterable[Found]:
    """Yield what is determined about all questions, or about some."""
    for side in sides_of(wave, earlier, published):
        targets = side.targets()
        for variable in side.variables:
            if names is None or variable in names:
                found = Search(side.system(variable), deadline).determined(targets)
                if found is not None:
                    yield side.wave.wave, variable, found.bit_count()
