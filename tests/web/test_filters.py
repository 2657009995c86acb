"""Dates, percentages and names are written in one way on every page."""

import datetime as dt

import pytest
from flask import Flask
from flask_babel import force_locale

from app.web import filters

DAY = dt.date(2026, 9, 3)


@pytest.mark.parametrize(("language", "written"), [("en_GB", "3 September 2026"), ("pl", "3 września 2026")])
def test_a_date_is_written_in_full_in_the_language_of_the_page(app: Flask, language: str, written: str) -> None:
    with app.test_request_context("/"), force_locale(language):
        assert filters.day(DAY) == written


def test_columns_have_short_dates(app: Flask) -> None:
    with app.test_request_context("/staff/"):
        assert (filters.short_day(DAY), filters.month(DAY)) == ("3 Sept 2026", "Sept 26")


def test_a_percentage_reads_from_left_to_right() -> None:
    assert filters.percent(45) == '<bdi dir="ltr">45%</bdi>'


def test_names_come_from_one_place_and_what_has_none_keeps_its_own(app: Flask) -> None:
    with app.test_request_context("/staff/"):
        assert filters.survey_name("family") == "Families"
        assert (filters.survey_name("parents"), filters.survey_name("parents", "Parents")) == ("parents", "Parents")
        assert filters.value_name("north", "locality") == "North"
        assert filters.value_name("moon", "locality") == "moon (no longer in use)"
        assert [filters.value_name(value, "batch") for value in ("north", "")] == ["north", ""]
        assert filters.value_name("", "locality") == ""
