"""After a leak: a new card key for batches that are printed from now on, and the link key turned on by the opener."""

from app.storage import audit, db, destroyed_keys, keyring, requests
from app.surveys import service as surveys

CARD_KEY_CHANGED = "changed the card key"


def rotate_cards(survey: str) -> None:
    """Give a survey's next batches a new card key; cards that are out are still known under theirs.

    Raises:
        Refused: the survey is burned. NotFound: there is no such survey. KeyMissing: its card key is lost.
    """
    surveys.get_survey(survey)
    destroyed_keys.check_alive(survey)
    name = keyring.next_card_key(survey)
    with db.writing():
        audit.record(CARD_KEY_CHANGED, survey, key=name)
    keyring.add_card_key(name)


def list_card_keys(survey: str) -> list[str]:
    """Return the names of the later card keys that a survey was ever given, as the audit log tells them."""
    told = audit.list_details(CARD_KEY_CHANGED, survey)
    return sorted({str(detail["key"]) for detail in told if "key" in detail})


def ask_ratchet(survey: str) -> int:
    """Ask the opener to turn a survey's link key on and return the number of the request.

    Raises:
        Refused: the survey is burned. NotFound: there is no such survey.
    """
    surveys.get_survey(survey)
    destroyed_keys.check_alive(survey)
    with db.writing():
        audit.record("asked to turn the link key on", survey)
        return requests.ask("ratchet", survey)
