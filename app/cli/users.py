"""``flask user``: staff accounts."""

import secrets
import sys

import click

from app.cli.group import CommandGroup, as_json, print_rows
from app.core.permissions import ROLES
from app.staff import accounts
from app.staff.approvals import NEW_ACCOUNT_DAYS

group = CommandGroup("user", help="Staff accounts.")


@group.command("create")
@click.argument("email")
@click.option("--role", required=True, type=click.Choice(list(ROLES)))
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def create(email: str, role: str, password_stdin: bool) -> None:
    """Create an account. Without --password-stdin a password is generated and printed once."""
    password = sys.stdin.readline().rstrip("\n") if password_stdin else secrets.token_urlsafe(12)
    accounts.create_user(email, role, password=password)
    if not password_stdin:
        click.echo(password)


@group.command("list")
@as_json
def list_all(as_json: bool) -> None:
    """List all accounts."""
    rows = [{"email": u.email, "role": u.role, "enabled": u.is_enabled} for u in accounts.list_users()]
    print_rows(rows, as_json)


@group.command("link")
@click.argument("email")
def link(email: str) -> None:
    """Print a new one-time link for an account: for a forgotten password or a lost phone.

    The old password, two-step verification and sessions end at once. A deactivated account becomes active again.
    """
    number = accounts.number_of(email)
    click.echo(accounts.link_address(accounts.make_link(number)))
    click.echo(
        f"Give this link to {accounts.get_user(number).email}. It works once, within {accounts.LINK_DAYS} days. The "
        f"account cannot approve requests that colleagues make in the next {NEW_ACCOUNT_DAYS} days.",
        err=True,
    )


@group.command("disable")
@click.argument("email")
def disable(email: str) -> None:
    """Deactivate an account and end its sessions."""
    accounts.disable_user(email)
    click.echo(f"{email} is deactivated.")
