"""How many of the same people moved between the bands of a question, as it is published."""

from app.core.results.tally import ClosedWave
from tests.core.test_disclosure import DOCUMENT, earlier_of, publish, wave_of


def test_moves_of_the_same_people_are_rounded_and_need_ten() -> None:
    then = wave_of("family-1", ["1"] * 22 + ["5"] * 30 + ["3"] * 20)
    now = wave_of("family-2", ["5"] * 18 + ["1"] * 4 + ["1"] * 8 + ["5"] * 22, first=0)
    fresh = wave_of("family-2", ["5"] * 20, first=500)
    both = ClosedWave("family-2", DOCUMENT, [*now.records, *fresh.records])

    panel = publish(both, earlier_of(then)).panel

    assert panel is not None
    assert panel.reason is None
    moves = panel.questions[0].moves
    assert moves is not None
    assert (moves.up, moves.same, moves.down) == (20, 25, 10)  # 18, 26 and 8 people
