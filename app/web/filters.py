"""Filters of templates for what pages write in one way: dates, percentages, names of surveys, rounds and places.

Two more tell the components of forms what a list offers and what is wrong with a field.
"""

import datetime as dt

from flask import Flask, current_app
from flask_babel import format_date
from markupsafe import Markup

from app.web.forms import error_of, offered
from app.web.i18n import SURVEY_NAMES


def init_app(app: Flask) -> None:
    """Register the filters."""
    app.jinja_env.filters |= {"day": day, "short_day": short_day, "month": month, "percent": percent}
    app.jinja_env.filters |= {"survey_name": survey_name, "round_name": round_name, "value_name": value_name}
    app.jinja_env.filters |= {"offered": offered, "error_of": error_of}


def day(date: dt.date) -> str:
    """Return a date in full, as the page's language writes it: 3 April 2026."""
    return str(format_date(date, "long"))


def short_day(date: dt.date) -> str:
    """Return a date for a narrow column: 3 Apr 2026."""
    return str(format_date(date, "d MMM y"))


def month(date: dt.date) -> str:
    """Return a month for a narrow column: Apr 26."""
    return str(format_date(date, "MMM yy"))


def percent(share: int) -> Markup:
    """Return whole percent, kept from left to right on pages of every direction."""
    return Markup('<bdi dir="ltr">{}%</bdi>').format(share)


def survey_name(slug: str, otherwise: str = "") -> str:
    """Return what a survey is called on pages; one that has no name of its own is called ``otherwise``, or its slug."""
    return SURVEY_NAMES.get(slug, otherwise or slug)


def round_name(wave_id: str) -> str:
    """Return what a wave is called on staff pages: "Families, round 2" for ``family-2``."""
    slug, _dash, number = wave_id.rpartition("-")
    return f"{survey_name(slug)}, round {number}"


def value_name(value: str, dimension: str) -> str:
    """Return what a locality or a channel (``dimension``) is called in this council; anything else stays as it is."""
    settings = current_app.config["SETTINGS"]
    names: dict[str, str] = {"locality": settings.localities, "channel": settings.channels}.get(dimension, {})
    return names.get(value, value)
