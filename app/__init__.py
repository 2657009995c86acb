"""The feedback portal: ``create_app`` registers the features."""

from flask import Flask
from jinja2 import StrictUndefined

from app.actions import public_views as said_views
from app.actions import tasks as action_tasks
from app.actions import views as action_views
from app.cards import assisted_entry, assisted_views, paper_views
from app.cards import tasks as card_tasks
from app.cards import views as card_views
from app.cards.approvals import IssueCards
from app.cli import Commands
from app.comments import masking_views, reading_log
from app.comments import tasks as comment_tasks
from app.comments import views as comment_views
from app.evidence import views as evidence_views
from app.fieldwork import offer_views, own_words_views
from app.fieldwork import tasks as fieldwork_tasks
from app.fieldwork import views as fieldwork_views
from app.home import gallery_views, public_views
from app.home import views as home_views
from app.keys import destroying
from app.keys import tasks as key_tasks
from app.keys import views as key_views
from app.keys.approvals import DestroyKeys
from app.reports import views as report_views
from app.respond import deletion_views, modes_views, saving_views
from app.respond import views as respond_views
from app.results import data_views, staff_views
from app.results import views as results_views
from app.staff import account_views, audit_views, door, people_views
from app.staff import tasks as staff_tasks
from app.storage import audit, db
from app.surveys import schedule
from app.themes import views as theme_views
from app.web import compression, errors, filters, i18n, rate_limits, security
from config import Settings, load_settings

PUBLIC = (
    *(public_views, respond_views, saving_views, deletion_views, modes_views),
    *(results_views, data_views, report_views, said_views),
)
STAFF = (
    *(account_views, home_views, fieldwork_views, card_views, key_views, offer_views, paper_views, assisted_views),
    *(
        staff_views,
        comment_views,
        masking_views,
        evidence_views,
        theme_views,
        action_views,
        people_views,
        audit_views,
        own_words_views,
    ),
)
COMMANDS = (IssueCards, DestroyKeys)
"""The acts that need a second person."""
TASKS = tuple(part.tasks for part in (comment_tasks, staff_tasks, card_tasks, key_tasks, fieldwork_tasks, action_tasks))
"""What each feature asks of somebody who is signed in, the most urgent first."""
DAILY_JOBS = (
    *(assisted_entry.note_past_days, reading_log.note_past_days),
    *(schedule.note_calendar, destroying.finish, audit.check_seals),
)
"""What the web process does at each sign-in, where it has not been done yet."""
DEVELOPMENT = (gallery_views,)
"""Staff pages that are not there in production."""
BLUEPRINTS = tuple(views.blueprint for views in (*PUBLIC, *STAFF))


def create_app(settings: Settings | None = None) -> Flask:
    """Return the WSGI application of one installation; its settings are read from the environment when left out.

    Raises SettingsError if one is missing or not safe, UndeclaredEndpoint if a staff page declares no permission.
    """
    settings = settings or load_settings()
    app = Flask(__name__)
    app.config.from_mapping(security.flask_settings(settings))
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["rooms"] = db.Rooms(settings)
    app.extensions["commands"], app.extensions["tasks"], app.extensions["daily_jobs"] = COMMANDS, TASKS, DAILY_JOBS
    for part in (compression, security, i18n, filters, errors, rate_limits):
        part.init_app(app)
    more = () if settings.is_production else tuple(views.blueprint for views in DEVELOPMENT)
    for blueprint in (*BLUEPRINTS, *more):
        app.register_blueprint(blueprint)
    door.init_app(app)
    app.cli = Commands(app.name)
    return app
