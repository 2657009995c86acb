"""Routing: the way is straight in both directions, and what a changed answer hid is neither shown nor kept."""

from hypothesis import given
from hypothesis import strategies as st

from app.core import routing
from app.core.answers import KINDS, Answer
from app.core.questionnaires import MISSING, Condition, Page, Question, Questionnaire
from tests.support.builders import QUICK

CODES = ("yes", "not_sure", "no")


def _question(variable: str) -> Question:
    return Question(variable, "yesno", KINDS["yesno"].fixed)


def _page(name: str, *conditions: Condition) -> Page:
    return Page(name, (_question(name),), conditions)


def _document(*pages: Page) -> Questionnaire:
    return Questionnaire("family", "1", 1, pages, {"en": {}})


def _if(variable: str, *codes: str, negated: bool = False) -> Condition:
    return Condition(variable, frozenset(codes), negated)


@st.composite
def _documents(draw: st.DrawFn) -> Questionnaire:
    """Documents of one to seven pages whose rules ask about earlier pages only, as the loader demands."""
    pages: list[Page] = []
    for number in range(draw(st.integers(1, 7))):
        before = [page.name for page in pages]
        rules = st.builds(
            Condition,
            st.sampled_from(before or ["-"]),
            st.frozensets(st.sampled_from(CODES), min_size=1),
            st.booleans(),
        )
        pages.append(_page(f"q{number}", *draw(st.lists(rules, max_size=2 if before else 0))))
    return _document(*pages)


ANSWERS = st.dictionaries(st.sampled_from([f"q{n}" for n in range(8)]), st.sampled_from([*CODES, MISSING]))


@QUICK
@given(_documents(), ANSWERS)
def test_path_goes_forward_and_begins_with_the_pages_without_rules(document: Questionnaire, answers: dict[str, Answer]):
    path = routing.path(document, answers)
    assert list(path) == sorted(set(path))
    assert {n for n, page in enumerate(document.pages, 1) if not page.when} <= set(path)
    assert set(path) <= set(range(1, len(document.pages) + 1))


@QUICK
@given(_documents(), ANSWERS)
def test_after_and_before_are_inverse_on_the_path(document: Questionnaire, answers: dict[str, Answer]):
    path = routing.path(document, answers)
    walked = [routing.after(document, answers, 0)]
    while (following := routing.after(document, answers, walked[-1])) is not None:
        assert routing.before(document, answers, following) == walked[-1]
        walked.append(following)
    assert tuple(walked) == path
    assert routing.before(document, answers, path[0]) is None


@QUICK
@given(_documents(), ANSWERS, st.integers(0, 9))
def test_after_and_before_from_anywhere_stay_on_the_path(
    document: Questionnaire, answers: dict[str, Answer], number: int
):
    path = routing.path(document, answers)
    assert routing.after(document, answers, number) == min((n for n in path if n > number), default=None)
    assert routing.before(document, answers, number) == max((n for n in path if n < number), default=None)


@QUICK
@given(_documents(), ANSWERS)
def test_on_path_keeps_what_is_shown_and_nothing_else(document: Questionnaire, answers: dict[str, Answer]):
    kept = routing.on_path(document, answers)
    shown = {document.pages[n - 1].name for n in routing.path(document, answers)}
    assert kept == {name: answer for name, answer in answers.items() if name in shown}


@QUICK
@given(_documents(), ANSWERS)
def test_on_path_hidden_answers_change_nothing(document: Questionnaire, answers: dict[str, Answer]):
    kept = routing.on_path(document, answers)
    assert routing.path(document, kept) == routing.path(document, answers)
    assert routing.on_path(document, kept) == kept


@QUICK
@given(_documents(), ANSWERS)
def test_path_shows_a_page_exactly_when_its_rules_hold(document: Questionnaire, answers: dict[str, Answer]):
    kept, path = routing.on_path(document, answers), routing.path(document, answers)
    for number, page in enumerate(document.pages, 1):
        hits = [(kept.get(rule.variable) in rule.codes) != rule.negated for rule in page.when]
        assert (number in path) is all(hits)


CHAIN = _document(_page("a"), _page("b", _if("a", "yes")), _page("c", _if("b", "yes")), _page("d"))


def test_path_follow_up_of_a_hidden_follow_up_is_hidden_too():
    answers = {"a": "no", "b": "yes", "c": "yes", "d": "no"}
    assert routing.path(CHAIN, answers) == (1, 4)
    assert routing.on_path(CHAIN, answers) == {"a": "no", "d": "no"}


def test_path_opens_with_the_answers():
    assert routing.path(CHAIN, {}) == (1, 4)
    assert routing.path(CHAIN, {"a": "yes"}) == (1, 2, 4)
    assert routing.path(CHAIN, {"a": "yes", "b": "yes"}) == (1, 2, 3, 4)


def test_on_path_unknown_variables_are_dropped():
    assert routing.on_path(CHAIN, {"zz": "yes"}) == {}


def test_holds_for_one_answer_several_and_none():
    rule, negated = _if("q", "yes", "no"), _if("q", "yes", negated=True)
    assert routing.holds(rule, {"q": "no"})
    assert not routing.holds(rule, {"q": "not_sure"})
    assert not routing.holds(rule, {})
    assert not routing.holds(rule, {"q": MISSING})
    assert routing.holds(rule, {"q": ("not_sure", "yes")})
    assert not routing.holds(negated, {"q": ("not_sure", "yes")})
    assert routing.holds(negated, {})
    assert routing.holds(negated, {"q": MISSING})


def test_is_shown_only_when_all_rules_hold():
    page = _page("q", _if("a", "yes"), _if("b", "no", negated=True))
    assert routing.is_shown(page, {"a": "yes", "b": "yes"})
    assert not routing.is_shown(page, {"a": "yes", "b": "no"})
    assert not routing.is_shown(page, {"b": "yes"})


def test_first_unseen_skips_blanks_and_pages_off_the_way():
    assert routing.first_unseen(CHAIN, {}) == 1
    assert routing.first_unseen(CHAIN, {"a": "no"}) == 4
    assert routing.first_unseen(CHAIN, {"a": "yes", "d": "no"}) == 2
    assert routing.first_unseen(CHAIN, {"a": MISSING, "d": MISSING}) is None
