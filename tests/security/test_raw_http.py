"""Broken HTTP, as scanners and bad lines send it: an answer or a closed line, and no word about it in any log."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.homes import application, running, sqlite_settings

SOURCE = "127.9.8.7"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
BROKEN = {
    "chunk size": b"POST /c HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    + FORM
    + b"Transfer-Encoding: chunked\r\n\r\nZZZ\r\nzebra\r\n",
    "chunk without end": b"POST /c HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    + FORM
    + b"Transfer-Encoding: chunked\r\n\r\n5\r\nzeb",
    "request line": b"ZEBRA zebra\r\n\r\n",
    "header": b"GET / HTTP/1.1\r\nzebra\r\n\r\n",
    "method": b"GET\0 / HTTP/1.1\r\nHost: zebra\r\n\r\n",
    "two lengths": b"POST /c HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nz",
    "short body": b"POST /c HTTP/1.1\r\nHost: 127.0.0.1\r\n" + FORM + b"Content-Length: 99\r\n\r\ncode=zebra",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """A running web process; yields its port and the file with all it has written."""
    settings = sqlite_settings(tmp_path_factory.mktemp("raw") / "home")
    log = settings.home / "logs" / "web.log"
    with application(settings), running(settings, log):
        yield settings.port, log


@pytest.mark.parametrize("name", BROKEN)
def test_broken_request_gets_no_fault_page_and_leaves_no_trace(server: tuple[int, Path], name: str) -> None:
    port, log = server
    before = log.stat().st_size

    answer = send(port, BROKEN[name])

    assert answer[:12] in (b"", b"HTTP/1.1 400"), answer[:200]
    assert log.read_bytes()[before:] == b""


def send(port: int, content: bytes) -> bytes:
    """Send bytes from an address of their own and return all that comes back."""
    with socket.create_connection(("127.0.0.1", port), 10, (SOURCE, 0)) as line:
        line.sendall(content)
        line.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: line.recv(4096), b""))
