"""gunicorn settings (``gunicorn -c python:app.server wsgi:app``): threads, no access log, no addresses in logs."""

import logging
import sys
from contextlib import suppress
from typing import Any

from gunicorn.glogging import Logger
from sqlalchemy.exc import SQLAlchemyError

from app.keys import destroying, walls
from app.storage import audit, db, installation
from app.web.worker import PatientWorker
from config import SettingsError, find_look_alikes, load_settings

try:
    _settings = load_settings()
except SettingsError as error:
    sys.exit(error.at_start())


class QuietLogger(Logger):
    """Logs events of the server but not of requests, whose lines would contain addresses and paths."""

    QUIET = ("Invalid request", "Error handling request", "Socket error", "Ignoring", "Closing connection")

    def setup(self, cfg: Any) -> None:
        """Set up the logger and filter out messages about single requests."""
        super().setup(cfg)
        self.error_log.addFilter(self._is_about_server)

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """Write no access log."""

    def _is_about_server(self, record: logging.LogRecord) -> bool:
        return record.levelno >= logging.INFO and not str(record.msg).startswith(self.QUIET)


bind = f"127.0.0.1:{_settings.port}"
workers = _settings.web_workers
threads = 8
worker_class = PatientWorker
timeout = 30
graceful_timeout = 10
logger_class = QuietLogger
loglevel = "warning"
control_socket_disable = True


def on_starting(_server: Any) -> None:
    """Stop without a database that this version can use, and in production without separate rooms, else warn."""
    if fault := installation.find_fault(_settings, db.PORTAL):
        sys.exit(f"The web process does not start: {fault}")
    sys.stderr.writelines(f"{note}\n" for note in find_look_alikes())
    gaps = "; ".join(walls.find_gaps(_settings))
    if gaps and _settings.is_production:
        sys.exit(f"The web process does not start, because it must not have access to the counting room: {gaps}.")
    if gaps:
        sys.stderr.write(f"In production the web process would not start: {gaps}.\n")


def post_worker_init(worker: Any) -> None:
    """Destroy the front room's keys where the opener destroyed its own while no web process was running."""
    with worker.wsgi.app_context(), suppress(SQLAlchemyError), audit.acting(audit.WEB):
        destroying.finish()


def worker_exit(_server: Any, worker: Any) -> None:
    """Close the worker's database connections when it ends."""
    worker.wsgi.extensions["rooms"].dispose()
