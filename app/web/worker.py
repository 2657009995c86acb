"""gunicorn's worker with threads, made safe against slow clients and slow databases.

A request gets a thread only when it has arrived whole. Until then it lies in the kernel's buffer: SO_RCVLOWAT makes the
socket readable only when there is more than was seen. So no client can hold a thread by sending slowly, with or without
a proxy in front; one that does not read holds it for ten seconds. Where a connection ends, gunicorn waits up to two
seconds in the main loop for the client to close it too: here the loop goes on meanwhile. ``/healthz`` has a thread of
its own and answers while all others wait for the database. Read again at each upgrade of gunicorn: written for 27.0.1.
"""

import fcntl
import re
import socket
import struct
import termios
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn import util
from gunicorn.workers.gthread import ThreadWorker

from app.web.security import MAX_BODY

REQUEST_SECONDS, ANSWER_SECONDS, END_SECONDS = 10, 10, 2
MAX_HEAD, MAX_REST = 32 * 1024, 64 * 1024
MOST_WAITING = 500
HEALTH = (b"GET /healthz", b"HEAD /healthz")
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,9})[ \t]*\r\n", re.I)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:", re.I)
_REFUSAL = b"HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
TOO_LARGE, BAD = b"431 Request Header Fields Too Large", b"400 Bad Request"


def bytes_missing(head: bytes, there: int) -> int | bytes:
    """Return how many bytes of a request have not arrived, at least one if its headers have no end yet.

    ``head`` is its beginning and ``there`` the number of bytes that are there. A request that is refused unread gives
    its status: headers that are too long, or a body in chunks, whose length nobody knows. A body over the limit for all
    requests is not waited for to its end.
    """
    lines, end, _body = head.partition(b"\r\n\r\n")
    if not end:
        return TOO_LARGE if there >= MAX_HEAD else 1
    lines += b"\r\n"
    if _CHUNKED.search(lines):
        return BAD
    found = _LENGTH.search(lines)
    return len(lines) + 2 + min(int(found[1]) if found else 0, MAX_BODY) - there


class PatientWorker(ThreadWorker):
    """Waits for whole requests in the main loop, and for nothing else."""

    def init_process(self) -> None:
        """Start with a thread for health checks besides the others."""
        self.health_thread = ThreadPoolExecutor(1)
        super().init_process()

    def enqueue_req(self, conn: Any) -> None:
        """Hand a connection to a thread if its request is whole, close it if it took too long, else wait."""
        try:
            self._sort(conn)
        except OSError:  # the client has gone; an error in the main loop would end the worker
            self._drop(conn)

    def _sort(self, conn: Any) -> None:
        head, there = _look(conn)
        missing = bytes_missing(head, there)
        now = time.monotonic()
        conn.deadline = getattr(conn, "deadline", None) or now + REQUEST_SECONDS
        if isinstance(missing, bytes):
            conn.sock.send(_REFUSAL % missing, socket.MSG_DONTWAIT)
            self._end(conn)
        elif missing <= 0 or there == getattr(conn, "seen", None):  # whole, or readable because its end has come
            _set_low_water(conn.sock, 1)
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", ANSWER_SECONDS, 0))
            conn.deadline, conn.seen, conn.data_ready, conn.close = None, None, True, partial(self._close, conn)
            self._submit(conn, self.health_thread if head.startswith(HEALTH) else self.tpool)
        elif now >= conn.deadline:
            self._drop(conn)
        else:
            conn.seen = there
            _set_low_water(conn.sock, there - _held(conn) + missing)
            self._wait(conn, conn.deadline, self.on_pending_socket_readable)

    def murder_pending(self) -> None:
        """Close connections that have waited too long, and of more than MOST_WAITING those that have waited longest.

        gunicorn accepts no connection while it holds ``worker_connections`` (1,000), idle ones too.
        """
        now = time.monotonic()
        waiting = sorted(self.pending_conns, key=lambda conn: conn.timeout)
        surplus = len(waiting) - MOST_WAITING
        for conn in [conn for n, conn in enumerate(waiting) if n < surplus or conn.timeout <= now]:
            self.pending_conns.remove(conn)
            self.poller.unregister(conn.sock)
            self._drop(conn)

    def _wait(self, conn: Any, deadline: float, then: Callable[[Any, Any], None]) -> None:
        conn.sock.setblocking(False)
        conn.timeout = deadline
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(then, conn))

    def _submit(self, conn: Any, threads: ThreadPoolExecutor) -> None:
        done = threads.submit(self.handle, conn)
        done.add_done_callback(lambda future: self.method_queue.defer(self.finish_request, conn, future))

    def _drop(self, conn: Any) -> None:
        self.nr_conns -= 1
        util.close(conn.sock)

    def _close(self, conn: Any, graceful: bool = False) -> None:
        """Close a connection in place of its own method; the caller has taken it out of the count."""
        self.nr_conns += 1
        if graceful:
            self._end(conn)
        else:
            self._drop(conn)

    def _end(self, conn: Any) -> None:
        """Say that no more follows, and read on for a while: closing with unread bytes would cut the answer off."""
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._drop(conn)
        else:
            conn.rest = MAX_REST
            self._wait(conn, time.monotonic() + END_SECONDS, self._read_rest)

    def _read_rest(self, conn: Any, _sock: Any) -> None:
        try:
            found = len(conn.sock.recv(MAX_REST))
        except OSError:
            found = 0
        conn.rest -= found
        if not found or conn.rest <= 0:
            self.pending_conns.remove(conn)
            self.poller.unregister(conn.sock)
            self._drop(conn)

    def _cap_keepalive(self, deadline: float) -> None:
        """When the worker stops, wait no longer for requests that have not arrived."""
        super()._cap_keepalive(deadline)
        for conn in self.pending_conns:
            conn.timeout = min(conn.timeout, deadline)


def _held(conn: Any) -> int:
    """Return how many bytes of the next request were read with the one before it."""
    return len(conn.parser.unreader.buf.getvalue()) if conn.parser else 0


def _look(conn: Any) -> tuple[bytes, int]:
    """Return the beginning of a request and how many bytes of it are there, without taking any."""
    held = conn.parser.unreader.buf.getvalue() if conn.parser else b""
    try:
        peeked = conn.sock.recv(MAX_HEAD, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        (there,) = struct.unpack("i", fcntl.ioctl(conn.sock, termios.FIONREAD, b"\0" * 4))
    except OSError:
        return held, len(held)
    return held + peeked, len(held) + there


def _set_low_water(sock: socket.socket, size: int) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, size)
