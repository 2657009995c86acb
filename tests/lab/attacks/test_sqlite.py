"""The built-in attacker against our design on SQLite and its naive twin, over real processes."""

from pathlib import Path

import pytest

from tests.lab.attacks.outcome import check


@pytest.mark.timeout(900)
def test_every_attack_fails_on_ours_and_works_on_the_twin(tmp_path: Path) -> None:
    check(tmp_path, is_postgresql=False)
