"""Wrong PIN, nothing saved, unknown card: whoever asks cannot tell them apart, by what is said or how long it takes."""

import itertools
import os

import pytest
from flask import Flask

from app.core.odds import same_source
from tests.conftest import TinySurvey
from tests.security.test_saved_drafts_alike import PLACES, WRONG_PIN, faces_and_times, prepare

TRIES = 200 if os.environ.get("SOAK") == "1" else 40
LUCK = 0.001 / 40
"""Some forty pairs are compared in a run; one run in a thousand may call chance a fault."""


@pytest.mark.both_databases
@pytest.mark.parametrize(("path", "pin", "status"), PLACES)
def test_what_failed_is_not_revealed_in_words_or_in_time(
    app: Flask, tiny: TinySurvey, path: str, pin: str, status: int
) -> None:
    faces, seconds = faces_and_times(app, path, pin, prepare(app, tiny, TRIES))

    assert {len(times) for times in seconds.values()} == {TRIES}
    assert len(set.union(*faces.values())) == 1
    assert next(iter(faces[WRONG_PIN]))[0] == status
    for one, other in itertools.combinations(seconds, 2):
        assert same_source(seconds[one], seconds[other]) > LUCK, (one, other)
