"""Parts of a text that may show who somebody is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.codes import make_code
from app.core.masking import apply, find_words, merge, pieces, suggest


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("Ring 0161 217 6028.", "Ring [telephone or email]."),
        ("Ring +44 7700 900123 or 07700900123", "Ring [telephone or email] or [telephone or email]"),
        ("Mail ann.o-neil@school.sch.uk!", "Mail [telephone or email]!"),
        ("We live near sk1 3xe", "We live near [place or address]"),
        ("On 3 May 2026, on 03/05/26 and May 3rd", "On [date], on [date] and [date]"),
        ("It may be, and we march on", "It may be, and we march on"),
        ("NHS 943 476 5919", "NHS [number]"),
        ("aged 12 943-476-5919, in 2026", "aged 12 [number], in 2026"),
        ("Born in May 2014, 3 maja 2014", "Born in [date], [date]"),
        ("In 2024 the 112 of us rang 999", "In 2024 the 112 of us rang 999"),
        ("Mrs SMITH and Anna helped", "Mrs [name of a person] and [name of a person] helped"),
        ("Smithson helped", "Smithson helped"),
        (
            "\U0001f600\U0001f468\u200d\U0001f469 sk1 3xe \U0001f600",
            "\U0001f600\U0001f468\u200d\U0001f469 [place or address] \U0001f600",
        ),
        ("." * 2000, "." * 2000),
        ("<b>a<b 5>4</b>", "<b>a<b 5>4</b>"),
        ("", ""),
    ],
)
def test_what_code_finds(text: str, public: str) -> None:
    assert apply(text, suggest(text, ["anna smith"])) == public


def test_the_code_of_a_card_is_found_as_it_is_printed_and_in_one_piece() -> None:
    code = make_code()
    printed = " ".join(code[i : i + 3] for i in range(0, 15, 3))
    assert (
        apply(f"My code: {printed} or {code}", suggest(f"My code: {printed} or {code}"))
        == "My code: [number] or [number]"
    )


def test_marks_that_overlap_are_one_and_those_outside_are_dropped() -> None:
    given = [(4, 9, "place"), (0, 5, "name"), (8, 99, "date"), (-1, 3, "name"), (3, 3, "name"), (0, 2, "nothing")]
    assert merge(given, 12) == [(0, 9, "name")]


def test_pieces_are_the_whole_text() -> None:
    text = "Anna of SK1 3XE"
    found = pieces(text, suggest(text, ["anna"]))
    assert found == [("Anna", "name"), (" of ", ""), ("SK1 3XE", "place")]
    assert "".join(part for part, _reason in found) == text


def test_words_by_hand_are_found_everywhere_in_any_case() -> None:
    assert find_words("Rose, rose and (rose", "rose ", "name") == [(0, 4, "name"), (6, 10, "name"), (16, 20, "name")]
    assert find_words("(a", "(A", "name") == [(0, 2, "name")]
    assert find_words("any", "  ", "name") == []
    assert find_words("Anna\nSmith", "anna  smith", "name") == [(0, 10, "name")]


@given(st.text(st.characters(codec="utf-8") | st.sampled_from("0123456789 .-@+\u0664\U0001f600"), max_size=200))
def test_any_text_is_searched_and_none_of_it_is_lost(text: str) -> None:
    found = suggest(text, ["anna"])
    assert "".join(part for part, _reason in pieces(text, found)) == text
    assert merge(found, len(text)) == found
