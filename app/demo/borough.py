"""Demonstration data: a plausible borough with synthetic answers.

Cards, letters and the opener are the real ones; no response is written directly. The same seed gives the same
published numbers, never the same codes.
"""

import datetime as dt
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from app.cards import service as cards
from app.core.waves import DAY
from app.counting import letterbox, opener
from app.demo import answers as demo_people
from app.demo import evidence, said
from app.fieldwork import frames, own_words
from app.respond import journeys
from app.results import service as releases
from app.staff import accounts
from app.storage import clock, db, installation, keyring
from app.storage.refusals import Refused
from app.surveys import service as surveys
from app.surveys import waves

USERS = {
    "demo@example.org": "evaluator",
    "second@example.org": "survey manager",
    "reader@example.org": "evaluator",
    "lead@example.org": "safeguarding lead",
    "viewer@example.org": "viewer",
}
READING_STARTS = dt.timedelta(days=14)
"""How long after the first day of a wave its own words are read."""
DEFAULT_SIZES = {"family": (34, 106), "young": (41, 58), "school": (64, 72), "partner": (37, 55), "staff": (112, 106)}
SHARES = {"family": 1.0, "young": 0.5, "school": 0.6, "partner": 0.5, "staff": 1.0}
CELLS = {
    "family": ("visit", "centre", "post"),
    "young": ("visit", "school"),
    "school": ("school",),
    "partner": ("post",),
    "staff": ("team",),
}
KEPT = (
    *("staff_user", "staff_session", "set_up_link", "recovery_code"),
    *("audit", "audit_head", "audit_check", "audit_anchor", "opener_heartbeat"),
)
PLACES = ("north", "central", "south", "boroughwide")
STAFF_LISTS = (487, 589)
LIST_SIZES = {"family": 420, "young": 260, "school": 130, "partner": 180}
REPEAT_SHARE = 0.35
OPEN_SHARE = 0.3
SCHOOLS_A_BATCH = 6
SPARE_CARDS = 1.5
AT_ONCE = 2000
WAVE_EVERY, WAVE_LASTS = dt.timedelta(days=182), dt.timedelta(days=42)


@dataclass(frozen=True)
class DemoCard:
    """One issued card: its number, which determines the answers of its holder, its code and its locality."""

    number: int
    code: str
    locality: str


def load_demo(*, seed: int, respondents: int | None, closed_waves: int, report: Callable[[str], None]) -> None:
    """Replace the demonstration data with a new borough of some closed waves and one open wave a survey.

    Args:
        respondents: answers in each closed wave of the family survey, others in proportion; None for the default.
        report: called with one line about each survey.

    Raises:
        Refused: this is production, or there are surveys that are not demonstration data.
    """
    if db.rooms().settings.is_production:
        raise Refused("Demonstration data can be loaded in development only.")
    if any(not survey.synthetic for survey in surveys.list_surveys()):
        raise Refused("There are surveys that are not demonstration data. Nothing was changed.")
    for survey in surveys.list_surveys():
        keyring.drop_keys(survey.slug, [wave.id for wave in waves.list_waves(survey.slug)])
    installation.empty_tables(keep=KEPT)
    fresh_sign_ins()  # some of them read own words: without readers no wave would ask for them
    for path in surveys.shipped_documents():
        slug = surveys.import_questionnaire(path.read_text(encoding="utf-8"), path.name, synthetic=True)
        sizes = wave_sizes(slug, respondents, closed_waves)
        _load_survey(slug, sizes, seed)
        report(f"{slug}: {' and '.join(str(n) for n in sizes)} answers in closed waves, one wave open")
    evidence.load()
    said.load()
    opener.beat()


def trial_codes() -> dict[str, str]:
    """Issue one new trial card for each survey that can be answered today, and return the codes."""
    codes = {}
    for survey in surveys.list_surveys():
        if survey.synthetic and waves.find_answerable(survey.slug):
            name = f"trial {secrets.token_hex(4)}"
            codes[survey.slug] = cards.issue_cards(
                survey.slug, batch=name, locality="boroughwide", channel="any", count=1, kind="trial"
            ).codes[0]
    return codes


def fresh_sign_ins() -> dict[str, tuple[str, str]]:
    """Set a new password for each demonstration account; return the role and password by e-mail address.

    Only the safeguarding lead needs an authenticator app, at the first sign-in.
    """
    found = {}
    for email, role in USERS.items():
        found[email] = (role, secrets.token_urlsafe(12))
        accounts.set_demo_password(email, *found[email])
    return found


