"""Each act of staff that writes to the portal's database has its line in the audit log, or a reason why not."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.house_rules import app_files

RESPONDENTS = "a respondent's act, of which nothing is kept that could say who or when"
PART = "the line is written by its caller, or by what it calls in another module"
OWN = "the log itself, or a note of when it was checked"
SILENT = {
    "app/respond/": RESPONDENTS,
    "app/storage/audit.py": OWN,
    "app/storage/requests.py:ask": PART,
    "app/cards/approvals.py:issue_or_ask": PART,
    "app/cli/cards.py:issue": PART,
    "app/staff/sessions.py:sign_out": "the end of one's own session: nothing that others see changes",
    "app/staff/accounts.py:set_demo_password": "never in production",
    "app/demo/": "never in production",
    "app/cards/assisted_entry.py:make_link": "counted by day; note_past_days writes the line on a later day",
    "app/cards/assisted_entry.py:use_link": "close to somebody's answers",
    "app/comments/reading_log.py:count": "counted by day; note_past_days writes the line on a later day",
    "app/comments/service.py:mark_read": "counted by day, as above",
    "app/comments/service.py:note_language": "part of reading, which is counted by day",
    "app/comments/masking.py:save": "part of reading, which is counted by day",
    "app/themes/coding.py:save": "part of coding, which the numbers show",
    "app/themes/coding.py:settle": "part of coding, as above",
    "app/comments/service.py:hand_over": "a line would say whose words a reader may know",
    "app/fieldwork/offer_log.py:count": "a line for each tap would say when a worker was with a family",
}
"""Where nothing is recorded, and why. A place is a folder, a file, or a function of a file."""


def writers(path: str, source: str) -> Iterator[tuple[str, bool]]:
    """Yield each function that asks for ``db.writing()``, as a place, and whether it or a part of it records it."""
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    calls = {node.name: {ast.unparse(c.func) for c in ast.walk(node) if isinstance(c, ast.Call)} for node in functions}
    recording = {"audit.record"}
    while more := {name for name, called in calls.items() if called & recording} - recording:
        recording |= more
    yield from ((f"{path}:{name}", name in recording) for name, called in calls.items() if "db.writing" in called)


def test_every_act_has_its_line() -> None:
    found = {place: records for path, text in app_files().items() for place, records in writers(path, text)}
    silent = {place for place, records in found.items() if not records}

    assert {place for place in silent if not place.startswith(tuple(SILENT))} == set()
    assert [place for place in SILENT if not any(one.startswith(place) for one in silent)] == [], "not silent any more"
    assert len(found) > 40


@pytest.mark.parametrize(
    ("body", "records"),
    [("audit.record('did', 'it')", True), ("_log(verb)", True), ("session.add(row)", False), ("list_log(1)", False)],
)
def test_an_act_without_a_line_is_found(body: str, records: bool) -> None:
    part = "def _log(verb):\n    audit.record(verb, 'it')\n"
    source = f"{part}def act():\n    with db.writing() as session:\n        {body}\n"
    assert list(writers("app/x.py", source)) == [("app/x.py:act", records)]
