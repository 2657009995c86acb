"""All blueprints, by audience."""

from app.views import accounts, public, respond, results, staff_results

BLUEPRINTS = (public.blueprint, respond.blueprint, results.blueprint, accounts.blueprint, staff_results.blueprint)
