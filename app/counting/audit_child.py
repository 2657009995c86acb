"""The child process of an audit: reads what to audit from its input, and writes the verdict as JSON.

It is the only process that loads the solver. It has no access to a database and no settings.
"""

import json
import pickle
import signal
import sys
from dataclasses import asdict

from app.core.results.audit.passes import audit_once


def main() -> None:
    """Audit once; the process ends itself if that takes longer than it may, even if its parent is gone."""
    wave, earlier, coarser, seconds, most = pickle.load(sys.stdin.buffer)  # noqa: S301 (written by our own parent)
    signal.alarm(int(most))
    verdict = audit_once(wave, earlier, coarser, seconds=seconds)
    print(json.dumps(asdict(verdict)))
