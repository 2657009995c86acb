"""Openers killed at each step, on PostgreSQL; ``make test`` kills them on SQLite."""

import pytest

from tests.conftest import TinySurvey
from tests.counting.test_many_requests import KILLS, kill_between_lots
from tests.counting.test_pressure import STEPS, kill_at_a_step


@pytest.mark.postgresql
@pytest.mark.parametrize(("module", "name", "time"), STEPS)
def test_an_opener_killed_at_a_step_loses_and_doubles_nothing(
    tiny: TinySurvey, module: str, name: str, time: int
) -> None:
    kill_at_a_step(tiny, module, name, time)


@pytest.mark.postgresql
@pytest.mark.parametrize(("name", "time"), KILLS)
def test_an_opener_killed_between_lots_forgets_nobody_and_deletes_nobody_else(
    tiny: TinySurvey, name: str, time: int
) -> None:
    kill_between_lots(tiny, name, time)
