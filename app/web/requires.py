"""What each staff page asks of whoever opens it, declared where its view is defined."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import current_app

from app.core.permissions import Permission

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Need:
    """What a staff page asks of whoever opens it; with ``confirm_password``, also a password typed lately."""

    permission: Permission
    confirm_password: bool


def requires(permission: Permission, *, confirm_password: bool = False) -> Callable[[View], View]:
    """Declare what a staff page needs; this only marks the view, ``staff/door.guard`` holds it.

    Args:
        permission: the permission without which nobody is let in.
        confirm_password: the password is asked for again when it was not typed lately.
    """

    def mark(view: View) -> View:
        vars(view)["need"] = Need(permission, confirm_password)
        return view

    return mark


def need_of(endpoint: str) -> Need | None:
    """Return what a page of the running application needs, or None when it declares nothing or is not there."""
    need: Need | None = getattr(current_app.view_functions.get(endpoint), "need", None)
    return need
