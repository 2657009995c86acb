"""Routing: the pages of a questionnaire that are shown for given answers.

Rules are data (:class:`~app.core.questionnaires.Condition`); page numbers are positions in the whole document, from 1.
"""

from app.core.answers import Answer, Answers, chosen
from app.core.questionnaires import Condition, Page, Questionnaire


def holds(condition: Condition, answers: Answers) -> bool:
    """Return whether a condition is true for the answers."""
    hit = bool(condition.codes.intersection(chosen(answers.get(condition.variable))))
    return hit is not condition.negated


def is_shown(page: Page, answers: Answers) -> bool:
    """Return whether a page is shown: all its conditions are true."""
    return all(holds(condition, answers) for condition in page.when)


def path(document: Questionnaire, answers: Answers) -> tuple[int, ...]:
    """Return the numbers of the pages that are shown for these answers, in order.

    Conditions use only answers on earlier pages that are themselves shown.
    """
    shown: list[int] = []
    given: dict[str, Answer] = {}
    for number, page in enumerate(document.pages, start=1):
        if is_shown(page, given):
            shown.append(number)
            given.update({q.variable: answers[q.variable] for q in page.questions if q.variable in answers})
    return tuple(shown)


def after(document: Questionnaire, answers: Answers, number: int) -> int | None:
    """Return the page after a page, or None when the check page comes next."""
    return next((n for n in path(document, answers) if n > number), None)


def before(document: Questionnaire, answers: Answers, number: int) -> int | None:
    """Return the page before a page, or None for the first page."""
    return next((n for n in reversed(path(document, answers)) if n < number), None)


def on_path(document: Questionnaire, answers: Answers) -> Answers:
    """Return only the answers to questions on pages that are shown."""
    shown = {q.variable for n in path(document, answers) for q in document.pages[n - 1].questions}
    return {variable: answer for variable, answer in answers.items() if variable in shown}


def first_unseen(document: Questionnaire, answers: Answers) -> int | None:
    """Return the first page of the path with a question that was never shown, or None."""
    unseen = (
        n for n in path(document, answers) if any(q.variable not in answers for q in document.pages[n - 1].questions)
    )
    return next(unseen, None)
