"""Template filters for dates, percentages, names of surveys, rounds and places, and for components of forms."""

import datetime as dt
import math

from babel.units import format_unit
from flask import Flask, current_app
from flask_babel import format_date, get_locale
from markupsafe import Markup

from app.core.setting_checks import dialled
from app.core.settings import out_of_use
from app.core.typed import shown
from app.web.forms import error_of, offered
from app.web.i18n import SURVEY_NAMES


def init_app(app: Flask) -> None:
    """Register the filters."""
    found = (*(day, time_of_day, short_day, month, percent, file_size), *(survey_name, round_name, value_name))
    app.jinja_env.filters |= {one.__name__: one for one in (*found, offered, error_of, shown, dialled)}


def day(date: dt.date) -> str:
    """Return a date in the long format of the page's language: 3 April 2026."""
    return str(format_date(date, "long"))


def time_of_day(moment: dt.datetime) -> str:
    """Return the time of a moment: 01:00."""
    return f"{moment:%H:%M}"


def short_day(date: dt.date) -> str:
    """Return a date for a narrow column: 3 Apr 2026."""
    return str(format_date(date, "d MMM y"))


def month(date: dt.date) -> str:
    """Return a month for a narrow column: Apr 26."""
    return str(format_date(date, "MMM yy"))


def percent(share: int) -> Markup:
    """Return a whole percentage, isolated as left-to-right text."""
    return Markup('<bdi dir="ltr">{}%</bdi>').format(share)


def survey_name(slug: str, otherwise: str = "") -> str:
    """Return the name of a survey on pages; without one, ``otherwise`` or the slug."""
    return SURVEY_NAMES.get(slug, otherwise or slug)


def round_name(wave_id: str) -> str:
    """Return the name of a wave on staff pages: "Families, round 2" for ``family-2``."""
    slug, _dash, number = wave_id.rpartition("-")
    return f"{survey_name(slug)}, round {number}"


def in_words(slug: str) -> str:
    """Return a slug as words, for what has no name any more: "North east" for ``north-east``."""
    words = slug.replace("-", " ").replace("_", " ")
    return words[:1].upper() + words[1:]


def value_name(value: str, dimension: str) -> str:
    """Return the configured name of a locality or channel (``dimension``); anything else is returned unchanged."""
    settings = current_app.config["SETTINGS"]
    names: dict[str, str] = {"locality": settings.localities, "channel": settings.channels}.get(dimension, {})
    return names.get(value) or (out_of_use(value) if names and value else value)


def file_size(size: int) -> Markup:
    """Return the size of a file, given in bytes, in whole kilobytes (rounded up) in the page's language: 80 kB."""
    words = format_unit(math.ceil(size / 1000), "kilobyte", "short", locale=get_locale() or "en_GB")
    return Markup("<bdi>{}</bdi>").format(words)
