"""What staff type: one form of each text, every number that a person may mean, and never a cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.typed import TypedError, clean_line, clean_text, same, shown, whole_number
from tests.support.builders import QUICK

ANY = st.text(st.characters(), max_size=60)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Cafe\u0301", "Café"),
        ("  two\u00a0 \u2009words\t", "two words"),
        ("\ufeffnorth\u200b visits\u00ad", "north visits"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("", ""),
    ],
)
def test_a_line_has_one_form(typed: str, stored: str) -> None:
    assert clean_line(typed, 80) == stored


@pytest.mark.parametrize("typed", ["a\0b", "\x1b[2J", "\ud800", "a\ufffe", "\x9f", "two\nlines"])
def test_a_line_that_no_page_can_show_is_refused(typed: str) -> None:
    with pytest.raises(TypedError):
        clean_line(typed, 80)


def test_a_text_keeps_its_lines() -> None:
    assert clean_text("\r\n One \r\n\r\ntwo\vthree \n", 80) == "One\n\ntwo\nthree"


@pytest.mark.parametrize("clean", [clean_line, clean_text])
def test_the_sentence_says_the_limit_and_the_length(clean) -> None:
    assert clean("x" * 80 + "  ", 80) == "x" * 80
    with pytest.raises(TypedError, match=r"Shorten this to 1,000 characters or fewer\. It has 1,001\."):
        clean("x" * 1001, 1000)


@QUICK
@given(ANY)
def test_cleaned_text_is_clean_and_stays_so(typed: str) -> None:
    for clean in (clean_line, clean_text):
        try:
            once = clean(typed, 40)
        except TypedError:
            continue
        assert len(once) <= 40
        assert clean(once, 40) == shown(once) == once.encode().decode() == once
        assert same(once) == same(same(once))


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        *[(f"1{mark}204", 1204) for mark in (",", ".", " ", "'", "’", "\u00a0", "\u2009", "\u202f", "\u066c", "，")],
        *[("1,000,000", 1_000_000), ("1204", 1204), (" 0 ", 0), ("007", 7), ("١٢٠٤", 1204), ("۱٬۲۰۴", 1204)],
        *[("１２０４", 1204), ("१,२०४", 1204), ("\ufeff12", 12)],
    ],
)
def test_a_number_is_read_as_people_write_it(typed: str, number: int) -> None:
    assert whole_number(typed, 0, 1_000_000) == number


@pytest.mark.parametrize(
    "typed",
    [
        *("", "-5", "1.5", "12,04", "1,2045", "1,204.567,8", "1,204 567", "forty", "1e3", "½", "²", "1_000", "0x10"),
        *("\0", "9" * 5000, "1,000,001", "1\n204x", "+5", "5 people", "∞", "NaN"),
    ],
)
def test_what_is_no_number_in_range_gets_a_sentence_with_the_bounds(typed: str) -> None:
    with pytest.raises(TypedError, match=r"^Enter a whole number from 0 to 1,000,000\.$"):
        whole_number(typed, 0, 1_000_000)


@QUICK
@given(st.integers(0, 10**6), st.sampled_from(",. '’\u00a0\u202f\u066c"))
def test_every_number_is_read_with_marks_between_its_groups(number: int, mark: str) -> None:
    assert whole_number(f"{number:,}".replace(",", mark), 0, 10**6) == number


def test_names_that_look_alike_are_the_same() -> None:
    alike = ["Café", "CAFE\u0301", " Cafe\u0301", "Ca\u200dfé", "Ｃafé"]
    assert len({same(clean_line(name, 80)) for name in alike}) == 1
    assert same("Cafe") != same("Café")
