"""Themes of what people wrote: the codebook, codings, frozen numbers, and extracts from other sources."""

import datetime as dt

from sqlalchemy import CheckConstraint, Date, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import WITHOUT_ROWID, Id, PortalBase


class Theme(PortalBase):
    """A theme of a survey's codebook; it is taken out of use and never deleted, because codings name it."""

    __tablename__ = "theme"

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_slug: Mapped[str] = mapped_column(String(40))
    is_in_use: Mapped[bool] = mapped_column(default=True)


class ThemeVersion(PortalBase):
    """A name and meaning of a theme; the highest number is that of now. Versions are not compared."""

    __tablename__ = "theme_version"

    theme_id: Mapped[int] = mapped_column(ForeignKey("theme.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(80))
    meaning: Mapped[str] = mapped_column(Text)


class ThemeExample(PortalBase):
    """A published quote that shows what a theme means."""

    __tablename__ = "theme_example"

    theme_id: Mapped[int] = mapped_column(ForeignKey("theme.id"), primary_key=True)
    quote_id: Mapped[bytes] = mapped_column(Id, primary_key=True)


class CodedComment(PortalBase):
    """Somebody (the number of an account; 0: a settled disagreement) has coded a comment, also with no theme at all."""

    __tablename__ = "coded_comment"
    __table_args__ = (WITHOUT_ROWID,)

    comment_id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    coder: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)


class Coding(PortalBase):
    """A theme that somebody gave a comment."""

    __tablename__ = "coding"
    __table_args__ = (WITHOUT_ROWID,)

    comment_id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    coder: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    theme_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)


class DoubleCoding(PortalBase):
    """A comment that was drawn to be coded by two people, neither of whom sees the other's codes."""

    __tablename__ = "double_coding"
    __table_args__ = (WITHOUT_ROWID,)

    comment_id: Mapped[bytes] = mapped_column(Id, primary_key=True)


class ThemeRelease(PortalBase):
    """The published numbers of a wave's themes, as JSON; written once."""

    __tablename__ = "theme_release"

    wave_id: Mapped[str] = mapped_column(String(60), primary_key=True)
    body: Mapped[str] = mapped_column(Text)


class Extract(PortalBase):
    """What a coder took from another source, in the coder's words and without names."""

    __tablename__ = "extract"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('interview', 'focus group', 'case-note review', 'meeting', 'other')", name="kind_known"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_slug: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(20))
    month: Mapped[dt.date] = mapped_column(Date)
    summary: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(200))


class ExtractTheme(PortalBase):
    """A theme of an extract."""

    __tablename__ = "extract_theme"

    extract_id: Mapped[int] = mapped_column(ForeignKey("extract.id"), primary_key=True)
    theme_id: Mapped[int] = mapped_column(ForeignKey("theme.id"), primary_key=True)
