"""The feedback portal: ``create_app`` puts the layers together."""

from flask import Flask
from jinja2 import StrictUndefined

from app import auth, compression, db, errors, i18n, security
from app.cli import Commands
from app.services.guesses import ENTRIES, PASSWORD_GUESSES, SITE_ENTRIES, DeletionCaps, GuessCaps
from app.views import BLUEPRINTS
from config import Settings, load_settings


def create_app(settings: Settings | None = None) -> Flask:
    """Return the WSGI application of one installation.

    Args:
        settings: read from the environment when left out.

    Raises:
        config.SettingsError: a setting is missing or not safe.
        auth.UndeclaredEndpoint: a staff page has no declared permission.
    """
    settings = settings or load_settings()
    app = Flask(__name__)
    app.config.from_mapping(security.flask_settings(settings))
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["rooms"] = db.Rooms(settings)
    app.extensions["guess_caps"] = GuessCaps(settings)
    app.extensions["password_caps"] = GuessCaps(settings, "password", PASSWORD_GUESSES, SITE_ENTRIES)
    app.extensions["deletion_caps"] = DeletionCaps(settings)
    app.extensions["entry_caps"] = GuessCaps(settings, "entry", ENTRIES, SITE_ENTRIES)
    for part in (compression, security, i18n, errors):
        part.init_app(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    auth.init_app(app)
    app.cli = Commands(app.name)
    return app
