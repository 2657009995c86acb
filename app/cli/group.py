"""The behaviour of all commands: an error is one sentence on standard error with exit status 1, never a traceback."""

import json
import os
import sys
from typing import Any, NoReturn

import click
from flask.cli import AppGroup
from sqlalchemy.exc import SQLAlchemyError

from app.storage import db, installation
from app.storage.keyring import KeyMissing
from app.storage.refusals import Refused

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")

WHY = (
    "Check that 'flask database migrate' has been run and that this is the right user: letters belong to the opener,"
    " rounds and cards to the web process."
)
AWAY = "The database was unavailable or busy. Check what was done before you try again."


class CommandGroup(AppGroup):
    """A group whose commands end with a sentence instead of a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; on an error, end the program with status 1."""
        try:
            return super().invoke(ctx)
        except (Refused, KeyMissing) as refusal:
            stop(str(refusal))
        except (SQLAlchemyError, *db.DRIVER_ERRORS) as error:
            refused = f"The database refused this ({type(error).__name__}). {WHY}"
            stop(AWAY if db.is_transient(error) else installation.find_cause(error) or refused)
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # at exit Python would flush to a full disk again
            which = f" {error.filename}" if isinstance(error.filename, str) else ""
            who = " Is this the right user?" if isinstance(error, PermissionError) else ""
            stop(f"A file cannot be used:{which} {error.strerror or type(error).__name__}.{who}")
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as fault:
            stop(f"This is a fault of the program ({type(fault).__name__}): please report it.")


def stop(sentence: str) -> NoReturn:
    """End the program with one sentence and status 1."""
    click.echo(sentence, err=True)
    sys.exit(1)


def print_rows(rows: list[dict[str, Any]], is_json: bool) -> None:
    """Print rows as a JSON list or as lines of ``name=value``."""
    if is_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        click.echo("  ".join(f"{name}={value}" for name, value in row.items()))
