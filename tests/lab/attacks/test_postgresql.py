"""The built-in attacker against our design on PostgreSQL, all files of its server included, and its naive twin."""

from pathlib import Path

import pytest

from app.attacker.scene.servers import Missing
from tests.lab.attacks.outcome import check
from tests.support.servers import skip_or_fail


@pytest.mark.timeout(900)
def test_every_attack_fails_on_ours_and_works_on_the_twin(tmp_path: Path) -> None:
    try:
        check(tmp_path, is_postgresql=True)
    except Missing as missing:
        skip_or_fail(str(missing))
