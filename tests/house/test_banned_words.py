"""Phrases of a dialect that pages, code and documents do not use any more; each has a plain word instead."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.homes import ROOT

BANNED = {
    r"lay_anew|laid? (it |them )?down anew": "reshuffle_rows; rewritten in random order",
    r"\bveil(s|ed|ing)?\b": "wave pseudonym",
    r"\b(is|are|was|were|be|been|being|may|not|never|and|or) told\b": "published; reported",
    r"\btold (of|that|about|as|apart)\b": "published; reported; distinguished",
    r"\btell(able|s of)\b": "can be published",
    r"\bhindrances?\b|find_hindrance|settled_on": "ineligible_reason, eligible_from",
    r"\bkeyed in\b|\bkeying in\b": "assisted entry; entered by staff",
    r"\bput(s|ting)? back\b": "restore",
    r"keep_the_night|keep_calendar": "run_nightly_jobs, apply_schedule",
    r"\blies? about\b|\blie about\b": "is left on disk",
    r"\bblindly\b": "no_sync; at random",
    r"what (came|comes|became) of (it|them|that)": "the outcome",
    r"\bturned on\b": "rotated; switched on",
    r"\bburn(s|ed|t|ing)?\b": "destroy, key destruction",
    r"what needs you today|nothing needs you": "Your tasks",
    r"results made\b|make them now": "Publish results",
    r"say who it is about|who this round is about": "Who can take part",
    r"moves at night": "Updated overnight",
    r"not computable|nobody counted": "No tally yet",
    r"\bnought\b": "zero",
    r"no short form": "Not available for small groups",
    r"please look at this again": "There is a problem",
    r"\b15 numbers\b|\b\d+ letters\b long": "15 digits; characters",
    r"how we keep you unknown": "How we protect your identity",
    r"they go by themselves": "They are deleted automatically",
    r"chain of seals": "Log integrity",
    r">your password again|the same again": "Confirm your password; repeat password",
    r"\bsecond step\b": "two-step verification",
    r"shut the account|shut accounts?\b": "Deactivate account",
    r"cards that wait|take it back\b": "Cards awaiting approval; withdraw request",
    r"what are you to the child": "What is your relationship to the child?",
    r"skip to the main part|go to the first page": "Skip to main content; go to the home page",
    r"both days counted in|\bNr\b": "inclusive; No.",
    r"\"Your views\"|>Your views<": "the survey's own name",
}
"""Each phrase, as a regular expression without case, and what is written in its place."""

STORED = re.compile(
    r"ffp1\|veil|persons-are-veiled|"
    r"burn-wave|burn-survey|burn_wave|burn_survey|burned rows?['\"`]|[\"'`]burn(?:ed)?[\"'`]|INTO burned|Burned\b|"
    r"burned: bool|started keying in|asked to burn keys|wants keys burned|agreed to burn keys|refused to burn keys|"
    r"a request to burn keys expired|burned keys|began to burn"
)
"""Names that never change: commands, verbs stored in requests and in the audit log, and a table."""
EXEMPT = {Path("tests/house/test_banned_words.py"), Path("CHANGELOG.md")}
PLACES = ("app", "docs", "tests", "translations/messages.pot", "README.md", "config.py", "Makefile", "migrations")
KINDS = {".py", ".html", ".md", ".json", ".pot", ".js", ".css", ".sh", ""}


def texts() -> Iterator[tuple[Path, str]]:
    """Yield every file that is read: not old migrations, decision records and files of old programs."""
    for place in PLACES:
        top = ROOT / place
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            short = path.relative_to(ROOT)
            is_old = re.match(r"docs/adr/|migrations/\w+/\d|tests/backups/old_files/", short.as_posix())
            if path.is_file() and path.suffix in KINDS and not is_old and short not in EXEMPT:
                yield short, path.read_text(encoding="utf-8")


def found(text: str, pattern: str) -> Iterator[int]:
    """Yield the line numbers on which a phrase stands, names that never change left out."""
    wanted = re.compile(pattern, re.IGNORECASE)
    for number, line in enumerate(text.splitlines(), start=1):
        if wanted.search(STORED.sub("", line)):
            yield number


@pytest.mark.parametrize("pattern", BANNED)
def test_no_banned_phrase_stands_anywhere(pattern: str) -> None:
    faults = [f"{path}:{number}" for path, text in texts() for number in found(text, pattern)]
    assert not faults, f"write {BANNED[pattern]!r} instead:\n" + "\n".join(faults)


@pytest.mark.parametrize(
    ("line", "phrase"),
    [
        ("    # what may be told of a group", r"\b(is|are|was|were|be|been|being|may|not|never|and|or) told\b"),
        ("<h1>What needs you today</h1>", r"what needs you today"),
        ("def lay_anew(rows):", r"lay_anew"),
    ],
)
def test_a_planted_phrase_is_found(line: str, phrase: str) -> None:
    pattern = next(pattern for pattern in BANNED if pattern.startswith(phrase[:12]))
    assert list(found(f"fine\n{line}", pattern)) == [2]


def test_names_that_never_change_are_let_be() -> None:
    lines = '"burn_wave": destroying.destroy_wave\nflask keys burn-survey\nclass Burned(PortalBase):\n'
    assert list(found(lines, r"\bburn(s|ed|t|ing)?\b")) == []
