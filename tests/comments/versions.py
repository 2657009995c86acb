"""Public versions of comments, and quotes, as readers make them."""

import datetime as dt

from sqlalchemy import select

from app.comments import masking, quotes
from app.models.comments import Quote
from app.models.staff import StaffUser
from app.staff import accounts
from app.storage import db
from tests.comments.inbox import put_comments

MASK, MASKED, QUOTES = "/staff/comments/mask", "/staff/comments/masked", "/staff/comments/quotes"
CANARY = "Mrs Canary of SK1 3XE was kind"


def add_user(email: str, role: str) -> StaffUser:
    """Create an account and return it."""
    return accounts.get_user(accounts.create_user(email, role, password="maple-orbit-candle-river"))


def masked(person: StaffUser, body: str = CANARY, opened: int = 40) -> bytes:
    """Put a comment into the inbox and mask it."""
    (one,) = put_comments("family-1", body, opened=opened)
    masking.save_marks(person, one, masking.suggest(body))
    return one


def waiting(person: StaffUser) -> list[quotes.ShownQuote]:
    """Return the quotes that wait for a second reader."""
    return quotes.list_waiting(person)[0]


def quotes_of() -> list[Quote]:
    """Return the rows of all quotes."""
    with db.reading() as session:
        return list(session.scalars(select(Quote)))


def prints() -> list[dt.date]:
    """Return the days before which prints have to be destroyed."""
    return list(quotes.list_prints())
