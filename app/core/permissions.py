"""Who may do what on the staff side: permissions in words, and the roles that have them.

Each staff page declares the permission that it needs where it is defined (``staff/door.requires``). The page "Who can
see what" is drawn from the tables here.
"""

import enum


class Permission(enum.StrEnum):
    """Something that a role may do, in the words of the page "Who can see what"."""

    SIGN_IN = "sign in"
    OWN_ACCOUNT = "set up their own second step and sign out everywhere"
    VIEW_RESULTS = "see released results"
    VIEW_WAVES = "see surveys, rounds, card counts and response rates"
    KEEP_TALLY = "count how often cards were offered"
    MANAGE_WAVES = "make, open, extend and close rounds, and describe who they are about"
    ISSUE_CARDS = "issue and void cards, and agree to a colleague's batch"
    MAKE_RELEASE = "have a round's results made"
    BURN_KEYS = "ask for the keys of what is over to be burned, and agree to a colleague's request"
    KEY_IN = "key in paper forms and write down what a person says on the phone"
    MANAGE_ACCOUNTS = "make and shut accounts"
    READ_AUDIT = "read the audit log"


_EVERYONE = frozenset({Permission.OWN_ACCOUNT, Permission.VIEW_RESULTS, Permission.VIEW_WAVES, Permission.KEEP_TALLY})
_RUNS_SURVEYS = _EVERYONE | {
    Permission.MANAGE_WAVES,
    Permission.ISSUE_CARDS,
    Permission.MAKE_RELEASE,
    Permission.BURN_KEYS,
    Permission.KEY_IN,
}

ROLES: dict[str, frozenset[Permission]] = {
    "administrator": _EVERYONE | {Permission.MANAGE_ACCOUNTS, Permission.READ_AUDIT},
    "survey manager": _RUNS_SURVEYS,
    "evaluator": _RUNS_SURVEYS,
    "practitioner researcher": _EVERYONE | {Permission.KEY_IN},
    "safeguarding lead": _EVERYONE,
    "data protection officer": _EVERYONE | {Permission.READ_AUDIT},
    "viewer": _EVERYONE,
}
SECOND_FACTOR = frozenset({"administrator", "practitioner researcher", "safeguarding lead", "data protection officer"})
"""Roles that make accounts, hold keys or will see what people wrote: they sign in with a second factor."""

UNSCOPED = frozenset({"administrator", "data protection officer"})
"""Roles whose account never ends at one area or survey: who makes accounts could make a wider one."""
WHOLE_SURVEY = frozenset({Permission.MANAGE_WAVES, Permission.MAKE_RELEASE, Permission.BURN_KEYS})
"""What an account that ends at one area may not do: it would be done to all areas."""


def allows(role: str, permission: Permission, locality: str | None = None) -> bool:
    """Tell whether a role has a permission, for an account that ends at a locality or at none; anybody may sign in."""
    if permission is Permission.SIGN_IN:
        return True
    is_within = locality is None or permission not in WHOLE_SURVEY
    return is_within and permission in ROLES.get(role, frozenset())
