"""Connections of the web process to PostgreSQL, which give up on a server that does not answer.

PostgreSQL's own limits for statements and locks end nothing when the server itself stands still or the connection is
dead. So the client stops waiting too, and for a few seconds afterwards it does not ask again: otherwise every thread
would wait its turn to find out.
"""

import time
from typing import Any

import psycopg
from psycopg.abc import RV, PQGen
from sqlalchemy import Engine, event
from sqlalchemy.exc import DisconnectionError

CONNECT_SECONDS, PING_SECONDS, SILENT_SECONDS, PAUSE_SECONDS = 2, 2, 9, 3
STATEMENT_MS = 8000
SILENT = "The database server does not answer."
KEEPALIVES: dict[str, Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
"""How every process notices a dead connection; times are seconds, the last one milliseconds."""


class ServerSilent(psycopg.OperationalError):
    """The server has sent nothing for too long."""


class ImpatientConnection(psycopg.Connection[Any]):
    """A connection that ends itself when the server has been silent for ``patience`` seconds during a statement."""

    patience: float = SILENT_SECONDS

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Consume a generator of psycopg, as in the class above; raise ServerSilent."""
        try:
            return super().wait(_unless_silent(gen, self.patience), interval, timeout)
        except ServerSilent:
            self.pgconn.finish()  # the statement may still be running: nothing can follow it on this connection
            raise


def _unless_silent(gen: PQGen[RV], patience: float) -> PQGen[RV]:
    """Pass on what a generator waits for; psycopg sends 0 each time that nothing has come."""
    heard = time.monotonic()
    try:
        wants = next(gen)
        while True:
            ready = yield wants
            now = time.monotonic()
            if ready:
                heard = now
            elif now - heard > patience:
                raise ServerSilent(SILENT)
            wants = gen.send(ready)
    except StopIteration as end:
        result: RV = end.value
        return result


class Connections:
    """The connections of one engine to its server. After it was silent, one attempt at a time is let through."""

    def __init__(self, engine: Engine) -> None:
        self._ping: Any = engine.dialect.do_ping
        self._closed_until = 0.0
        event.listen(engine, "do_connect", self._connect)
        event.listen(engine, "checkout", self._check)

    def _connect(self, *given: Any) -> Any:
        _dialect, _record, args, options = given
        now = time.monotonic()
        if now < self._closed_until:
            raise ServerSilent(SILENT)
        if self._closed_until:
            self._close()  # for all others, while this one tries
        try:
            connection = ImpatientConnection.connect(*args, **{**options, "connect_timeout": CONNECT_SECONDS})
        except psycopg.errors.ConnectionTimeout:
            self._close()
            raise
        self._closed_until = 0.0
        return connection

    def _check(self, connection: ImpatientConnection, record: Any, _fairy: Any) -> None:
        """Ask whether the server is there before a connection is used again."""
        if time.monotonic() < self._closed_until:
            raise DisconnectionError(SILENT)
        try:
            connection.patience = PING_SECONDS
            self._ping(connection)
        except psycopg.Error as error:
            if isinstance(error, ServerSilent):
                self._close()
            raise DisconnectionError(SILENT) from error
        finally:
            connection.patience = SILENT_SECONDS

    def _close(self) -> None:
        self._closed_until = time.monotonic() + PAUSE_SECONDS
