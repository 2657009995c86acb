"""Comments in the portal's inbox, as the opener puts them there."""

import secrets
from collections.abc import Sequence

from app.models.comments import InboxComment
from app.models.releases import ShownTurnout
from app.storage import db


def put_comments(wave_id: str, *bodies: str, opened: int = 40, ids: Sequence[bytes] = ()) -> list[bytes]:
    """Put comments into the inbox, of a wave with so many answers, and return their ids."""
    rows = [
        InboxComment(id=one or secrets.token_bytes(16), wave_id=wave_id, question="words", body=body)
        for body, one in zip(bodies, ids or [b""] * len(bodies), strict=True)
    ]
    with db.collecting() as session:
        session.add_all(rows)
        session.merge(ShownTurnout(wave_id=wave_id, opened=opened))
    return [row.id for row in rows]


def drop_comment(comment_id: bytes) -> None:
    """Delete a comment, as the opener does for somebody who takes their answers back."""
    with db.collecting() as session:
        session.delete(session.get_one(InboxComment, comment_id))
