"""Actions: what people said, what was decided, who does it by when, and its texts in other languages."""

import datetime as dt
import hashlib
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass

from sqlalchemy import select

from app.core.questionnaires import SOURCE_LANGUAGE, Text
from app.models.actions import Action, ActionText
from app.models.staff import StaffUser
from app.storage import audit, clock, db
from app.storage.refusals import NotFound, Refused

STATES = {
    "proposed": "Proposed",
    "agreed": "Agreed",
    "under way": "Under way",
    "done": "Done",
    "will not happen": "Will not happen",
}
OVER = frozenset({"done", "will not happen"})
"""The states in which nothing is due any more."""
WILL_NOT = "will not happen"
MAX_SAID, MAX_DID, MAX_OWNER = 300, 500, 100
"""The most characters: what the start page of a round (15 kB) and the poster (one sheet) can hold."""


@dataclass(frozen=True)
class ActionEntry:
    """What is entered about an action."""

    audiences: tuple[str, ...]
    said: str
    did: str
    why_not: str
    owner: str
    due_on: dt.date | None
    state: str
    wave_id: str | None
    question: str | None
    quote_id: bytes | None
    theme_id: int | None
    is_public: bool


@dataclass(frozen=True)
class PublicAction:
    """An action as everybody may read it, in one language where it has up-to-date texts in it, else in English."""

    id: int
    audiences: tuple[str, ...]
    state: str
    said: Text
    did: Text
    why_not: Text
    year: int
    wave_id: str | None
    question: str | None
    quote_id: bytes | None


def list_actions() -> list[Action]:
    """Return all actions, those that are due first at the top."""
    with db.reading() as session:
        found = list(session.scalars(select(Action).order_by(Action.id.desc())))
    return sorted(found, key=lambda one: (one.due_on is None, one.due_on))


def get_action(number: int) -> Action:
    """Return an action, or raise NotFound."""
    with db.reading() as session:
        found = session.get(Action, number)
    if found is None:
        raise NotFound("There is no such action.")
    return found


def add(person: StaffUser, entry: ActionEntry) -> int:
    """Add an action and return its number. Raises Refused as ``change`` does."""
    _check(person, entry)
    with db.writing() as session:
        action = Action(**_columns(entry), public_since=clock.today() if entry.is_public else None)
        session.add(action)
        session.flush()
        audit.record("added an action", f"action {action.id}", state=entry.state, public=entry.is_public)
        return action.id


def change(person: StaffUser, number: int, entry: ActionEntry) -> None:
    """Change an action; the log has the names of what changed.

    Raises:
        Refused: no audience, an audience that this account does not see, or no reason why it will not happen.
        NotFound: there is no such action.
    """
    _check(person, entry)
    with db.writing() as session:
        action = session.get(Action, number)
        if action is None:
            raise NotFound("There is no such action.")
        check_audiences(person, action.audiences)
        changed = {name for name, value in _columns(entry).items() if getattr(action, name) != value}
        if entry.is_public != (action.public_since is not None):
            changed.add("public")
            action.public_since = clock.today() if entry.is_public else None
        for name, value in _columns(entry).items():
            setattr(action, name, value)
        if changed:
            subject, names = f"action {number}", sorted(changed)
            audit.record("changed an action", subject, changed=names, state=entry.state, public=entry.is_public)


def check_audiences(person: StaffUser, audiences: Iterable[str]) -> None:
    """Raise Refused if an account that is limited to one survey may not write about others."""
    if not all(person.sees(survey=one) for one in audiences):
        raise Refused("Your account is limited to one survey, and this action is about others too.", field="audiences")


def list_texts(number: int) -> dict[str, ActionText]:
    """Return the texts of an action by language."""
    with db.reading() as session:
        return {one.language: one for one in session.scalars(select(ActionText).filter_by(action_id=number))}


def save_text(number: int, language: str, *, english: str, said: str, did: str, why_not: str) -> None:
    """Store the texts of an action in a language, made from the English with this hash (``english_of``).

    If the English is another one by now, they are out of date from the start.

    Raises:
        Refused: the English has a reason and the texts have none. NotFound: there is no such action.
    """
    with db.writing() as session:
        action = get_action(number)
        if action.why_not and not why_not:
            raise Refused("Enter the translation.", field="why_not")
        key = {"action_id": number, "language": language}
        made_from = english if english == english_of(action) else ""
        texts = {"said": said, "did": did, "why_not": why_not, "english": made_from}
        add_text = db.insert_into(session, ActionText).values(**key, **texts)
        session.execute(add_text.on_conflict_do_update(index_elements=[*key], set_=texts))
        audit.record("translated an action", f"action {number}", language=language)


def english_of(action: Action) -> str:
    """Return a hash of the English texts: a translation of other texts is out of date."""
    return hashlib.sha256("\0".join((action.said, action.did, action.why_not)).encode()).hexdigest()


def list_newest(lang: str, most: int, audience: str = "") -> list[PublicAction]:
    """Return the newest public actions that have texts in a language, for pages on which nothing else may stand."""
    return [one for one in list_public(lang, audience) if one.said.lang == lang][:most]


def list_public(lang: str, audience: str = "") -> list[PublicAction]:
    """Return public actions in a language, or in English without up-to-date texts in it, the newest first."""
    in_language = (ActionText.action_id == Action.id) & (ActionText.language == lang)
    query = select(Action, ActionText).outerjoin(ActionText, in_language).where(Action.public_since.is_not(None))
    with db.reading() as session:
        found = session.execute(query.order_by(Action.public_since.desc(), Action.id.desc())).all()
    return [_public(one, text) for one, text in found if not audience or audience in one.audiences]


def count_overdue() -> int:
    """Return how many actions should have been done by now."""
    return sum(is_overdue(one) for one in list_actions())


def is_overdue(action: Action) -> bool:
    """Return whether an action should have been done before today."""
    return action.due_on is not None and action.due_on < clock.today() and action.state not in OVER


def _public(action: Action, text: ActionText | None) -> PublicAction:
    source: Action | ActionText = action
    lang = SOURCE_LANGUAGE
    if text is not None and text.english == english_of(action):
        source, lang = text, text.language
    said, did, why_not = (Text(value, lang) for value in (source.said, source.did, source.why_not))
    year = action.public_since.year if action.public_since else 0
    return PublicAction(
        *(action.id, tuple(action.audiences), action.state, said, did, why_not, year),
        *(action.wave_id, action.question, action.quote_id),
    )


def _check(person: StaffUser, entry: ActionEntry) -> None:
    if not entry.audiences:
        raise Refused("Choose at least one audience.", field="audiences")
    check_audiences(person, entry.audiences)
    if entry.state == WILL_NOT and not entry.why_not:
        raise Refused("Say why it will not happen.", field="why_not")


def _columns(entry: ActionEntry) -> dict[str, object]:
    row = {**asdict(entry), "audiences": list(entry.audiences)}
    del row["is_public"]
    return row


def known_audiences(given: Collection[str], surveys: Collection[str]) -> tuple[str, ...]:
    """Return those surveys that were chosen, in the order of the surveys."""
    return tuple(one for one in surveys if one in given)
