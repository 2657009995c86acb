"""Preserves a submitted form while its sender signs in again: signed, in the page, not stored on the server."""

from dataclasses import dataclass

from flask import Request, current_app, session
from itsdangerous import BadSignature, URLSafeTimedSerializer

SECRET_FIELDS = frozenset({"csrf_token", "current", "password", "again", "code", "kept"})
HOUR = 3600


@dataclass(frozen=True)
class KeptForm:
    """The path, method and form fields of a request; a GET has no fields."""

    path: str
    method: str
    fields: tuple[tuple[str, str], ...]


def keep(request: Request) -> str:
    """Return a request's path and fields as signed text, bound to its account; without passwords and codes.

    Of an uploaded file only the name of its field is kept, with an empty value.
    """
    fields = [(n, v) for n, values in request.form.lists() for v in values if n not in SECRET_FIELDS]
    fields += [(name, "") for name, file in request.files.items() if file.filename]
    text: str = _serializer().dumps([session.get("who"), request.full_path.rstrip("?"), request.method, fields])
    return text


def take(text: str, who: int) -> KeptForm | None:
    """Return the form kept by an account, or None if it is another account's, has no valid signature or is too old."""
    try:
        account, path, method, fields = _serializer().loads(text, max_age=8 * HOUR)
    except BadSignature:
        return None
    if account != who:
        return None
    return KeptForm(path, method, tuple((name, value) for name, value in fields))


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="kept form")
