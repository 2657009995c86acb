"""Clients that send slowly hold no thread: others are answered at once, and who is too slow is cut off."""

import contextlib
import socket
import struct
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.web import worker
from app.web.worker import BAD, MAX_HEAD, TOO_LARGE, bytes_missing
from tests.support.homes import application, running, sqlite_settings

HEAD = b"POST /c HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
HALVES = {
    "nothing": b"",
    "half a line": b"GET / HT",
    "half a header": HEAD,
    "no body": HEAD + b"Content-Length: 40\r\n\r\n",
    "half a body": HEAD + b"Content-Length: 40\r\n\r\ncode=1234",
    "a large body": HEAD + b"Content-Length: 1000000\r\n\r\n" + b"x" * 20_000,
    "too large a body": HEAD + b"Content-Length: 90000000\r\n\r\n" + b"x" * 20_000,
}
SECONDS = 3.0


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a running web process."""
    settings = sqlite_settings(tmp_path_factory.mktemp("slow") / "home")
    with application(settings), running(settings, settings.home / "logs" / "web.log"):
        yield settings.port


@contextlib.contextmanager
def slow(port: int, half: bytes, count: int) -> Iterator[list[socket.socket]]:
    """Keep connections open that have sent half a request each."""
    with contextlib.ExitStack() as stack:
        lines = [stack.enter_context(socket.create_connection(("127.0.0.1", port), 30)) for _line in range(count)]
        for line in lines:
            line.sendall(half)
        yield lines


def seconds_of(port: int, path: str) -> float:
    """Return how long an answer takes."""
    begun = time.monotonic()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
        assert answer.status == 200
    return time.monotonic() - begun


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("count", [8, 32])
def test_slow_clients_do_not_keep_others_waiting(port: int, half: str, count: int) -> None:
    with slow(port, HALVES[half], count):
        time.sleep(0.3)
        assert max(seconds_of(port, path) for path in ("/", "/healthz", "/c")) < SECONDS


@pytest.mark.parametrize(
    "content", [b"ZEBRA\r\n\r\n", HEAD + b"Connection: close\r\n\r\n", HEAD + b"X: " + b"x" * 40_000]
)
def test_clients_that_keep_an_ended_line_open_do_not_either(port: int, content: bytes) -> None:
    with slow(port, content, 32) as lines:
        assert all(line.recv(9) == b"HTTP/1.1 " for line in lines)
        assert max(seconds_of(port, path) for path in ("/", "/healthz")) < SECONDS


def test_clients_that_vanish_do_no_harm(port: int) -> None:
    for half in (b"", HEAD, HEAD + b"Content-Length: 40\r\n\r\ncode", b"ZEBRA\r\n\r\n", HEAD + b"X: " + b"x" * 40_000):
        with slow(port, half, 8) as lines:
            for line in lines:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset, not an end
    assert max(seconds_of(port, path) for path in ("/", "/healthz")) < SECONDS


def test_slow_next_requests_on_a_connection_do_not_either(port: int) -> None:
    first = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with slow(port, first + HEAD, 32) as lines:
        assert all(line.recv(12) == b"HTTP/1.1 200" for line in lines)
        assert seconds_of(port, "/") < SECONDS


def test_who_sends_a_byte_now_and_then_is_served_and_holds_nobody_up(port: int) -> None:
    with slow(port, b"", 9) as lines:
        for byte in b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n":
            for line in lines:
                line.sendall(bytes([byte]))
            time.sleep(0.01)
        assert seconds_of(port, "/") < SECONDS
        assert [line.recv(12) for line in lines] == [b"HTTP/1.1 200"] * 9


def test_who_never_ends_a_request_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = sqlite_settings(tmp_path / "home")
    with application(settings), running(settings, settings.home / "logs" / "web.log"):
        begun = time.monotonic()
        with slow(settings.port, HEAD, 1) as (line,):
            line.settimeout(0.5)
            while True:  # a header that never ends
                try:
                    line.sendall(b"X-A: b\r\n")
                    if line.recv(1) == b"":
                        break
                except TimeoutError:
                    continue
                except OSError:
                    break
        assert worker.REQUEST_SECONDS - 1 < time.monotonic() - begun < worker.REQUEST_SECONDS + 3


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: " + b"x" * MAX_HEAD, b"HTTP/1.1 431"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n", b"HTTP/1.1 400"),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: " + b"x" * 9000 + b"\r\n\r\n", b"HTTP/1.1 431"),
    ],
)
def test_what_nobody_can_wait_for_is_refused_at_once(port: int, content: bytes, status: bytes) -> None:
    with slow(port, content, 1) as (line,):
        line.settimeout(5)
        assert line.recv(12) == status


def test_a_whole_large_form_arrives(port: int) -> None:
    body = b"code=" + b"1" * 900_000
    with slow(port, HEAD + b"Content-Length: %d\r\n\r\n" % len(body), 1) as (line,):
        for start in range(0, len(body), 100_000):
            line.sendall(body[start : start + 100_000])
            time.sleep(0.02)
        assert line.recv(12) == b"HTTP/1.1 400", "there is no token, but all of it was read"


def test_many_requests_on_one_connection_are_answered(port: int) -> None:
    one = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with slow(port, one * 20, 1) as (line,):
        line.settimeout(5)
        found = b""
        while found.count(b"HTTP/1.1 200") < 20:
            found += line.recv(65536)


@pytest.mark.parametrize(
    ("head", "there", "missing"),
    [
        (b"", 0, 1),
        (b"GET / HTTP/1.1\r\n\r", 17, 1),
        (b"GET / HTTP/1.1\r\n\r\n", 18, 0),
        (b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nabc", 41, 2),
        (b"POST / HTTP/1.1\r\ncontent-length:5\r\nA: b\r\n\r\nabcde", 48, 0),
        (b"POST / HTTP/1.1\r\nX-Content-Length: 5\r\n\r\n", 40, 0),
        (b"POST / HTTP/1.1\r\nContent-Length: five\r\n\r\n", 41, 0),
        (b"POST / HTTP/1.1\r\nTRANSFER-ENCODING: chunked\r\n\r\n", 48, BAD),
        (b"G" * MAX_HEAD, MAX_HEAD, TOO_LARGE),
    ],
)
def test_what_is_missing_of_a_request(head: bytes, there: int, missing: int | bytes) -> None:
    assert bytes_missing(head, there) == missing


@pytest.mark.parametrize("half", [b"", b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", HEAD])
def test_a_thousand_idle_connections_keep_nobody_waiting(port: int, half: bytes) -> None:
    with slow(port, half, 1100):
        time.sleep(0.5)
        assert max(seconds_of(port, path) for path in ("/", "/healthz", "/c")) < SECONDS
