"""What stands out in a round: tables that were worked out by hand."""

import dataclasses

import pytest

from app.core.questionnaires import Option, Page, Question, Questionnaire, Theme
from app.core.results.change import Movement
from app.core.results.disclosure import protect
from app.core.results.message import Finding, Kind, findings
from app.core.results.panels import EarlierWave
from app.core.results.rounds import PublishedRound, compare, compare_themes, fingerprint, scores_of
from app.core.results.tally import ClosedWave, Record
from tests.core.test_disclosure import AGREE, SCORE

Table = dict[str, tuple[int, int, int]]
"""By variable: how many agree, are in the middle and disagree."""
TEXTS = {
    **{f"agree5.{code}": f"answer {code}" for code in "12345"},
    **{name: f"Question {name}?" for name in ("a", "b", "c", "d")},
}


def document(names: str, **words: str) -> Questionnaire:
    """Return a questionnaire of questions with one letter each; ``words`` change their wording."""
    asked = tuple(dataclasses.replace(AGREE, variable=name) for name in names)
    options = {option.text_key: f"answer {option.code}" for option in AGREE.options}
    return Questionnaire("family", "1", 5, (Page("p", asked),), {"en": {**TEXTS, **options, **words}})


def a_round(
    number: int, table: Table, *, population: int | None = None, first: int = 0, **words: str
) -> PublishedRound:
    """Publish a round whose people give the answers of a table; each question is answered by the first of them."""
    asked = document("".join(table), **words)
    people = max(map(sum, table.values()))
    said = {name: ["5"] * some[0] + ["3"] * some[1] + ["1"] * some[2] for name, some in table.items()}
    records = [
        Record((first + n).to_bytes(4), {}, {name: some[n] for name, some in said.items() if n < len(some)})
        for n in range(people)
    ]
    return PublishedRound(protect(ClosedWave(f"family-{number}", asked, records), breakdowns_allowed=False), asked)


def message(now: PublishedRound, before: PublishedRound | None = None) -> dict[Kind, str]:
    """Return the findings as kinds with the questions that each names."""
    found: tuple[Finding, ...] = findings(compare(now, before), now.published.n)
    return {one.kind: "".join(figure.variable for figure in one.figures) for one in found}


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        # no message below 30 people
        ({"a": (20, 5, 2), "b": (5, 5, 17)}, None, {}),
        ({"a": (20, 5, 5), "b": (5, 5, 20)}, None, {Kind.STRONGEST: "a", Kind.WEAKEST: "b"}),
        # a first round has no change; the order of the questions does not matter
        ({"a": (35, 20, 50), "b": (80, 15, 10), "c": (60, 20, 25)}, None, {Kind.STRONGEST: "b", Kind.WEAKEST: "a"}),
        # two share a place: both are named; three: none is
        ({"a": (80, 15, 10), "b": (80, 10, 15), "c": (40, 20, 45)}, None, {Kind.STRONGEST: "ab", Kind.WEAKEST: "c"}),
        ({"a": (80, 15, 10), "b": (80, 10, 15), "c": (80, 5, 20), "d": (40, 20, 45)}, None, {Kind.WEAKEST: "d"}),
        # all equal: nothing stands out
        ({"a": (50, 30, 25), "b": (50, 25, 30)}, None, {}),
        # 79 and 81 of 105 are published alike, so they share the place
        ({"a": (79, 16, 10), "b": (81, 14, 10), "c": (40, 20, 45)}, None, {Kind.STRONGEST: "ab", Kind.WEAKEST: "c"}),
        # a question that few answered is left out
        ({"a": (80, 15, 10), "b": (20, 3, 2), "c": (40, 20, 45)}, None, {Kind.STRONGEST: "a", Kind.WEAKEST: "c"}),
        # one of two changed far beyond chance
        (
            {"a": (80, 15, 10), "b": (40, 25, 40)},
            {"a": (40, 35, 30), "b": (45, 20, 40)},
            {Kind.STRONGEST: "a", Kind.WEAKEST: "b", Kind.ROSE: "a"},
        ),
        # the larger of two changes is named
        (
            {"a": (20, 15, 70), "b": (80, 25, 0)},
            {"a": (90, 10, 5), "b": (40, 25, 40)},
            {Kind.STRONGEST: "b", Kind.WEAKEST: "a", Kind.FELL: "a"},
        ),
        # 10 points at 105 people are within chance
        (
            {"a": (65, 20, 20), "b": (40, 25, 40)},
            {"a": (55, 25, 25), "b": (45, 20, 40)},
            {Kind.STRONGEST: "a", Kind.WEAKEST: "b", Kind.NO_CLEAR_CHANGE: "ab"},
        ),
        # rounds with no common question are not compared
        ({"a": (65, 20, 20), "b": (40, 25, 40)}, {"c": (5, 5, 95)}, {Kind.STRONGEST: "a", Kind.WEAKEST: "b"}),
    ],
)
def test_the_message_of_a_table(now: Table, before: Table | None, expected: dict[Kind, str]) -> None:
    assert message(a_round(2, now), a_round(1, before, first=500) if before else None) == expected


