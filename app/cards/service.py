"""Cards: issue batches, assign them to cells, and recognise codes. Codes are returned once and never stored."""

import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from app.core.codes import make_code
from app.core.keys import card_tag
from app.core.typed import TypedError, clean_line
from app.models.cards import Batch, Card, Cell, VoidCard
from app.storage import audit, clock, db, destroyed_keys, keyring
from app.storage.refusals import NotFound, Refused
from app.surveys import service as surveys

MIN_CELL = 30
MAX_BATCH = 20_000
MAX_NAME = 80
NAME_RULE = "The name of a batch must have 1 to {} characters, on one line."
MARK_LETTERS, MARK_DIGITS = "BCDFGHJKLMNPRTVWXZ", "23456789"
"""Signs of the mark of a pile: none looks like another, and they make no words."""
BOROUGHWIDE, ANY_CHANNEL = "boroughwide", "any"
SCHOOL, MIN_SCHOOLS = "school", 5
SMALL_CLUSTER = f"Cards for schools must be shared by at least {MIN_SCHOOLS} schools."


@dataclass(frozen=True)
class Issued:
    """A new batch: its codes in random order, its cell, and the number of cards in that cell.

    ``mark`` is printed on each card, so that piles are not mixed. ``merged_because`` begins a sentence that says why a
    batch was merged into the borough-wide cell; empty if not.
    """

    codes: tuple[str, ...]
    cell: str
    merged_because: str
    cell_cards: int
    batch: str
    locality: str
    mark: str


@dataclass(frozen=True)
class KnownCard:
    """What the web process knows about a code: its survey, batch and cell."""

    survey: str
    batch: str
    cell: str


def issue_cards(
    survey: str,
    *,
    batch: str,
    locality: str,
    channel: str,
    count: int,
    kind: str = "standard",
    schools: int | None = None,
) -> Issued:
    """Issue a batch of 1 to 20,000 cards, with a name that is unique within the survey.

    A batch is merged into the survey's borough-wide cell if its own cell would have fewer than 30 cards, or if it is
    for the schools survey and the number of schools that share it, at least 5, is not given. Its ``kind`` is
    ``standard``, ``replacement`` or ``trial`` (exempt from both rules). Localities and channels are those of the
    settings.

    Raises Refused if an argument is invalid, NotFound if there is no such survey.
    """
    batch = check_issue(survey, batch=batch, locality=locality, channel=channel, count=count, schools=schools)
    codes: set[str] = set()
    while len(codes) < count:
        codes.add(make_code())
    key = keyring.card_key(survey)
    with db.writing() as session:
        own, whole = f"{survey}/{locality}/{channel}", f"{survey}/{BOROUGHWIDE}/{ANY_CHANNEL}"
        is_own = kind == "trial" or own == whole
        merged_because = "" if is_own else _why_merged(session, survey, own, count=count, schools=schools)
        cell = _cell(session, whole if merged_because else own)
        row = Batch(id=secrets.token_hex(16), survey_slug=survey, cell_id=cell.id, name=batch, kind=kind, n_cards=count)
        row.printed_month = clock.today().strftime("%Y-%m")
        session.add(row)
        session.flush()
        tags = sorted(card_tag(key, survey, code) for code in codes)
        session.execute(insert(Card), [{"tag": tag, "batch_id": row.id} for tag in tags])
        if kind != "trial":
            cluster: dict[str, Any] = {"schools": schools} if survey == SCHOOL and schools is not None else {}
            audit.record("issued cards", row.name, survey=survey, cell=cell.id, cards=count, kind=kind, **cluster)
        cell_cards = cards_by_cell(session, survey).get(cell.id, 0)
    return Issued(
        tuple(codes), cell.id, merged_because, cell_cards, batch=batch, locality=locality, mark=pile_mark(row.id)
    )


def check_issue(survey: str, *, batch: str, locality: str, channel: str, count: int, schools: int | None = None) -> str:
    """Return the name of the batch as it will be stored; Refused or NotFound if such a batch cannot be issued."""
    surveys.get_survey(survey)
    destroyed_keys.check_alive(survey)
    settings, name = db.rooms().settings, clean_name(batch)
    if locality not in settings.localities:
        raise Refused(f"There is no locality {locality}. Choose one of: {', '.join(settings.localities)}.")
    if channel not in settings.channels:
        raise Refused(f"There is no channel {channel}. Choose one of: {', '.join(settings.channels)}.")
    if not 1 <= count <= MAX_BATCH:
        raise Refused(f"A batch must have 1 to {MAX_BATCH:,} cards.")
    if survey == SCHOOL and schools is not None and schools < MIN_SCHOOLS:
        raise Refused(SMALL_CLUSTER)
    with db.reading() as session:
        if session.scalar(select(Batch.id).filter_by(survey_slug=survey, name=name)) is not None:
            raise Refused(f"A batch called {name} already exists. Choose another name.")
    return name


def clean_name(batch: str) -> str:
    """Return a batch's name as it is stored, or raise Refused."""
    try:
        name = clean_line(batch, MAX_NAME)
    except TypedError as error:
        raise Refused(f"{NAME_RULE.format(MAX_NAME)} {error}") from error
    if not name:
        raise Refused(NAME_RULE.format(MAX_NAME))
    return name


