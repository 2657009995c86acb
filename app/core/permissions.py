"""Who may do what on the staff side: permissions in words, and the roles that have them.

Each staff page declares the permission that it needs where it is defined (``staff/door.requires``). The page "Who can
see what" is drawn from the tables here.
"""

import enum


class Permission(enum.StrEnum):
    """Something that a role may do, in the words of the page "Who can see what"."""

    SIGN_IN = "Sign in"
    OWN_ACCOUNT = "Manage their own account"
    VIEW_RESULTS = "View published results"
    VIEW_WAVES = "View surveys, rounds, numbers of cards and response rates"
    KEEP_TALLY = "Keep the tally of cards offered"
    MANAGE_WAVES = "Create, open, extend and close rounds, and enter the target population"
    ISSUE_CARDS = "Issue cards, make cards void, and approve a colleague's request for cards"
    MAKE_RELEASE = "Publish results"
    DESTROY_KEYS = "Request that keys are destroyed, and approve a colleague's request"
    ENTER_ANSWERS = "Enter answers from paper forms and phone calls (assisted entry)"
    MANAGE_ACCOUNTS = "Create, change and deactivate staff accounts"
    READ_AUDIT = "Read the audit log"


_EVERYONE = frozenset({Permission.OWN_ACCOUNT, Permission.VIEW_RESULTS, Permission.VIEW_WAVES, Permission.KEEP_TALLY})
_RUNS_SURVEYS = _EVERYONE | {
    Permission.MANAGE_WAVES,
    Permission.ISSUE_CARDS,
    Permission.MAKE_RELEASE,
    Permission.DESTROY_KEYS,
    Permission.ENTER_ANSWERS,
}

ROLES: dict[str, frozenset[Permission]] = {
    "administrator": _EVERYONE | {Permission.MANAGE_ACCOUNTS, Permission.READ_AUDIT},
    "survey manager": _RUNS_SURVEYS,
    "evaluator": _RUNS_SURVEYS,
    "practitioner researcher": _EVERYONE | {Permission.ENTER_ANSWERS},
    "safeguarding lead": _EVERYONE,
    "data protection officer": _EVERYONE | {Permission.READ_AUDIT},
    "viewer": _EVERYONE,
}
SECOND_FACTOR = frozenset({"administrator", "practitioner researcher", "safeguarding lead", "data protection officer"})
"""Roles that make accounts, hold keys or will see what people wrote: they sign in with a second factor."""

UNSCOPED = frozenset({"administrator", "data protection officer"})
"""Roles whose account never ends at one area or survey: who makes accounts could make a wider one."""
WHOLE_SURVEY = frozenset({Permission.MANAGE_WAVES, Permission.MAKE_RELEASE, Permission.DESTROY_KEYS})
"""What an account that ends at one area may not do: it would be done to all areas."""

<<<<<<< HEAD
=======
ENDPOINTS = {
    "accounts.sign_in": Permission.SIGN_IN,
    "accounts.set_up": Permission.SIGN_IN,
    "accounts.second_factor": Permission.SIGN_IN,
    "accounts.enrol": Permission.SIGN_IN,
    "accounts.sign_out": Permission.OWN_ACCOUNT,
    "accounts.sign_out_everywhere": Permission.OWN_ACCOUNT,
    "accounts.confirm": Permission.OWN_ACCOUNT,
    "accounts.show_account": Permission.OWN_ACCOUNT,
    "accounts.stay": Permission.OWN_ACCOUNT,
    "home.show_home": Permission.VIEW_RESULTS,
    "home.who_sees_what": Permission.VIEW_RESULTS,
    "staff_results.show_survey": Permission.VIEW_RESULTS,
    "rounds.list_rounds": Permission.VIEW_WAVES,
    "rounds.show_round": Permission.VIEW_WAVES,
    "rounds.new_round": Permission.MANAGE_WAVES,
    "rounds.edit_frame": Permission.MANAGE_WAVES,
    "rounds.edit_dates": Permission.MANAGE_WAVES,
    "rounds.open_round": Permission.MANAGE_WAVES,
    "rounds.close_round": Permission.MANAGE_WAVES,
    "rounds.release_round": Permission.MAKE_RELEASE,
    "batches.list_batches": Permission.VIEW_WAVES,
    "batches.new_batch": Permission.ISSUE_CARDS,
    "batches.show_pending": Permission.ISSUE_CARDS,
    "batches.print_pending": Permission.ISSUE_CARDS,
    "batches.void_cards": Permission.ISSUE_CARDS,
    "burning.list_keys": Permission.VIEW_WAVES,
    "burning.ask_burn": Permission.DESTROY_KEYS,
    "burning.show_burn": Permission.DESTROY_KEYS,
    "tallies.list_tallies": Permission.KEEP_TALLY,
    "tallies.keep_tally": Permission.KEEP_TALLY,
    "paper.show_paper": Permission.VIEW_WAVES,
    "keying.start_keying": Permission.ENTER_ANSWERS,
    "people.list_people": Permission.MANAGE_ACCOUNTS,
    "people.new_person": Permission.MANAGE_ACCOUNTS,
    "people.edit_person": Permission.MANAGE_ACCOUNTS,
    "people.make_link": Permission.MANAGE_ACCOUNTS,
    "people.shut_person": Permission.MANAGE_ACCOUNTS,
    "audit_log.show_log": Permission.READ_AUDIT,
}
DANGEROUS = frozenset(
    {
        "batches.new_batch",
        "batches.print_pending",
        "batches.show_pending",
        "batches.void_cards",
        "burning.ask_burn",
        "burning.show_burn",
        "rounds.edit_dates",
        "rounds.open_round",
        "rounds.close_round",
        "rounds.release_round",
        "people.new_person",
        "people.edit_person",
        "people.make_link",
        "people.shut_person",
        "accounts.enrol",
    }
)
"""Endpoints that ask for the password again when it was not typed lately."""


def needed(endpoint: str) -> Permission | None:
    """Return the permission that an endpoint needs, or None when none is declared."""
    return ENDPOINTS.get(endpoint)

>>>>>>> 31c47d872a8d0bbc75233c2eb5b799409a19b105

def allows(role: str, permission: Permission, locality: str | None = None) -> bool:
    """Tell whether a role has a permission, for an account that ends at a locality or at none; anybody may sign in."""
    if permission is Permission.SIGN_IN:
        return True
    is_within = locality is None or permission not in WHOLE_SURVEY
    return is_within and permission in ROLES.get(role, frozenset())
