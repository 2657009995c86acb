"""Browsers and accounts of those who read comments."""

import pytest
from flask import Flask
from sqlalchemy import update

from app.models.staff import StaffUser
from app.models.surveys import Wave
from app.storage import db
from tests.comments.versions import add_user
from tests.conftest import TinySurvey
from tests.security.test_role_matrix import client_of
from tests.support.client import StrictClient


@pytest.fixture
def reader(app: Flask, tiny: TinySurvey) -> StrictClient:
    """An evaluator's browser."""
    return client_of(app, "evaluator")


@pytest.fixture
def researcher(app: Flask, tiny: TinySurvey) -> StrictClient:
    """A practitioner researcher's browser."""
    return client_of(app, "practitioner researcher")


@pytest.fixture
def people(tiny: TinySurvey) -> list[StaffUser]:
    """Two evaluators, and a comment's wave that is over with enough answers."""
    with db.collecting() as session:
        session.execute(update(Wave).where(Wave.id == tiny.wave).values(state="closed"))
    return [add_user(f"{name}@example.org", "evaluator") for name in ("one", "two")]
