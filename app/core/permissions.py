"""Who may do what on the staff side: roles, and the permission that each endpoint needs.

An endpoint under ``/staff`` that is not listed here keeps the application from starting.
"""

VIEW_RESULTS = "view results"
SIGN_IN = "sign in"

ROLES = {
    "administrator": frozenset({VIEW_RESULTS}),
    "viewer": frozenset({VIEW_RESULTS}),
}

ENDPOINTS = {
    "accounts.sign_in": SIGN_IN,
    "accounts.sign_out": VIEW_RESULTS,
    "staff_results.list_surveys": VIEW_RESULTS,
    "staff_results.show_survey": VIEW_RESULTS,
}


def needed(endpoint: str) -> str | None:
    """Return the permission that an endpoint needs, or None when none is declared."""
    return ENDPOINTS.get(endpoint)


def allows(role: str, permission: str) -> bool:
    """Tell whether a role has a permission; anybody may sign in."""
    return permission == SIGN_IN or permission in ROLES.get(role, frozenset())
