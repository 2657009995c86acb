"""All blueprints, by audience."""

from app.views import modes, public, respond, results, rights, saving
from app.views.staff import accounts, audit_log, batches, burning, home, keying, paper, people, rounds, tallies
from app.views.staff import results as staff_results

STAFF = (
    accounts.blueprint,
    home.blueprint,
    rounds.blueprint,
    batches.blueprint,
    burning.blueprint,
    tallies.blueprint,
    paper.blueprint,
    keying.blueprint,
    staff_results.blueprint,
    people.blueprint,
    audit_log.blueprint,
)
RESPONDENT = (respond.blueprint, saving.blueprint, rights.blueprint)
BLUEPRINTS = (public.blueprint, *RESPONDENT, modes.blueprint, results.blueprint, *STAFF)
