"""What the poster "You said, we did" shows."""

from typing import Any

from flask import current_app

from app.actions import service
from app.surveys import service as surveys
from app.web.i18n import Language
from app.web.qr_codes import draw_qr

MOST = 3


def parts_of(audience: str, tongue: Language) -> dict[str, Any]:
    """Return the newest actions for an audience ("" for all) in a language, and where to read more."""
    base = current_app.config["SETTINGS"].base_url
    return {
        "actions": service.list_newest(tongue.tag, MOST, audience),
        "audience": audience,
        "tongue": tongue,
        "host": base.split("://", 1)[-1],
        "qr": draw_qr(f"{base}/you-said-we-did"),
        "is_demo": surveys.has_synthetic(),
    }
