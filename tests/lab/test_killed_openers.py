"""Openers killed at each step, on PostgreSQL; ``make test`` kills them on SQLite."""

import pytest
from flask import Flask

from tests.conftest import TinySurvey
from tests.counting.test_many_requests import KILLS, kill_between_lots
from tests.counting.test_moved_and_deleted import KILLS as DELETIONS
from tests.counting.test_moved_and_deleted import delete_during_a_move, kill_a_deletion
from tests.counting.test_moving import STEPS as MOVES
from tests.counting.test_moving import kill_a_move
from tests.counting.test_pressure import STEPS, kill_at_a_step
from tests.support.words import Heard


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


@pytest.mark.postgresql
@pytest.mark.parametrize(("module", "name", "time"), MOVES)
def test_an_opener_killed_at_a_step_of_a_move_loses_doubles_and_leaves_nothing(
    app: Flask, module: str, name: str, time: int
) -> None:
    kill_a_move(Heard(), module, name, time)


@pytest.mark.postgresql
@pytest.mark.parametrize(("module", "name", "time"), MOVES)
def test_a_code_deletes_its_comments_that_are_half_moved(app: Flask, module: str, name: str, time: int) -> None:
    delete_during_a_move(Heard(), module, name, time)


@pytest.mark.postgresql
@pytest.mark.parametrize(("module", "name", "time"), DELETIONS)
def test_an_opener_killed_while_it_deletes_brings_nothing_back(app: Flask, module: str, name: str, time: int) -> None:
    kill_a_deletion(Heard(), module, name, time)
