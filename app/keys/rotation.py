"""Key rotation after a leak: a new card key for later batches; the link key is rotated by the opener."""

from app.storage import audit, db, destroyed_keys, keyring, requests
from app.surveys import service as surveys

CARD_KEY_CHANGED = "changed the card key"


def rotate_cards(survey: str) -> None:
    """Give a survey's later batches a new card key; Refused if its keys are destroyed, KeyMissing if one is lost."""
    surveys.get_survey(survey)
    destroyed_keys.check_alive(survey)
    name = keyring.next_card_key(survey)
    with db.writing():
        audit.record(CARD_KEY_CHANGED, survey, key=name)
    keyring.add_card_key(name)


def list_card_keys(survey: str) -> list[str]:
    """Return the names of all later card keys of a survey, from the audit log."""
    entries = audit.list_details(CARD_KEY_CHANGED, survey)
    return sorted({str(detail["key"]) for detail in entries if "key" in detail})


def ask_ratchet(survey: str) -> int:
    """Ask the opener to rotate a survey's link key (Refused if destroyed), and return the number of the request."""
    surveys.get_survey(survey)
    destroyed_keys.check_alive(survey)
    with db.writing():
        audit.record("asked to turn the link key on", survey)
        return requests.ask("ratchet", survey)
