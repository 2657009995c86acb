"""The two declarative bases, one for each room, and what tables share."""

from typing import Any

from sqlalchemy import LargeBinary, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

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


class RowOfAWave:
    """The common columns of rows that come from a respondent, in tables that keep no order of arrival."""

    __table_args__: Any = (WITHOUT_ROWID,)

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    wave_id: Mapped[str] = mapped_column(String(60))
