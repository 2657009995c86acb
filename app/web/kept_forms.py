"""Keeps what somebody was about to send while they sign in again: signed, in the page, never on the server."""

from dataclasses import dataclass

from flask import Request, current_app, session
from itsdangerous import BadSignature, URLSafeTimedSerializer

SECRET_FIELDS = frozenset({"csrf_token", "password", "again", "code", "kept"})
HOUR = 3600


@dataclass(frozen=True)
class KeptForm:
    """Where a request went and the fields that it brought; a page that was only looked at has none."""

    path: str
    method: str
    fields: tuple[tuple[str, str], ...]


def keep(request: Request) -> str:
    """Return a request's path and fields as a signed text for the account that sent them; no passwords, no codes."""
    fields = [(n, v) for n, values in request.form.lists() for v in values if n not in SECRET_FIELDS]
    text: str = _serializer().dumps([session.get("who"), request.full_path.rstrip("?"), request.method, fields])
    return text


def take(text: str, who: int) -> KeptForm | None:
    """Return what an account kept, or None when it is another's, not signed here, or older than a working day."""
    try:
        whose, path, method, fields = _serializer().loads(text, max_age=8 * HOUR)
    except BadSignature:
        return None
    if whose != who:
        return None
    return KeptForm(path, method, tuple((name, value) for name, value in fields))


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="kept form")
