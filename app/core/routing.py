"""Which page comes next: the pages of a questionnaire that given answers leave open, as a value.

Rules are data (:class:`~app.core.questionnaires.Condition`); page numbers are positions in the whole document, from 1.
"""

from app.core.answers import Answers, chosen
from app.core.questionnaires import Condition, Page, Questionnaire


def holds(condition: Condition, answers: Answers) -> bool:
    """Tell whether a condition is true of the answers."""
    hit = bool(condition.codes.intersection(chosen(answers.get(condition.variable))))
    return hit is not condition.negated


def is_shown(page: Page, answers: Answers) -> bool:
    """Tell whether a page is part of the way: all its conditions hold."""
    return all(holds(condition, answers) for condition in page.when)


def path(document: Questionnaire, answers: Answers) -> tuple[int, ...]:
    """Return the numbers of the pages that these answers lead through, in order."""
    return tuple(n for n, page in enumerate(document.pages, start=1) if is_shown(page, answers))


def after(document: Questionnaire, answers: Answers, number: int) -> int | None:
    """Return the page after a page, or None when the answers are to be checked next."""
    return next((n for n in path(document, answers) if n > number), None)


def before(document: Questionnaire, answers: Answers, number: int) -> int | None:
    """Return the page before a page, or None at the first."""
    return next((n for n in reversed(path(document, answers)) if n < number), None)


def on_path(document: Questionnaire, answers: Answers) -> Answers:
    """Return only the answers to questions that are still on the way; what a changed answer hid is left out."""
    shown = {q.variable for n in path(document, answers) for q in document.pages[n - 1].questions}
    return {variable: answer for variable, answer in answers.items() if variable in shown}