def pile_mark(batch_id: str) -> str:
    """Return the mark on all cards of a batch, such as K4T2: it says nothing, and two piles hardly ever share one."""
    number, mark = int(batch_id, 16), ""
    for signs in (MARK_LETTERS, MARK_DIGITS) * 2:
        number, sign = divmod(number, len(signs))
        mark += signs[sign]
    return mark


def find_card(code: str) -> KnownCard | None:
    """Return the card of a code, or None if the code is unknown or the card is void."""
    found = _find(code)
    return found[1] if found else None


def list_batches(survey: str) -> list[tuple[Batch, Cell, int]]:
    """Return a survey's batches by name, with cells and numbers of void cards; trial batches are excluded."""
    void = select(func.count()).where(Card.batch_id == Batch.id, Card.tag.in_(select(VoidCard.tag))).scalar_subquery()
    with db.reading() as session:
        query = (
            select(Batch, Cell, void)
            .join(Cell, Cell.id == Batch.cell_id)
            .where(Batch.survey_slug == survey, Batch.kind != "trial")
            .order_by(Batch.name)
        )
        return [(batch, cell, int(n)) for batch, cell, n in session.execute(query)]


def get_batch(batch_id: str) -> tuple[Batch, Cell]:
    """Return a batch with its cell, or raise NotFound."""
    with db.reading() as session:
        batch = session.get(Batch, batch_id)
        if batch is None:
            raise NotFound("There is no such batch.")
        return batch, session.get_one(Cell, batch.cell_id)


def void_code(code: str, is_seen: Callable[[KnownCard], bool] = lambda _card: True) -> None:
    """Make the card of a canonical code void, used or not, if it is in the user's scope; never say if it is known."""
    with db.writing() as session:
        found = _find(code)
        if found is not None and is_seen(found[1]):
            _make_void(session, [found[0]])
        audit.record("made a card void", "one card", day_only=True)


def void_batch(batch_id: str) -> int:
    """Make all cards of a batch void, for example after a pile is lost, and return their number."""
    batch, _cell = get_batch(batch_id)
    with db.writing() as session:
        tags = list(session.scalars(select(Card.tag).filter_by(batch_id=batch_id)))
        _make_void(session, tags)
        audit.record("made a batch void", batch.name, survey=batch.survey_slug, cards=len(tags))
    return len(tags)


def _make_void(session: Session, tags: list[bytes]) -> None:
    if tags:
        rows = [{"tag": tag} for tag in sorted(tags)]
        session.execute(db.insert_into(session, VoidCard).on_conflict_do_nothing(), rows)


def cards_by_cell(session: Session, survey: str) -> dict[str, Any]:
    """Return the number of cards in each cell of a survey; trial cards are excluded."""
    query = (
        select(Batch.cell_id, func.sum(Batch.n_cards))
        .where(Batch.survey_slug == survey, Batch.kind != "trial")
        .group_by(Batch.cell_id)
    )
    return {cell: int(total) for cell, total in session.execute(query)}


def count_replacements(session: Session, survey: str) -> int:
    """Return the number of replacement cards of a survey, an upper bound for undetected double responses."""
    query = select(func.coalesce(func.sum(Batch.n_cards), 0)).filter_by(survey_slug=survey, kind="replacement")
    return int(session.scalar(query) or 0)


def survey_of(code: str) -> str | None:
    """Return the survey of a card, void or not, or None if the code is unknown."""
    found = _find(code, with_void=True)
    return found[1].survey if found else None


def check_keys() -> None:
    """Raise KeyMissing if a card key is damaged or missing; surveys without cards or with destroyed keys need none."""
    with db.reading() as session:
        issued = set(session.scalars(select(Batch.survey_slug).distinct()))
    for survey in sorted(issued - destroyed_keys.list_begun(destroyed_keys.SURVEY).keys()):
        keyring.card_keys(survey)


def _find(code: str, with_void: bool = False) -> tuple[bytes, KnownCard] | None:
    """Return a card and its tag, trying every version of every survey's key."""
    with db.reading() as session:
        tags = {card_tag(key, slug, code): slug for slug, keys in _card_keys().items() for key in keys}
        query = (
            select(Card.tag, Batch.id, Batch.cell_id).join(Batch, Batch.id == Card.batch_id).where(Card.tag.in_(tags))
        )
        if not with_void:
            query = query.where(Card.tag.not_in(select(VoidCard.tag)))
        row = session.execute(query).first()
    return (row[0], KnownCard(tags[row[0]], row[1], row[2])) if row else None


def _card_keys() -> dict[str, list[bytes]]:
    """Return the card keys of each survey; surveys whose keys are destroyed have none."""
    found = {}
    for survey in surveys.list_surveys():
        with suppress(keyring.KeyMissing):  # the name of the survey is not a valid key name
            found[survey.slug] = keyring.usable_card_keys(survey.slug)
    return found


def _why_merged(session: Session, survey: str, cell: str, *, count: int, schools: int | None) -> str:
    """Return the beginning of a sentence that says why a batch cannot keep its own cell; empty if it can."""
    if survey == SCHOOL and schools is None:
        return "The number of schools that share these cards was not given"
    if cards_by_cell(session, survey).get(cell, 0) + count < MIN_CELL:
        return f"Fewer than {MIN_CELL} cards are given out in the same way in this area"
    return ""


def _cell(session: Session, name: str) -> Cell:
    if (cell := session.get(Cell, name)) is None:
        survey, locality, channel = name.split("/")
        cell = Cell(id=name, survey_slug=survey, locality=locality, channel=channel)
        session.add(cell)
        session.flush()
    return cell
