"""The two declarative bases, one for each room, and shared column types."""

from sqlalchemy import LargeBinary, MetaData
from sqlalchemy.orm import DeclarativeBase

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
WITHOUT_ROWID = {"sqlite_with_rowid": False}
Id = LargeBinary(16)


class PortalBase(DeclarativeBase):
    """Tables of the front room."""

    metadata = MetaData(naming_convention=NAMES)


class AnswersBase(DeclarativeBase):
    """Tables of the counting room."""

    metadata = MetaData(naming_convention=NAMES)
