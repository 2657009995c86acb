"""Tries whether the web process could sign in to PostgreSQL as a role that may read the answers."""

from collections.abc import Iterator
from typing import cast

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy import Connection, text

SECONDS = 2
LOCAL = ("127.0.0.1", "::1", "/var/run/postgresql", "/tmp")  # noqa: S108 (where PostgreSQL's own socket lies)
_READERS = text(
    "SELECT DISTINCT r.rolname FROM pg_roles r, pg_roles may WHERE r.rolcanlogin AND r.rolname <> current_user"
    " AND (r.rolreplication OR pg_has_role(r.oid, may.oid, 'MEMBER')) AND (may.rolname IN ('counting',"
    " 'pg_read_all_data') OR may.oid IN (SELECT nspowner FROM pg_namespace WHERE nspname IN ('answers', 'portal')))"
    " ORDER BY 1"
)


def find(connection: Connection) -> Iterator[str]:
    """Yield a sentence for each role that may read the answers and accepts the web process.

    Tried are the opener, the owners of both schemas, superusers and every role with their rights, without a password
    and with the web process's own; if the server is this machine, also over its other addresses and sockets.

    Args:
        connection: the web process's own.
    """
    info = cast("psycopg.Connection", connection.connection.dbapi_connection).info
    passwords: list[tuple[str, dict[str, str]]] = [("without a password", {})]
    if info.password:
        passwords.append(("with the password of DATABASE_URL", {"password": info.password}))
    for role in connection.execute(_READERS).scalars():
        for words, password in passwords:
            if any(_lets_in({**way, **password, "user": role}) for way in _ways(info.get_parameters())):
                yield f"PostgreSQL lets it sign in as {role} {words}"
                break


def _ways(own: dict[str, str]) -> Iterator[dict[str, str]]:
    """Yield ways to reach the server: the web process's own, and those under other lines of pg_hba.conf."""
    yield own
    host = own.get("host", "")
    if host in ("", "localhost", *LOCAL) or host.startswith("/"):
        rest = {name: value for name, value in own.items() if name not in ("host", "hostaddr")}
        yield from ({**rest, "host": other} for other in LOCAL if other != host)


def _lets_in(way: dict[str, str]) -> bool:
    try:
        psycopg.connect(make_conninfo(**{**way, "connect_timeout": str(SECONDS)})).close()
    except psycopg.OperationalError:
        return False
    return True
