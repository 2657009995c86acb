"""Audits a release in a child process, so that the opener never loads the solver and no transaction is held."""

import json
import logging
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from app.core.results.audit.loop import audited_release
from app.core.results.audit.sides import AUDITED_UP_TO
from app.core.results.audit.verdicts import Verdict
from app.core.results.coarsening import Coarsening
from app.core.results.panels import GROUPS_FROM, EarlierWave
from app.core.results.published import Published
from app.core.results.tally import ClosedWave

PASS_SECONDS = 30.0
"""Processor time of a pass."""
MOST_SECONDS = 4 * PASS_SECONDS
"""Time on the clock after which a pass counts as killed, on a machine that is busy with other things."""
TRIES = 2
START = """
import sys, types
app = types.ModuleType("app")
app.__path__ = [sys.argv[1]]
sys.modules["app"] = app
from app.counting.audit_child import main
main()
"""
"""Starts the child without the web framework, which the real ``app`` package imports."""
_log = logging.getLogger(__name__)


def needs_audit(wave: ClosedWave) -> bool:
    """Return whether the groups of a wave are published only after an audit."""
    return GROUPS_FROM <= len(wave.records) <= AUDITED_UP_TO


def publish_audited(wave: ClosedWave, earlier: EarlierWave | None, report: Callable[[int], None]) -> Published:
    """Return the audited release of a wave; ``report`` is called with the number of each pass before it begins."""

    def check(coarser: Coarsening, number: int) -> Verdict:
        report(number)
        return _in_child(wave, earlier, coarser)

    return audited_release(wave, earlier, check)


def _in_child(wave: ClosedWave, earlier: EarlierWave | None, coarser: Coarsening) -> Verdict:
    """Return the verdict of a child process; one that was killed is tried again once, then it counts as over time."""
    task = pickle.dumps((wave, earlier, coarser, PASS_SECONDS, MOST_SECONDS))
    command = [sys.executable, "-I", "-c", START, str(Path(__file__).parents[1])]
    for _try in range(TRIES):
        try:
            done = subprocess.run(  # noqa: S603 (our own program)
                command,
                input=task,
                capture_output=True,
                timeout=MOST_SECONDS,
                env={"OPENBLAS_NUM_THREADS": "1"},
                check=True,
            )
            return Verdict.from_json(json.loads(done.stdout.splitlines()[-1]))
        except subprocess.TimeoutExpired:
            break
        except subprocess.CalledProcessError as fault:
            _log.warning("A process that checked the groups of %r ended with status %d.", wave.wave, fault.returncode)
    return Verdict(is_over=True)
