"""The check page: each answer with a link that changes it."""

from flask import Flask

from tests.conftest import TinySurvey
from tests.support.client import browser
from tests.support.http_journey import walk_to_check


def test_an_answer_and_its_change_link_are_two_parts(app: Flask, tiny: TinySurvey) -> None:
    check = walk_to_check(browser(app), tiny.codes(30)[0], lambda _page: [])
    row = next(check.tree.iter("dl"))[0]
    values = [" ".join("".join(part.itertext()).split()) for part in row.iter("dd")]
    assert values == ["Not answered", "Change: The people who help us listen to us."]
