"""gunicorn's worker with threads, made safe against slow clients and slow databases.

A request gets a thread only when it has arrived whole. Until then it lies in the kernel's buffer: SO_RCVLOWAT makes the
socket readable only when there is more than was seen. So no client can hold a thread by sending slowly, with or without
a proxy in front. ``/healthz`` has a thread of its own and answers while all others wait for the database.
Read again at each upgrade of gunicorn: written for 27.0.1.
"""

import fcntl
import re
import socket
import struct
import termios
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from app.web.security import MAX_BODY

REQUEST_SECONDS = 15
MAX_HEAD = 32 * 1024
HEALTH = b"GET /healthz "
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
        head, there = _look(conn)
        missing = bytes_missing(head, there)
        now = time.monotonic()
        conn.deadline = getattr(conn, "deadline", None) or now + REQUEST_SECONDS
        if isinstance(missing, bytes):
            conn.sock.recv(there + 1, socket.MSG_DONTWAIT)  # closing a line with unread bytes would cut the answer off
            conn.sock.send(_REFUSAL % missing, socket.MSG_DONTWAIT)
            self._drop(conn)
        elif missing <= 0 or there == getattr(conn, "seen", None):  # whole, or readable because its end has come
            _set_low_water(conn.sock, 1)
            conn.deadline, conn.seen, conn.data_ready = None, None, True
            self._submit(conn, self.health_thread if head.startswith(HEALTH) else self.tpool)
        elif now >= conn.deadline:
            self._drop(conn)
        else:
            conn.seen, conn.timeout = there, conn.deadline
            _set_low_water(conn.sock, there - _held(conn) + missing)
            conn.sock.setblocking(False)
            self.pending_conns.append(conn)
            self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def _submit(self, conn: Any, threads: ThreadPoolExecutor) -> None:
        done = threads.submit(self.handle, conn)
        done.add_done_callback(lambda future: self.method_queue.defer(self.finish_request, conn, future))

    def _drop(self, conn: Any) -> None:
        self.nr_conns -= 1
        conn.close()

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
