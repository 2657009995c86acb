"""One press of Send cannot be used for two cards: the clash would tell whether the other card was used."""

from flask import Flask

from tests.conftest import TinySurvey
from tests.support.client import browser, contents
from tests.support.http_journey import hidden, walk, walk_to_check


def test_the_press_of_one_card_sends_no_other_and_tells_nothing_of_it(app: Flask, tiny: TinySurvey) -> None:
    own, used, unused = tiny.codes(30)[:3]
    walk(browser(app), used)
    attacker = browser(app)
    check = walk_to_check(attacker, own)
    name = dict(hidden(check))["submission_id"]
    answers = []
    for code in (used, unused):
        victim = browser(app)
        page = walk_to_check(victim, code)
        fields = [(key, name if key == "submission_id" else value) for key, value in hidden(page)]
        assert fields != hidden(page)
        before = contents()["letter"], contents()["spent"]
        answer = victim.request("POST", "/r/check", fields)
        answers.append((answer.status, answer.headers["location"], len(answer.body)))
        assert (contents()["letter"], contents()["spent"]) == before
    assert answers[0] == answers[1] == (303, "/r/check", answers[0][2])
    assert dict(hidden(attacker.request("GET", "/r/check")))["submission_id"] == name, "a draft has one press of Send"
