"""Bars stay inside the view box, say what the table says, and are styled by class names only."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.answers import KINDS
from app.core.questionnaires import Option, Page, Question, Questionnaire
from app.core.results.charts import WIDTH, Chart, draw, grouped, single, stacked
from app.core.results.disclosure import protect
from app.core.results.published import Published
from app.core.results.tally import ClosedWave, Record

QUESTION = Question("listened", "agree5", KINDS["agree5"].fixed or ())
DOCUMENT = Questionnaire("family", "1", 5, (Page("p", (QUESTION,)),), {"en": {}})


def release(*answers: str) -> Published:
    """Return a release of one question with these answers."""
    records = [Record(i.to_bytes(4, "big"), {}, {"listened": a}) for i, a in enumerate(answers)]
    return protect(ClosedWave("family-1", DOCUMENT, records), breakdowns_allowed=True)


MIXED = release(*["5"] * 20 + ["4"] * 10 + ["1"] * 10)
ALIKE = release(*["5"] * 40)
SILENT = release(*["-9"] * 40)


def check_inside(chart: Chart) -> None:
    """Assert that everything stands inside the view box."""
    for bar in chart.bars:
        assert 0 <= bar.x <= bar.x + bar.width <= chart.width + 0.05
        assert 0 <= bar.y < bar.y + bar.height <= chart.height
    for whisker in chart.whiskers:
        assert 0 <= whisker.x1 <= whisker.x2 <= chart.width
        assert 0 <= whisker.y <= chart.height
    assert all(0 < row.y < chart.height for row in chart.rows)


def test_options_are_single_bars_from_the_left_edge() -> None:
    chart = draw(MIXED.questions[0])
    assert [row.code for row in chart.rows] == ["5", "4", "3", "2", "1"]
    assert [bar.css for bar in chart.bars] == [f"opt-{row.code}" for row in chart.rows]
    assert {bar.x for bar in chart.bars} == {0.0}
    assert [bar.width for bar in chart.bars] == [WIDTH / 2, WIDTH / 4, 0.0, 0.0, WIDTH / 4]
    assert len({bar.y for bar in chart.bars}) == 5
    check_inside(chart)


def test_whiskers_hold_the_end_of_their_bar() -> None:
    chart = single(MIXED.questions[0])
    for bar, whisker in zip(chart.bars, chart.whiskers, strict=True):
        assert whisker.x1 <= bar.width <= whisker.x2
        assert bar.y < whisker.y < bar.y + bar.height


def test_bands_are_one_stacked_bar() -> None:
    chart = draw(MIXED.bands[0])
    assert [(bar.css, bar.x, bar.width) for bar in chart.bars] == [
        ("band-positive", 0.0, WIDTH * 0.75),
        ("band-neutral", WIDTH * 0.75, 0.0),
        ("band-negative", WIDTH * 0.75, WIDTH / 4),
    ]
    assert chart.whiskers == ()
    assert [row.code for row in chart.rows] == ["listened"]
    check_inside(chart)


def test_no_interval_is_drawn_where_the_table_gives_people_instead_of_percentages() -> None:
    few = release(*["5"] * 20 + ["1"] * 5)
    chart = grouped(few.bands[0], MIXED.bands[0])
    assert (len(chart.bars), len(chart.whiskers)) == (6, 3)
    assert grouped(few.bands[0], few.bands[0]).whiskers == ()


def test_a_stack_whose_rounded_parts_exceed_their_base_stays_inside() -> None:
    bands = release(*["5"] * 3 + ["3"] * 3 + ["1"] * 4).bands[0]
    assert sum(cell.count for cell in bands.cells) > (bands.base or 0)
    chart = stacked(bands)
    assert sum(bar.width for bar in chart.bars) == pytest.approx(WIDTH, abs=0.05)
    assert {cell.percent for cell in bands.cells} == {50}
    check_inside(chart)


def test_two_waves_stand_side_by_side() -> None:
    chart = grouped(ALIKE.questions[0], MIXED.questions[0])
    first, second = (bar for bar in chart.bars if bar.css.startswith("opt-5"))
    assert (first.css, first.width) == ("opt-5 wave-previous", WIDTH)
    assert (second.css, second.width) == ("opt-5 wave-current", WIDTH / 2)
    assert first.y + first.height == second.y
    assert chart.largest == MIXED.questions[0].cell("5")
    check_inside(chart)


def test_a_wave_that_is_not_published_leaves_the_other_alone() -> None:
    chart = grouped(SILENT.questions[0], MIXED.questions[0])
    assert all(bar.css.endswith("wave-current") for bar in chart.bars)
    assert grouped(MIXED.questions[0], SILENT.questions[0]).largest is None


def test_bands_and_options_do_not_stand_side_by_side() -> None:
    with pytest.raises(ValueError, match="one chart"):
        grouped(MIXED.bands[0], MIXED.questions[0])


def test_the_caption_speaks_of_the_largest_cell_the_first_of_equals() -> None:
    assert draw(MIXED.questions[0]).largest == MIXED.questions[0].cell("5")
    tied = release(*["4"] * 20 + ["1"] * 20).questions[0]
    assert draw(tied).largest == tied.cell("4")


def test_what_is_not_published_draws_nothing() -> None:
    chart = draw(SILENT.questions[0])
    assert (chart.rows, chart.bars, chart.whiskers, chart.largest, chart.height) == ((), (), (), None, 0.0)


def test_a_chart_holds_numbers_and_class_names_only() -> None:
    names = {field.name for field in dataclasses.fields(draw(MIXED.questions[0]).bars[0])}
    assert names == {"x", "y", "width", "height", "css"}


@settings(deadline=None, max_examples=50)
@given(st.lists(st.sampled_from(["5", "4", "3", "2", "1", "-8", "-9"]), min_size=10, max_size=80))
def test_no_chart_leaves_its_box(answers: list[str]) -> None:
    published = release(*answers)
    for result in (*published.questions, *published.bands):
        check_inside(draw(result))
        check_inside(grouped(result, result))


def test_where_people_chose_several_the_largest_comes_first() -> None:
    ways = Question("ways", "multi", tuple(Option(code, f"w.{code}") for code in "abc"))
    document = Questionnaire("family", "1", 5, (Page("p", (ways,)),), {"en": {}})
    said = [("b", "c")] * 20 + [("b",)] * 15 + [("a",)] * 10
    records = [Record(i.to_bytes(4, "big"), {}, {"ways": some}) for i, some in enumerate(said)]
    result = protect(ClosedWave("family-1", document, records), breakdowns_allowed=True).questions[0]
    assert [row.code for row in draw(result).rows] == ["b", "c", "a"]
