"""Whether an action can be seen in the next round: published numbers of the question by which it is judged."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import gettext as _

from app.actions.service import PublicAction
from app.core.questionnaires import Text
from app.core.results.change import Movement
from app.results import service as releases
from app.results.page import ResultsPage
from app.results.sentences import from_to
from app.results.service import PublishedWave


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
    found = {}
    for action in actions:
        survey = (action.wave_id or "").rpartition("-")[0]
        if action.wave_id and action.question and survey in rounds:
            one = _judge(action, rounds[survey], lang)
            if one:
                found[action.id] = one
    return found


def _judge(action: PublicAction, rounds: list[PublishedWave], lang: str) -> Judgement | None:
    place = next((i for i, one in enumerate(rounds) if one.wave.id == action.wave_id), None)
    variable = action.question or ""
    if place is None:
        return None
    before = ResultsPage(rounds, rounds[place].wave.id, names={}, lang=lang)
    if variable not in before.figures:
        return None
    about = (before.wave.id, before.wave.survey_slug, before.view.document.text(variable, lang))
    if place + 1 == len(rounds):
        sentence = _("We ask this question again in the next round.")
        return Judgement(*about, "", "", f"{before.agree_words(variable)} {sentence}", is_felt=True)
    after = ResultsPage(rounds, rounds[place + 1].wave.id, names={}, lang=lang)
    figure = after.figures.get(variable)
    if figure is None or figure.movement is None:
        sentence = _("This question was not asked again in the same words, so we cannot say whether it changed.")
        return Judgement(*about, "", "", sentence, is_felt=True)
    word, sentence = after.movement(figure.movement), from_to(figure) if figure.then else ""
    is_felt = action.state != "done" or figure.movement not in (Movement.NO_CLEAR_CHANGE, Movement.FELL)
    return Judgement(*about, word, figure.movement.value, sentence, is_felt=is_felt)
