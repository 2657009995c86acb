"""What the poster "You said, we did" shows: as many of the newest actions as one sheet can hold."""

from itertools import accumulate
from typing import Any

from flask import current_app

from app.actions import service
from app.actions.service import PublicAction
from app.surveys import service as surveys
from app.web.i18n import Language
from app.web.qr_codes import draw_qr

MOST = 3
ROOM = 1900
"""How much text (English characters) stands on a sheet with several actions. The newest is always on it."""
SIZES = ((850, ""), (ROOM, "long"))
"""Up to how much text which size of print is chosen."""
LINE, LABEL, STATE = 60, 50, 80
"""The room of a text that is shorter than a line, of the label above a text, and of the state with its margins."""
WIDTHS = {"zh-Hant": 2.0, "ur": 1.5, "ar": 1.1}
"""How many English characters need the room of one character."""


def parts_of(audience: str, tongue: Language) -> dict[str, Any]:
    """Return the newest actions for an audience ("" for all) in a language, and where to read more."""
    base = current_app.config["SETTINGS"].base_url
    newest = service.list_newest(tongue.tag, MOST, audience)
    needed = list(accumulate(map(_needs, newest)))
    n_shown = max(1, sum(one <= ROOM for one in needed))
    most = needed[:n_shown][-1] if needed else 0
    return {
        "actions": newest[:n_shown],
        "size": next((size for limit, size in SIZES if most <= limit), "longest"),
        "audience": audience,
        "tongue": tongue,
        "host": base.split("://", 1)[-1],
        "qr": draw_qr(f"{base}/you-said-we-did"),
        "is_demo": surveys.has_synthetic(),
    }


def _needs(action: PublicAction) -> float:
    """Return how much room an action needs, in English characters."""
    texts = (action.said, action.did, action.why_not)
    lengths = [len(text.value) * WIDTHS.get(text.lang, 1) for text in texts if text.value]
    return sum(max(LINE, length) + LABEL for length in lengths) + STATE