def test_a_question_in_other_words_is_not_compared() -> None:
    then, now = {"a": (20, 15, 70), "b": (45, 20, 40)}, {"a": (90, 10, 5), "b": (45, 20, 40)}
    assert message(a_round(2, now), a_round(1, then, first=500))[Kind.ROSE] == "a"
    reworded = compare(a_round(2, now, a="Question a, put differently?"), a_round(1, then, first=500))
    assert [(figure.then is None, figure.movement) for figure in reworded] == [
        (True, None),
        (False, Movement.NO_CLEAR_CHANGE),
    ]


def test_other_options_are_another_question() -> None:
    one = document("a")
    fewer = dataclasses.replace(one.question("a"), options=one.question("a").options[1:])
    other = dataclasses.replace(one, pages=(Page("p", (fewer,)),))
    assert fingerprint(one, "a") != fingerprint(other, "a")
    assert fingerprint(one, "b") is None


def test_the_share_knows_its_base_and_the_population() -> None:
    figure = compare(a_round(1, {"a": (61, 20, 24)}), None)[0]
    assert (figure.now.count, figure.now.base, figure.now.parts, figure.now.population) == (60, 105, 2, None)


def test_scores_run_from_the_negative_to_the_positive_end() -> None:
    assert scores_of(AGREE) == {"5": 100, "4": 75, "3": 50, "2": 25, "1": 0}
    points = scores_of(SCORE) or {}
    assert (points["0"], points["5"], points["10"]) == (0, 50, 100)
    mixed = Question(
        "m", "count", (Option("0", "m.0", "negative"), Option("1", "m.1", "positive"), Option("2", "m.2", "neutral"))
    )
    assert scores_of(mixed) is None


def test_a_theme_is_the_mean_of_its_questions() -> None:
    table: Table = {"a": (60, 20, 20), "b": (20, 20, 60)}
    asked = a_round(1, table)
    themed = dataclasses.replace(asked, document=dataclasses.replace(asked.document, themes=(Theme("t", ("a", "b")),)))
    assert [(theme.name, theme.now, theme.then) for theme in compare_themes(themed, None)] == [("t", 50, None)]


def test_moves_of_the_same_people_are_part_of_the_figure() -> None:
    asked = document("a")

    def wave(number: int, answers: list[str], first: int = 0) -> ClosedWave:
        people = [Record((first + n).to_bytes(4), {}, {"a": code}) for n, code in enumerate(answers)]
        return ClosedWave(f"family-{number}", asked, people)

    before = wave(1, ["1"] * 20 + ["5"] * 40)
    released = protect(before, breakdowns_allowed=True)
    both = [*wave(2, ["5"] * 20 + ["5"] * 20).records, *wave(2, ["5"] * 30, first=900).records]
    now = protect(ClosedWave("family-2", asked, both), EarlierWave(before, released), breakdowns_allowed=True)
    figure = compare(PublishedRound(now, asked), PublishedRound(released, asked))[0]
    assert figure.moves is not None
    assert (figure.moves.up, figure.moves.same, figure.moves.down) == (20, 20, 0)
