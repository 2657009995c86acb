"""What an account that is limited to one area sees of a wave's turnout."""

from app.fieldwork.turnout import Coverage, FrameRate, WaveTurnout, limit_to_locality


def test_an_account_of_one_area_sees_the_coverage_of_no_other() -> None:
    rows = tuple(Coverage(place, 5, 0, 50, 10) for place in ("north", "south", ""))
    whole = WaveTurnout(20, (), FrameRate(reason="not known"), None, None, rows)
    assert [row.locality for row in limit_to_locality(whole, "north", {"a"}).coverage] == ["north", ""]
    assert limit_to_locality(whole, None, set()) == whole
