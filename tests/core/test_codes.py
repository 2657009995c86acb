"""Codes: slips are caught, forgiving reading, and a reason for every refusal."""

import contextlib
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import damm

from app.core.codes import LENGTH, CodeError, make_code, print_code, read_code, read_pin
from tests.support.builders import QUICK

CODES = [make_code() for _ in range(300)]
CODE = "372915048266517"[:14] + damm.calc_check_digit("37291504826651")


def _reason(typed: str) -> str:
    with pytest.raises(CodeError) as refusal:
        read_code(typed)
    assert str(refusal.value) == refusal.value.reason
    return refusal.value.reason


def test_make_code_gives_different_codes_of_15_digits():
    assert len(set(CODES)) == len(CODES)
    assert all(len(code) == LENGTH == 15 and set(code) <= set(string.digits) for code in CODES)


def test_make_code_uses_every_digit_in_every_place():
    for place in range(LENGTH):
        assert {code[place] for code in CODES} == set(string.digits)


@pytest.mark.parametrize("place", range(LENGTH))
def test_read_code_with_one_wrong_digit_is_refused(place: int):
    for code in CODES:
        for digit in set(string.digits) - {code[place]}:
            assert _reason(code[:place] + digit + code[place + 1 :]) == "check"


@pytest.mark.parametrize("place", range(LENGTH - 1))
def test_read_code_with_neighbours_swapped_is_refused(place: int):
    for code in CODES:
        one, two = code[place : place + 2]
        if one != two:
            assert _reason(code[:place] + two + one + code[place + 2 :]) == "check"


def test_read_code_reads_what_was_printed():
    for code in CODES:
        assert read_code(print_code(code)) == code


def test_print_code_groups_by_three():
    assert print_code("372915048266517") == "372 915 048 266 517"


@pytest.mark.parametrize("zero", [0x660, 0x6F0, 0x966, 0xFF10, 0x9E6, 0x1D7CE], ids=hex)
def test_read_code_in_other_scripts(zero: int):
    """Arabic-Indic, Persian and Urdu, Devanagari, full-width, Bengali, mathematical bold."""
    for code in CODES[:20]:
        typed = "".join(chr(zero + int(digit)) for digit in code)
        assert read_code(typed) == code
        assert read_code(print_code(typed)) == code


SPACES = (" ", "-", "\u2013", "\u2011", ".", "\u00a0", "\u202f", "\t", "\n", "/", "_", ",")
ZERO_WIDTH = ("\u200b", "\u200c", "\u200d", "\u2060", "\ufeff")
BIDIRECTIONAL = ("\u200e", "\u200f", "\u061c", "\u202a", "\u202e", "\u2066", "\u2069")


@pytest.mark.parametrize("between", [*SPACES, *ZERO_WIDTH, *BIDIRECTIONAL], ids=ascii)
def test_read_code_with_marks_between_digits(between: str):
    assert read_code(between.join(["", *CODE, ""])) == CODE


def test_read_code_with_letters_that_look_like_digits():
    code = next(c for c in CODES if "0" in c and "1" in c)
    for zero in "Oo0":
        for one in "lIi1":
            assert read_code(code.replace("0", zero).replace("1", one)) == code


@pytest.mark.parametrize("typed", ["", "   ", "--", "\u200e\u200f", "²³", "!?"])
def test_read_code_without_digits_is_empty(typed: str):
    assert _reason(typed) == "empty"


@pytest.mark.parametrize("letter", ["A", "z", "Z", "ب", "中", "三", "я", "O'Neill"])
def test_read_code_with_other_letters_is_refused(letter: str):
    assert _reason(CODE[:7] + letter + CODE[7:]) == "letters"


@pytest.mark.parametrize("typed", [CODE[:-1], CODE + "0", "0", "7" * 200])
def test_read_code_of_wrong_length_is_refused(typed: str):
    assert _reason(typed) == "length"


WRITTEN = print_code(CODE)
SHORT = CODE[:-1] + str((int(CODE[-1]) + 1) % 10)


@pytest.mark.parametrize(
    "pasted",
    [
        f"https://feedback.example.gov.uk/c#{CODE}",
        f"HTTPS://FEEDBACK.EXAMPLE.GOV.UK/C#{CODE}",
        f"http://127.0.0.1:8000/c#{CODE}",
        f"https%3A%2F%2Ffeedback2.example%2Fc%23{CODE}",
        f"feedback.example/c%23{WRITTEN.replace(' ', '%20')}",
        f"#{CODE}",
        f"%23{CODE}",
        f"/c#{WRITTEN}",
        f"{WRITTEN}\nhttps://feedback.example.gov.uk/c",
        f"{WRITTEN}https://feedback.example.gov.uk/c",
        f"My code\n\n{WRITTEN}\nhttp://10.0.0.5:8000/c",
        f"Mój kod: {WRITTEN} https://feedback.example/c",
        f"我的代碼{WRITTEN}https://feedback.example/c",
        f"رمزي \u2068{WRITTEN}\u2069 https://feedback.example/c",
        f"Ring 0161 474 1234 or +44 7700 900123 by 30 November 2026. Code {WRITTEN}. Thanks!",
        f"On 3 April 2026 {WRITTEN} 12 cards",
        f"Code: {WRITTEN.replace(' ', '-')}, not 372 915 048",
        f"twice: {CODE} and {WRITTEN}",
        f"sms:?body={WRITTEN.replace(' ', '+')}",
    ],
)
def test_read_code_finds_the_code_in_a_pasted_text(pasted: str):
    assert read_code(pasted) == CODE


def test_read_code_finds_every_code_in_a_message_with_other_numbers():
    for code in CODES:
        assert read_code(f"Sent 30/11/2026, phone 0161 474 1234: {print_code(code)}\nhttps://localhost:8000/c") == code


@pytest.mark.parametrize(
    ("pasted", "reason"),
    [
        (f"{WRITTEN} 1", "length"),
        (f"0161 474 123 {WRITTEN}", "length"),
        (f"https://feedback.example/c#{SHORT}", "check"),
        (f"https://feedback.example/c#{CODE}1", "letters"),
        ("https://feedback.example/c", "letters"),
        ("Ring 0161 474 1234", "letters"),
    ],
)
def test_read_code_names_the_slip_in_a_pasted_text(pasted: str, reason: str):
    assert _reason(pasted) == reason


def test_read_code_does_not_choose_between_two_codes():
    assert _reason(f"mine {CODES[0]}, yours {CODES[1]}") == "letters"


@QUICK
@given(st.text(max_size=60))
def test_read_code_of_anything_is_a_code_or_a_code_error(typed: str):
    with contextlib.suppress(CodeError):
        code = read_code(typed)
        assert len(code) == LENGTH
        assert code.isascii()
        assert damm.is_valid(code)


@pytest.mark.parametrize(
    ("typed", "pin"), [("0815", "0815"), (" 12 34 5 ", "12345"), ("٤٧١١", "4711"), ("９８７６５４", "987654")]
)
def test_read_pin_takes_four_to_six_digits_of_any_script(typed: str, pin: str):
    assert read_pin(typed) == pin


@pytest.mark.parametrize("typed", ["", "123", "1234567", "12a4", "12-34", "½²34"])
def test_read_pin_refuses_everything_else(typed: str):
    assert read_pin(typed) is None
