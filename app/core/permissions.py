"""The permissions of the staff side and the roles that have them.

Each staff view declares the permission that it needs (``web/requires``). The page "Who can see what" is generated
from the tables here.
"""

import enum


class Permission(enum.StrEnum):
    """Something that a role may do, in the words of the page "Who can see what"."""

    SIGN_IN = "Sign in"
    OWN_ACCOUNT = "Manage their own account"
    VIEW_RESULTS = "View published results"
    VIEW_WAVES = "View surveys, rounds, numbers of cards and response rates"
    KEEP_TALLY = "Keep the tally of cards offered"
    MANAGE_WAVES = "Create, open, extend, close, cancel and delete rounds, and enter the target population"
    ISSUE_CARDS = "Issue cards, make cards void, and approve a colleague's request for cards"
    MAKE_RELEASE = "Publish results"
    PREVIEW_RESULTS = "View finished results before the day on which everybody can"
    KEEP_EVIDENCE = "Rate evidence, note rival explanations and enter figures from outside the surveys"
    READ_WORDS = "Read what people wrote in their own words"
    READ_MASKED = "Read comments from which names and other details were left out, and code comments"
    DECIDE_HARM = "Take up comments that may tell of harm, and record what was decided"
    KEEP_THEMES = "Keep the codebook of themes, settle disagreements and publish numbers of themes"
    KEEP_ACTIONS = "Write, translate and publish what was done (You said, we did)"
    DESTROY_KEYS = "Request that keys are destroyed, and approve a colleague's request"
    ENTER_ANSWERS = "Enter answers from paper forms and phone calls (assisted entry)"
    MANAGE_ACCOUNTS = "Create, change and deactivate staff accounts"
    READ_AUDIT = "Read the audit log"


_EVERYONE = frozenset({Permission.OWN_ACCOUNT, Permission.VIEW_RESULTS, Permission.VIEW_WAVES, Permission.KEEP_TALLY})
_RUNS_ROUNDS = frozenset({Permission.MANAGE_WAVES, Permission.MAKE_RELEASE, Permission.DESTROY_KEYS})
WHOLE_SURVEY = _RUNS_ROUNDS | {
    *(Permission.KEEP_EVIDENCE, Permission.READ_WORDS, Permission.READ_MASKED, Permission.DECIDE_HARM),
    *(Permission.KEEP_THEMES, Permission.KEEP_ACTIONS),
}
"""Permissions that an account limited to one area does not have, because they affect all areas."""
_RUNS_SURVEYS = (
    _EVERYONE
    | _RUNS_ROUNDS
    | {Permission.ISSUE_CARDS, Permission.ENTER_ANSWERS, Permission.PREVIEW_RESULTS, Permission.KEEP_ACTIONS}
)

ROLES: dict[str, frozenset[Permission]] = {
    "administrator": _EVERYONE | {Permission.MANAGE_ACCOUNTS, Permission.READ_AUDIT},
    "survey manager": _RUNS_SURVEYS,
    "evaluator": _RUNS_SURVEYS
    | {Permission.KEEP_EVIDENCE, Permission.READ_WORDS, Permission.READ_MASKED, Permission.KEEP_THEMES},
    "practitioner researcher": _EVERYONE | {Permission.ENTER_ANSWERS, Permission.READ_MASKED},
    "safeguarding lead": _EVERYONE | {Permission.READ_WORDS, Permission.READ_MASKED, Permission.DECIDE_HARM},
    "data protection officer": _EVERYONE | {Permission.READ_AUDIT},
    "viewer": _EVERYONE,
}
SECOND_FACTOR = frozenset({"administrator", "practitioner researcher", "safeguarding lead", "data protection officer"})
"""Roles that manage accounts, hold keys or read comments: they sign in with a second factor."""

UNSCOPED = frozenset({"administrator", "data protection officer"})
"""Roles whose accounts are never limited to one area or survey."""


def allows(role: str, permission: Permission, locality: str | None = None) -> bool:
    """Return whether a role has a permission, for an account limited to a locality or (None) unlimited."""
    if permission is Permission.SIGN_IN:
        return True
    is_within = locality is None or permission not in WHOLE_SURVEY
    return is_within and permission in ROLES.get(role, frozenset())
