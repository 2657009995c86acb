"""Whether an action can be seen in the next round: published numbers of the question by which it is judged."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from flask_babel import gettext as _

from app.actions.service import PublicAction
from app.core.questionnaires import Text
from app.core.results.change import Movement
from app.results import service as releases
from app.results.page import ResultsPage
from app.results.sentences import from_to


@dataclass(frozen=True)
class Judgement:
    """The question, the word for what changed (empty if nothing can be said yet), and a sentence.

    ``is_felt`` is False where the share did not rise after the action was done.
    """

    wave_id: str
    survey: str
    question: Text
    word: str
    kind: str
    sentence: str
    is_felt: bool


def judge_all(actions: Iterable[PublicAction], lang: str) -> dict[int, Judgement]:
    """Return what published rounds say about each of some actions that are judged by a question, by number."""
    named = {one.wave_id: one for one in actions if one.wave_id}
    surveys = sorted({wave.rpartition("-")[0] for wave in named})
    if not surveys:
        return {}
    rounds = {of[0].wave.survey_slug: of for of in releases.list_public(surveys) if of}
    page = cache(lambda of, place: ResultsPage(rounds[of], rounds[of][place].wave.id, names={}, lang=lang))
    places = {one.wave.id: (of, place) for of, found in rounds.items() for place, one in enumerate(found)}
    judged = {}
    for action in actions:
        if action.wave_id in places:
            of, place = places[action.wave_id]
            after = page(of, place + 1) if place + 1 < len(rounds[of]) else None
            one = _judge(action, page(of, place), after)
            if one:
                judged[action.id] = one
    return judged


def _judge(action: PublicAction, before: ResultsPage, after: ResultsPage | None) -> Judgement | None:
    variable = action.question or ""
    if variable not in before.figures:
        return None
    about = (before.wave.id, before.wave.survey_slug, before.view.document.text(variable, before.lang))
    if after is None:
        sentence = _("We will look at it again when the next round is published.")
        return Judgement(*about, "", "", f"{before.agree_words(variable)} {sentence}", is_felt=True)
    figure = after.figures.get(variable)
    if figure is None or figure.movement is None:
        sentence = _("This question was not asked again in the same words, so we cannot say whether it changed.")
        return Judgement(*about, "", "", sentence, is_felt=True)
    word, sentence = after.movement(figure.movement), from_to(figure) if figure.then else ""
    is_felt = action.state != "done" or figure.movement not in (Movement.NO_CLEAR_CHANGE, Movement.FELL)
    return Judgement(*about, word, figure.movement.value, sentence, is_felt=is_felt)
