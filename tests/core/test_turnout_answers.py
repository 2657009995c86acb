"""A rate is published only for a group in which ten people answered and ten did not."""

import pytest

from app.core.results.turnout import BatchCount, CellCount, protect_turnout


@pytest.mark.parametrize(
    ("completed", "is_published"),
    [(0, False), (1, False), (9, False), (10, True), (20, True), (21, False), (29, False), (30, False)],
)
def test_a_group_that_speaks_of_each_of_its_people_is_not_published(completed: int, is_published: bool) -> None:
    """Of thirty cards "under 5%" would mean that nobody answered, and "over 95%" that everybody did."""
    cells = [CellCount("north", "visit", 30, completed), CellCount("south", "post", 100, 50)]
    batches = [BatchCount("a", "north", "visit", 30, completed), BatchCount("b", "south", "post", 100, 50)]

    names = {rate.name for rate in protect_turnout(cells, batches)}

    assert {"", "south", "post", "b"} <= names
    assert ({"north", "visit", "a"} <= names) is is_published
    assert ({"north", "visit", "a"} & names == set()) is not is_published
