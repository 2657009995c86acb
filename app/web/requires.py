"""Permissions of staff views, declared where each view is defined."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import current_app

from app.core.permissions import Permission

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Need:
    """What a staff view needs: a permission; ``confirm_password``: a recent password confirmation.

    ``second_factor``: an account that signs in with one.
    """

    permission: Permission
    confirm_password: bool
    second_factor: bool = False


def requires(
    permission: Permission, *, confirm_password: bool = False, second_factor: bool = False
) -> Callable[[View], View]:
    """Declare what a staff view needs (see ``Need``); ``staff/door.guard`` enforces it."""

    def mark(view: View) -> View:
        vars(view)["need"] = Need(permission, confirm_password, second_factor)
        return view

    return mark


def need_of(endpoint: str) -> Need | None:
    """Return what a view of the running application needs, or None if it declares nothing or does not exist."""
    need: Need | None = getattr(current_app.view_functions.get(endpoint), "need", None)
    return need