def wave_sizes(survey: str, respondents: int | None, closed_waves: int) -> list[int]:
    """Return the number of answers in each closed wave of a survey."""
    if respondents is not None:
        return [max(1, round(respondents * SHARES[survey]))] * closed_waves
    usual = DEFAULT_SIZES[survey]
    return [usual[min(i, len(usual) - 1)] for i in range(closed_waves)]


def _load_survey(survey: str, sizes: list[int], seed: int) -> None:
    chance = demo_people.chance(seed, survey)
    first_day = clock.today() - WAVE_EVERY * len(sizes) - dt.timedelta(days=14)
    people = round((max(sizes) + sum(sizes[1:]) * (1 - REPEAT_SHARE) + sum(sizes[-1:])) * SPARE_CARDS) + 150
    with clock.on_day(first_day):
        deck = _issue_deck(survey, people)
    chance.shuffle(deck)
    before: list[DemoCard] = []
    for index, size in enumerate([*sizes, round(sizes[-1] * OPEN_SHARE)]):
        opens = first_day + WAVE_EVERY * index
        took_part = set(before)
        again = chance.sample(before, min(round(min(len(before), size) * REPEAT_SHARE), size))
        fresh = [card for card in deck if card not in took_part]
        answering = again + chance.sample(fresh, min(size - len(again), len(fresh)))
        _run_wave(survey, opens, answering, seed=seed, is_last=index == len(sizes))
        before = answering


def _issue_deck(survey: str, people: int) -> list[DemoCard]:
    """Issue cards to every cell of a survey, and some replacement cards that are not used."""
    cells = [(place, channel) for place in PLACES for channel in CELLS[survey]]
    size = max(cards.MIN_CELL, -(-people // len(cells)))
    deck: list[DemoCard] = []
    for place, channel in cells:
        issued = cards.issue_cards(
            survey, batch=f"{place} {channel}", locality=place, channel=channel, count=size, schools=SCHOOLS_A_BATCH
        )
        deck += [DemoCard(len(deck) + i, code, place) for i, code in enumerate(issued.codes)]
    cards.issue_cards(survey, batch="replacements", locality="boroughwide", channel="any", count=5, kind="replacement")
    return deck


def _run_wave(survey: str, opens: dt.date, answering: list[DemoCard], *, seed: int, is_last: bool) -> None:
    with clock.on_day(opens - DAY):
        wave_id, _request = waves.create_wave(survey, opens, opens + WAVE_LASTS)
        own_words.set_reading_day(wave_id, opens + READING_STARTS)
        opener.answer_requests()
    with clock.on_day(opens):
        _set_population(survey, wave_id, opens)
        waves.open_wave(wave_id)
    with clock.on_day(opens + dt.timedelta(days=7)):
        for start in range(0, len(answering), AT_ONCE):
            _submit_all(wave_id, answering[start : start + AT_ONCE], seed)
            letterbox.open_letterbox(wave_id)
        if is_last:
            return
    with clock.on_day(opens + WAVE_LASTS):
        waves.close_wave(wave_id)
        releases.ask_for_release(wave_id)
        opener.answer_requests()


def _set_population(survey: str, wave_id: str, day: dt.date) -> None:
    """Enter the target population of a wave; the staff lists have the sizes reported by the 2015-16 evaluation."""
    number = waves.get_wave(wave_id).number
    heads = STAFF_LISTS[min(number, len(STAFF_LISTS)) - 1] if survey == "staff" else LIST_SIZES[survey] + 40 * number
    share, rest = divmod(heads, len(PLACES))
    counts = {("Everyone", place): share + (rest if place == PLACES[0] else 0) for place in PLACES}
    frames.set_frame(
        wave_id, definition="Made-up: everybody who could have been given a card.", counted_on=day, counts=counts
    )


def _submit_all(wave_id: str, answering: Iterable[DemoCard], seed: int) -> None:
    wave = waves.get_wave(wave_id)
    document = surveys.document_of(wave)
    with db.writing():
        for card in answering:
            known = cards.find_card(card.code)
            if known is None:
                raise RuntimeError("a demonstration card is not known")
            answers = demo_people.answer_all(
                document, wave=wave.number, person=card.number, locality=card.locality, seed=seed
            )
            key = secrets.token_bytes(32)
            journey = journeys.Journey(key, wave, card.code, known.batch, known.cell, answers)
            journeys.submit(journey, journeys.new_submission_id())
