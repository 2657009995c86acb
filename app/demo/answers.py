"""Synthetic answers for the demonstration: each synthetic person has a mood and a locality that persist over waves."""

from random import Random

from app.core import routing
from app.core.answers import Answer
from app.core.questionnaires import BANDS, MISSING, Question, Questionnaire

SKIPS = 0.04
LEANING = {"north": 0.25, "central": 0.0, "south": -0.15, "boroughwide": 0.05}
PER_WAVE = 0.12
COMMON = 4
"""How many answers about the person occur: groups are then large enough to compare the same people."""
COMMENTS = (
    "Made-up comment: the same person came each time, that helped most.",
    "Made-up comment: please ring when a visit is late.",
    "Made-up comment: we would like letters in plain words.",
    "Made-up comment: it took a while, then it worked well.",
)
COMMENT_SHARE = 0.3


def chance(*parts: object) -> Random:
    """Return a random generator seeded by the parts."""
    return Random("|".join(str(part) for part in parts))  # noqa: S311 (synthetic data, not a secret)


def answer_all(document: Questionnaire, *, wave: int, person: int, locality: str, seed: int) -> dict[str, Answer]:
    """Return the answers of one synthetic person to one wave, following the routing page by page."""
    lasting = chance(seed, document.survey, person)
    mood = lasting.gauss(0.35, 0.8) + LEANING.get(locality, 0.0) + PER_WAVE * wave
    answers: dict[str, Answer] = {}
    for page in document.pages:
        if routing.is_shown(page, answers):
            for question in page.questions:
                answers[question.variable] = _answer(question, mood, seed=seed, person=person, wave=wave)
    return answers


def _answer(question: Question, mood: float, *, seed: int, person: int, wave: int) -> Answer:
    # Answers about the person are the same in every wave; opinions vary.
    when = 0 if question.about else wave
    source = chance(seed, question.variable, person, when)
    if question.kind == "text":
        return source.choice(COMMENTS) if source.random() < COMMENT_SHARE else ""
    if source.random() < SKIPS:
        return MISSING
    if question.kind == "multi":
        usual = [option.code for option in question.options if not option.exclusive]
        wanted = set(source.sample(usual, source.randint(1, min(2, len(usual)))))
        return tuple(code for code in question.codes if code in wanted)
    if any(option.band for option in question.options):
        return _by_mood(question, mood + source.gauss(0, 0.9), source)
    codes = [code for code in question.codes if code != "rather_not"]
    return source.choice(codes[:COMMON])


def _by_mood(question: Question, mood: float, source: Random) -> Answer:
    """Choose among the options with bands: a better mood is closer to the positive end; sometimes "not sure"."""
    banded = sorted((o for o in question.options if o.band), key=lambda o: BANDS.index(o.band or "neutral"))
    if question.kind == "score":
        banded = list(reversed(question.options))
    unsure = [option.code for option in question.options if option.band is None and option.code != "rather_not"]
    if unsure and source.random() < SKIPS:
        return unsure[0]
    place = (1.6 - mood) / 3.2 * len(banded)
    return banded[min(len(banded) - 1, max(0, int(place)))].code
